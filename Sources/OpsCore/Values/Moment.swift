// Time as the domain sees it: an argument, never a call.  A `Moment` carries both clocks at once,
// read together by the daemon once a loop turn.  Deadlines run on boot time (CLOCK_BOOTTIME:
// suspend counts, wall clock steps do not); wall time is for people and for surviving a reboot.

/// One instant on both clocks.  Source: clock_gettime(2), CLOCK_BOOTTIME and CLOCK_REALTIME.
package struct Moment: Hashable, Sendable {
    /// Nanoseconds since boot, suspend included.
    package var boot: Int64
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package var wall: Int64

    package init(boot: Int64, wall: Int64) {
        self.boot = boot
        self.wall = wall
    }

    /// Milliseconds since boot: the unit of every deadline.
    package var bootMilliseconds: Int64 { boot / 1_000_000 }
    /// Whole milliseconds since 1970.
    package var wallMilliseconds: Int64 { wall / 1_000_000 }
}
