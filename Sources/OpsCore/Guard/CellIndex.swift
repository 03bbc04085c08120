// A hash index with open addressing, from a hash to a slot of a dense array.  A cell is four bytes:
// an 8-bit tag, which rules out most other hashes without a look at their entry, and a 24-bit slot.
// Deletion shifts back, so there are no tombstones and no rebuilds on a steady table.

/// A hash index of slots; at most `slotLimit` of them.
struct CellIndex: Sendable {
    /// Slots are 24 bits, one value stands for an empty cell.
    static let slotLimit = 0xff_ffff

    private var cells: [UInt32] = []
    private var used = 0

    init() {}

    /// With room for this many slots before it grows.
    init(reserving count: Int) {
        if count == 0 { return }
        var size = 8
        while count * 4 > size * 3 { size *= 2 }
        cells = [UInt32](repeating: 0, count: size)
    }

    @inline(__always)
    private static func cell(_ hash: UInt64, _ slot: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: (hash >> 48) & 0xff) << 24 | UInt32(truncatingIfNeeded: slot + 1)
    }

    @inline(__always)
    private static func slot(_ cell: UInt32) -> Int { Int(cell & 0xff_ffff) - 1 }

    /// The slot whose entry `matches`, or nil.
    @inline(__always)
    func find(_ hash: UInt64, matches: (Int) -> Bool) -> Int? {
        if cells.isEmpty { return nil }
        let mask = cells.count - 1
        let tag = UInt32(truncatingIfNeeded: (hash >> 48) & 0xff)
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let cell = cells[position]
            if cell == 0 { return nil }
            if cell >> 24 == tag {
                let slot = Self.slot(cell)
                if matches(slot) { return slot }
            }
            position = (position + 1) & mask
        }
    }

    /// Reads the cell where the search for a hash begins.
    @inline(__always)
    func prefetchCell(_ hash: UInt64) -> UInt64 {
        if cells.isEmpty { return 0 }
        return UInt64(cells[Int(truncatingIfNeeded: hash) & (cells.count - 1)])
    }

    /// The slot that `find` would look at first.
    @inline(__always)
    func firstCandidate(_ hash: UInt64) -> Int? { find(hash) { _ in true } }

    /// Adds a slot that is not in the index yet.  `hashOf` gives the hash of any slot held.
    mutating func insert(_ hash: UInt64, slot: Int, hashOf: (Int) -> UInt64) {
        precondition(slot < Self.slotLimit)
        if (used + 1) * 4 > cells.count * 3 { resize(to: max(8, cells.count * 2), hashOf) }
        place(Self.cell(hash, slot), hash)
        used += 1
    }

    /// Removes a slot that is in the index.
    mutating func remove(_ hash: UInt64, slot: Int, hashOf: (Int) -> UInt64) {
        let mask = cells.count - 1
        var hole = position(of: slot, hash)
        var next = hole
        while true {
            next = (next + 1) & mask
            let cell = cells[next]
            if cell == 0 { break }
            let home = Int(truncatingIfNeeded: hashOf(Self.slot(cell))) & mask
            let stays = hole <= next ? (hole < home && home <= next) : (hole < home || home <= next)
            if stays { continue }
            cells[hole] = cell
            hole = next
        }
        cells[hole] = 0
        used -= 1
        if cells.count > 64 && used * 8 < cells.count { resize(to: cells.count / 4, hashOf) }
    }

    /// An entry moved from one slot to another.
    mutating func relabel(_ hash: UInt64, from slot: Int, to other: Int) {
        cells[position(of: slot, hash)] = Self.cell(hash, other)
    }

    private func position(of slot: Int, _ hash: UInt64) -> Int {
        let mask = cells.count - 1
        let wanted = Self.cell(hash, slot)
        var position = Int(truncatingIfNeeded: hash) & mask
        while cells[position] != wanted {
            precondition(cells[position] != 0, "slot is not in the index")
            position = (position + 1) & mask
        }
        return position
    }

    private mutating func place(_ cell: UInt32, _ hash: UInt64) {
        let mask = cells.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while cells[position] != 0 { position = (position + 1) & mask }
        cells[position] = cell
    }

    private mutating func resize(to count: Int, _ hashOf: (Int) -> UInt64) {
        let old = cells
        cells = [UInt32](repeating: 0, count: count)
        for cell in old where cell != 0 { place(cell, hashOf(Self.slot(cell))) }
    }
}
