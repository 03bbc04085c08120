// How many latencies fell into which bin.  At rest a sketch is packed: runs of bins, each `gap,
// length, count...` in varints; sketches add up and can be taken away again without loss, because
// the bins are the same for all.  In use it is a plain array of counts, `Tally`.

/// Counts by bin, unpacked.
package struct Tally: Hashable, Sendable {
    /// How many latencies each bin has.
    package var counts = [UInt64](repeating: 0, count: LatencyBins.count)
    /// The sum of the counts.
    package private(set) var total: UInt64 = 0

    /// All zero.
    package init() {}

    /// Counts latencies of a bin.
    @inline(__always)
    package mutating func add(_ count: UInt64, bin: Int) {
        counts[bin] &+= count
        total &+= count
    }

    mutating func remove(_ count: UInt64, bin: Int) {
        counts[bin] &-= count
        total &-= count
    }

    mutating func clear() {
        for bin in counts.indices { counts[bin] = 0 }
        total = 0
    }

    /// The latency that `perMille` thousandths of all do not exceed (nearest rank), milliseconds,
    /// within 1 %; nil: none.
    package func quantile(perMille: UInt64) -> Double? {
        if total == 0 { return nil }
        let rest = (total % 1_000 * perMille + 999) / 1_000
        let rank = max(1, total / 1_000 * perMille + rest)
        var seen: UInt64 = 0
        for (bin, count) in counts.enumerated() {
            seen &+= count
            if seen >= rank { return LatencyBins.value(bin) }
        }
        return nil
    }
}

/// A packed sketch.
package struct Sketch: Hashable, Sendable {
    /// Zeros up to this many stay inside a run: a new run costs as much.
    private static let bridge = 2
    private(set) var packed: [UInt8] = []

    /// No latencies.
    package init() {}

    /// The packed form of a tally.
    package init(_ tally: Tally) { pack(tally) }

    /// Whether nothing was counted.
    package var isEmpty: Bool { packed.isEmpty }

    /// Calls `body` with each bin and its count, lowest first.
    func forEach(_ body: (_ bin: Int, _ count: UInt64) -> Void) {
        var at = 0
        var bin = 0
        while at < packed.count {
            bin += Int(truncatingIfNeeded: number(&at))
            var left = number(&at)
            while left > 0 && at < packed.count {
                let count = number(&at)
                if count > 0 { body(bin, count) }
                bin += 1
                left -= 1
            }
        }
    }

    /// Adds this sketch to a tally.
    func add(to tally: inout Tally) { forEach { tally.add($1, bin: $0) } }

    /// Subtracts this sketch from a tally that includes it.
    func remove(from tally: inout Tally) { forEach { tally.remove($1, bin: $0) } }

    /// Adds counts; `scratch` is empty before and after.
    mutating func add(_ bins: [BinCount], _ scratch: inout Tally) {
        add(to: &scratch)
        for bin in bins { scratch.add(bin.count, bin: Int(bin.bin)) }
        pack(scratch)
        scratch.clear()
    }

    private mutating func pack(_ tally: Tally) {
        var fresh: [UInt8] = []
        var bin = 0
        var end = 0
        while bin < tally.counts.count {
            if tally.counts[bin] == 0 {
                bin += 1
                continue
            }
            var last = bin
            var probe = bin
            while probe < tally.counts.count && probe - last <= Self.bridge {
                if tally.counts[probe] > 0 { last = probe }
                probe += 1
            }
            Self.appendVarint(UInt64(bin - end), &fresh)
            Self.appendVarint(UInt64(last - bin + 1), &fresh)
            for inside in bin...last { Self.appendVarint(tally.counts[inside], &fresh) }
            end = last + 1
            bin = end
        }
        // A copy has no room to spare; a month holds two thousand of them.
        packed = fresh.withUnsafeBufferPointer { [UInt8]($0) }
    }

    private static func appendVarint(_ value: UInt64, _ bytes: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    private func number(_ at: inout Int) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < packed.count {
            let byte = packed[at]
            at &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { break }
            shift &+= 7
        }
        return value
    }
}

/// The latencies in one bin.
package struct BinCount: Hashable, Sendable {
    /// Below `LatencyBins.count`.
    package var bin: UInt16
    /// Latencies in it.
    package var count: UInt64

    package init(bin: UInt16, count: UInt64) {
        self.bin = bin
        self.count = count
    }
}

extension Sketch {
    /// The bins with something in them, lowest first.
    package var bins: [BinCount] {
        var bins: [BinCount] = []
        forEach { bins.append(BinCount(bin: UInt16(truncatingIfNeeded: $0), count: $1)) }
        return bins
    }
}

/// Sketches of consecutive periods (hours, minutes), sparse, the newest `length` periods.
struct SketchSeries: Sendable {
    struct Slot: Hashable, Sendable {
        /// The period's number since 1970.
        var period: Int64
        var sketch: Sketch
        /// How many latencies are in the sketch.
        var total: UInt64 = 0

        mutating func add(_ bins: [BinCount], _ scratch: inout Tally) {
            sketch.add(bins, &scratch)
            for bin in bins { total &+= bin.count }
        }
    }

    let length: Int64
    /// Ascending.
    private(set) var slots: [Slot] = []

    init(length: Int64) { self.length = length }

    /// Adds counts to a period; drops periods too old beside the newest, and returns them.
    mutating func add(_ bins: [BinCount], period: Int64, _ scratch: inout Tally) -> [Slot] {
        let newest = max(slots.last?.period ?? period, period)
        if period <= newest - length { return [] }
        let place = slots.lastIndex { $0.period <= period }
        if let place, slots[place].period == period {
            slots[place].add(bins, &scratch)
        } else {
            var slot = Slot(period: period, sketch: Sketch())
            slot.add(bins, &scratch)
            slots.insert(slot, at: place.map { $0 + 1 } ?? 0)
        }
        let gone = slots.prefix { $0.period <= newest - length }
        if gone.isEmpty { return [] }
        slots.removeFirst(gone.count)
        return Array(gone)
    }

    /// How many latencies there are in `range`.
    func total(_ range: ClosedRange<Int64>) -> UInt64 {
        var total: UInt64 = 0
        var place = slots.partition { $0.period >= range.lowerBound }
        while place < slots.count && slots[place].period <= range.upperBound {
            total &+= slots[place].total
            place += 1
        }
        return total
    }

    /// The sum over the periods in `range`.
    func add(_ range: ClosedRange<Int64>, to tally: inout Tally) {
        var place = slots.partition { $0.period >= range.lowerBound }
        while place < slots.count && slots[place].period <= range.upperBound {
            slots[place].sketch.add(to: &tally)
            place += 1
        }
    }

    /// Subtracts the periods in `range` from a tally that includes them.
    func remove(_ range: ClosedRange<Int64>, from tally: inout Tally) {
        var place = slots.partition { $0.period >= range.lowerBound }
        while place < slots.count && slots[place].period <= range.upperBound {
            slots[place].sketch.remove(from: &tally)
            place += 1
        }
    }
}

extension [SketchSeries.Slot] {
    /// The first place where `isBehind` holds; it holds for all after that.
    fileprivate func partition(_ isBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
