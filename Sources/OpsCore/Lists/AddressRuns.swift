// Sorted networks of one family, in chunks: what a list is made of.  Built once, in ascending
// order, then only read: a chunk is never changed once the next one has begun, so a snapshot, the
// log and a lookup share it, and growing moves 1/500 of a million entries at the most.  A lookup is
// two binary searches and allocates nothing.

/// The addresses `first` through `last`; both ends of one network.
package struct AddressRun<Number: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable,
    Sendable
{
    /// The network's first address.
    package var first: Number
    /// The network's last address.
    package var last: Number

    /// The prefix length within the family.
    package var prefix: UInt8 {
        UInt8(truncatingIfNeeded: (first ^ last).leadingZeroBitCount)
    }
}

/// What became of a network that was to be appended.
package enum AppendOutcome: Hashable, Sendable {
    case appended
    /// The last network in the list holds it already.
    case held
    /// It belongs before the last network in the list.
    case unordered
}

/// Disjoint networks in ascending order.
package struct AddressRuns<Number: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable,
    Sendable
{
    /// One network of this family.
    package typealias Run = AddressRun<Number>

    /// All chunks but the last have `ListBounds.chunkEntries`.
    package private(set) var chunks: [[Run]] = []
    /// The first address of each chunk, side by side for the search.
    private var heads: [Number] = []
    /// Networks held.
    package private(set) var count = 0

    /// No networks.
    package init() {}

    /// Whether there are none.
    package var isEmpty: Bool { count == 0 }

    /// The network that ends last.
    package var last: Run? { chunks.last?.last }

    /// Adds a network after the others.
    package mutating func append(_ run: Run) -> AppendOutcome {
        if let last {
            if run.first >= last.first && run.last <= last.last { return .held }
            if run.first <= last.last { return .unordered }
        }
        if chunks.isEmpty || chunks[chunks.count - 1].count == ListBounds.chunkEntries {
            chunks.append([])
            heads.append(run.first)
        }
        chunks[chunks.count - 1].append(run)
        count += 1
        return .appended
    }

    /// Adds a whole chunk after the others; false, with nothing done, where it is not in order.
    mutating func append(chunk: [Run]) -> Bool {
        guard let head = chunk.first, chunk.count <= ListBounds.chunkEntries else { return false }
        if let last, head.first <= last.last { return false }
        chunks.append(chunk)
        heads.append(head.first)
        count += chunk.count
        return true
    }

    /// The network that holds all of `first` through `last`.
    func holding(_ first: Number, _ last: Number) -> Run? {
        guard let (chunk, place) = place(atOrBefore: first) else { return nil }
        let run = chunks[chunk][place]
        return run.last >= last ? run : nil
    }

    /// Whether any network shares an address with `first` through `last`.
    func overlaps(_ first: Number, _ last: Number) -> Bool {
        guard let (chunk, place) = place(atOrBefore: last) else { return false }
        return chunks[chunk][place].last >= first
    }

    /// Up to `limit` networks that begin after `address`, or all from the start.
    func page(limit: Int, after address: Number?) -> [Run] {
        var (chunk, next) = (0, 0)
        if let address, let found = place(atOrBefore: address) {
            (chunk, next) = (found.chunk, found.place + 1)
        }
        var rows: [Run] = []
        while chunk < chunks.count && rows.count < limit {
            rows += chunks[chunk][next...].prefix(limit - rows.count)
            chunk += 1
            next = 0
        }
        return rows
    }

    /// The place of the last network that begins at `address` or before.
    private func place(atOrBefore address: Number) -> (chunk: Int, place: Int)? {
        var (low, high) = (0, heads.count)
        while low < high {
            let middle = (low &+ high) / 2
            if heads[middle] <= address { low = middle &+ 1 } else { high = middle }
        }
        if low == 0 { return nil }
        let chunk = low &- 1
        (low, high) = (0, chunks[chunk].count)
        while low < high {
            let middle = (low &+ high) / 2
            if chunks[chunk][middle].first <= address { low = middle &+ 1 } else { high = middle }
        }
        return (chunk, low &- 1)
    }
}
