// What a turn of the loop costs at most: how long everybody else had to wait while it did one thing.
// CPU, not time: on a busy machine the loop is made to wait itself, and that is no fault of its own.
//
// The thread's CPU clock takes a system call, a turn may take a microsecond.  So it is read at the
// start of a turn only when the last reading is `graceNanoseconds` old, and at the end only of a turn
// that took long by the cheap clock.  What is noted is never too little, and too much by the grace at
// most.

import OpsLinux

/// Measures the turns.
struct TurnClock {
    /// How old the last reading of the CPU clock may be at the start of a turn.
    static let graceNanoseconds: Int64 = 200_000

    private var begun: Int64 = 0
    /// A reading of the CPU clock, and the boot time of it; both nanoseconds.
    private var mark: (cpu: Int64, boot: Int64) = (0, -graceNanoseconds)
    private var costs = LoopLag()

    /// The dearest turn of this minute and the one before; nanoseconds.
    var max2Minutes: Int64 { costs.max2Minutes }

    /// A turn has something to do.  `cpu` reads the thread's CPU clock.
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
