// The two timers of a loop, each a descriptor that becomes readable when it is due.  `BootTimer`
// runs on boot time for deadlines: setting the wall clock does not affect it, and suspend counts.
// `WallTimer` runs on wall time for calendar work, and reports when that clock was set.

@preconcurrency import Glibc

/// A one-shot timer on CLOCK_BOOTTIME.  Source: timerfd_create(2).
package struct BootTimer: ~Copyable, Sendable {
    /// Readable when the timer is due.
    package let descriptor: Descriptor

    /// Not armed yet.
    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.bootTimer()) }

    /// Sets the boot time at which the timer is due, replacing the previous one.  If that time has
    /// passed, the timer is due at once.
    package func arm(atBootNanoseconds deadline: Int64) throws(Errno) {
        try Syscalls.armTimer(
            descriptor.number, atNanoseconds: max(1, deadline), cancelOnSet: false)
    }

    /// Reads the wake-up; true when the timer was due.
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

    /// Readable when the timer is due or the clock was set.
    package let descriptor: Descriptor

    /// Not armed yet.
    package init() throws(Errno) { descriptor = Descriptor(owning: try Syscalls.wallTimer()) }

    /// Sets the wall time at which the timer is due; if it has passed, the timer is due at once.
    /// Returns true when the clock was set since the last arming; the timer is armed in either
    /// case.
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

    /// Arms it so far in the future that only a clock step wakes it.
    @discardableResult
    package func armForClockStepsOnly() throws(Errno) -> Bool {
        try arm(atWallNanoseconds: Int64.max)
    }

    /// Reads the wake-up.
    package func acknowledge() throws(Errno) -> Wake {
        do throws(Errno) {
            return try Syscalls.readCounter(descriptor.number) > 0 ? .due : .nothing
        } catch {
            if error.code == ECANCELED { return .clockSet }
            throw error
        }
    }
}
