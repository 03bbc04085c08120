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
    private var spread = TurnSpread()

    /// The longest turn of this minute and the one before; nanoseconds.
    var max2Minutes: Int64 { costs.max2Minutes }

    /// What 999 of 1,000 turns of this minute and the one before took at most; nanoseconds, a
    /// twelfth too much at most.
    var p999: Int64 { spread.quantile(999, of: 1_000) }

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
            note(elapsed, at: boot)
        } else {
            let reading = cpu()
            note(min(elapsed, reading - mark.cpu), at: boot)
            mark = (reading, boot)
        }
    }

    @inline(__always)
    private mutating func note(_ cost: Int64, at boot: Int64) {
        costs.note(cost, at: boot)
        spread.note(cost, at: boot)
    }
}

/// How many turns of this minute and the one before took how long.
struct TurnSpread {
    /// Bins for each doubling: a bin ends a twelfth or less above where it begins.
    private static let binsPerOctave = 12
    /// Of the first bin: nanoseconds.
    private static let floor: Int64 = 1 << 14
    /// 16 us to 4 s.
    private static let octaves = 18
    private static let ends: [Int64] = (0...octaves * binsPerOctave).map { bin in
        let low = floor << Int64(bin / binsPerOctave)
        return low + low * Int64(bin % binsPerOctave) / Int64(binsPerOctave)
    }

    private var counts = [UInt32](repeating: 0, count: Self.ends.count + 1)
    private var before = [UInt32](repeating: 0, count: Self.ends.count + 1)
    private var minute: Int64 = 0

    /// Notes a turn that took this long, nanoseconds.
    mutating func note(_ cost: Int64, at boot: Int64) {
        let current = boot / (60 * Rounds.second)
        if current != minute {
            if current == minute + 1 {
                swap(&before, &counts)
            } else {
                for bin in before.indices { before[bin] = 0 }
            }
            for bin in counts.indices { counts[bin] = 0 }
            minute = current
        }
        counts[Self.bin(of: cost)] += 1
    }

    /// The bin of a cost: the first whose end is not below it.
    private static func bin(of cost: Int64) -> Int {
        if cost <= floor { return 0 }
        let octave = (cost / floor).bitWidth - 1 - (cost / floor).leadingZeroBitCount
        if octave >= octaves { return ends.count }
        let low = floor << Int64(octave)
        let part = ((cost - low) * Int64(binsPerOctave) + low - 1) / low
        return octave * binsPerOctave + Int(part)
    }

    /// What `part` of `whole` turns took at most: nanoseconds; 0: there were none.
    func quantile(_ part: UInt64, of whole: UInt64) -> Int64 {
        var total: UInt64 = 0
        for bin in counts.indices { total += UInt64(counts[bin]) + UInt64(before[bin]) }
        if total == 0 { return 0 }
        let wanted = (total * part + whole - 1) / whole
        var sum: UInt64 = 0
        for bin in counts.indices {
            sum += UInt64(counts[bin]) + UInt64(before[bin])
            if sum >= wanted { return Self.ends[min(bin, Self.ends.count - 1)] }
        }
        return Self.ends[Self.ends.count - 1]
    }
}
