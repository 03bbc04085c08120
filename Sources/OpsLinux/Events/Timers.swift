// The two timers of a loop, each a descriptor that becomes readable when it is due.  `BootTimer` runs
// on boot time for deadlines: setting the wall clock does not touch it, and suspend counts.
// `WallTimer` runs on wall time for calendar work, and tells when somebody set that clock.

@preconcurrency import Glibc

/// A one-shot timer on CLOCK_BOOTTIME.  Source: timerfd_create(2).
package struct BootTimer: ~Copyable, Sendable {
    package let descriptor: Descriptor

    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.bootTimer()) }

    /// Due at that boot time; a time that has passed is due at once.  Replaces what was armed.
    package func arm(atBootNanoseconds deadline: Int64) throws(Errno) {
        try Syscalls.armTimer(
            descriptor.number, atNanoseconds: max(1, deadline), cancelOnSet: false)
    }

    /// Takes the wake-up; true when the timer was due.
    package func acknowledge() throws(Errno) -> Bool {
        try Syscalls.readCounter(descriptor.number) > 0
    }
}

/// A one-shot timer on CLOCK_REALTIME that also wakes when the clock is set.
package struct WallTimer: ~Copyable, Sendable {
    /// What a wake-up meant.
    package enum Wake: Hashable, Sendable {
        /// The time has come.
        case due
        /// The wall clock was set (settimeofday(2), an NTP step, resume): read it and arm again.
        case clockSet
        case nothing
    }

    package let descriptor: Descriptor

    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.wallTimer()) }

    /// Due at that wall time; a time that has passed is due at once.  Answers true when the clock
    /// was set since the last arming: the timer is armed all the same.
    @discardableResult
    package func arm(atWallNanoseconds deadline: Int64) throws(Errno) -> Bool {
        do throws(Errno) {
            try Syscalls.armTimer(
                descriptor.number, atNanoseconds: max(1, deadline), cancelOnSet: true)
            return false
        } catch {
            if error.code == ECANCELED { return true }
            throw error
        }
    }

    /// Armed so far ahead that only a clock step wakes it.
    @discardableResult
    package func armForClockStepsOnly() throws(Errno) -> Bool {
        try arm(atWallNanoseconds: Int64.max)
    }

    /// Takes the wake-up.
    package func acknowledge() throws(Errno) -> Wake {
        do throws(Errno) {
            return try Syscalls.readCounter(descriptor.number) > 0 ? .due : .nothing
        } catch {
            if error.code == ECANCELED { return .clockSet }
            throw error
        }
    }
}
