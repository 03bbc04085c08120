// The cost of the longest turn of the loop: how long everybody else had to wait for it.  CPU time,
// not elapsed time: on a busy machine the loop has to wait for the processor, which is not its
// fault.
//
// Reading the thread's CPU clock takes a system call, and a turn may take a microsecond.  So the
// clock is read at the start of a turn only when the last reading is `graceNanoseconds` old, and at
// the end only of a turn that took long by the cheap clock.  The cost that is noted is never too
// low, and too high by `graceNanoseconds` at most.

import OpsLinux

/// Measures the turns.
struct TurnClock {
    /// How old the last reading of the CPU clock may be at the start of a turn.
    static let graceNanoseconds: Int64 = 200_000

    private var begun: Int64 = 0
    /// A reading of the CPU clock, and the boot time of it; both nanoseconds.
    private var mark: (cpu: Int64, boot: Int64) = (0, -graceNanoseconds)
    private var costs = LoopLag()

    /// The longest turn of this minute and the one before; nanoseconds.
    var max2Minutes: Int64 { costs.max2Minutes }

    /// A turn begins.  `cpu` reads the thread's CPU clock.
    @inline(__always)
    mutating func begin(at boot: Int64, cpu: () -> Int64) {
        begun = boot
        if boot - mark.boot >= Self.graceNanoseconds { mark = (cpu(), boot) }
    }

    /// The turn is over.
    @inline(__always)
    mutating func end(at boot: Int64, cpu: () -> Int64) {
        let elapsed = boot - begun
        if elapsed <= Self.graceNanoseconds {
            costs.note(elapsed, at: boot)
        } else {
            let reading = cpu()
            costs.note(min(elapsed, reading - mark.cpu), at: boot)
            mark = (reading, boot)
        }
    }
}
