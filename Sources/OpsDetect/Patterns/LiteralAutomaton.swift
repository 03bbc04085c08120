// Finds any of many byte strings in one pass: Aho and Corasick's automaton with all moves written
// out (a DFA), over classes of bytes.
//
// 1. A move is one load: table[state + class[byte]].  States are kept as places in the table, in
//    units of eight bytes, so that sixteen bits reach 512 KB of table; a larger one has 32 bits.
// 2. A move has to wait for the one before it.  So at the start bytes are passed over that make no
//    difference there, by looking at pairs of them, which waits for nothing: most bytes of a log.
// 3. States in which a literal ends are numbered last: one comparison tells a hit.
// 4. Where a literal is folded, so is the automaton, and it finds too much for the exact ones;
//    their bytes are compared at each hit.
//
// Source: Aho, Corasick, "Efficient string matching: an aid to bibliographic search", 1975.

/// The moves of an automaton and what ends in each state.  Immutable.
final class LiteralAutomaton {
    /// Bytes of the moves.
    let tableBytes: Int
    /// How many states there are.
    let stateCount: Int
    private let isWide: Bool
    /// The class of each byte, times the size of an entry.
    private let classes: UnsafeMutablePointer<UInt16>
    private let table: UnsafeMutableRawPointer
    /// A bit for each pair of bytes, the first in the low eight bits of its number: whether the
    /// first makes a difference at the start.  If not, the second leads where it would alone.
    private let pairs: UnsafeMutablePointer<UInt64>
    /// The first state in which a literal ends; all later ones are such, too.
    private let firstHit: UInt
    /// For each state from `firstHit` on where its literals begin in `ended`.
    private let endedFirst: [Int32]
    /// Literals, by number, that end in a state.
    private let ended: [Int32]
    private let strideUnits: UInt
    private let literals: [Literal]
    /// For each literal where its groups begin in `groups`.
    private let groupFirst: [Int32]
    private let groups: [Int32]
    private let mustCompare: Bool

    /// Bytes of a unit of `state`.
    private static let unitBytes = 8

    /// The automaton of these literals; `groups` has the groups of each.
    init(_ literals: [Literal], groups: [[Int]]) {
        let moves = LiteralMoves(literals)
        self.literals = literals
        var groupFirst: [Int32] = [0]
        for all in groups { groupFirst.append(groupFirst[groupFirst.count - 1] + Int32(all.count)) }
        self.groupFirst = groupFirst
        self.groups = groups.flatMap { $0.map(Int32.init) }
        mustCompare = moves.isFolded
        stateCount = moves.stateCount
        let narrow = (moves.classCount + 3) & ~3
        isWide = moves.stateCount * narrow * 2 / Self.unitBytes > 1 << 16
        let stride = isWide ? (moves.classCount + 1) & ~1 : narrow
        let entryBytes = isWide ? 4 : 2
        let units = stride * entryBytes / Self.unitBytes
        strideUnits = UInt(units)
        tableBytes = moves.stateCount * stride * entryBytes
        table = .allocate(byteCount: tableBytes, alignment: 64)
        for state in 0..<moves.stateCount {
            for column in 0..<stride {
                let next = column < moves.classCount ? moves.next(state, column) : 0
                let place = (state * stride + column) * entryBytes
                if isWide {
                    table.storeBytes(of: UInt32(next * units), toByteOffset: place, as: UInt32.self)
                } else {
                    table.storeBytes(of: UInt16(next * units), toByteOffset: place, as: UInt16.self)
                }
            }
        }
        classes = .allocate(capacity: 256)
        for byte in 0..<256 { classes[byte] = UInt16(moves.classes[byte]) * UInt16(entryBytes) }
        pairs = Self.pairs(moves)
        firstHit = UInt(moves.firstHit * units)
        endedFirst = moves.endedFirst
        ended = moves.ended
    }

    deinit {
        table.deallocate()
        classes.deallocate()
        pairs.deallocate()
    }

    private static func pairs(_ moves: LiteralMoves) -> UnsafeMutablePointer<UInt64> {
        let pairs = UnsafeMutablePointer<UInt64>.allocate(capacity: 1_024)
        pairs.initialize(repeating: 0, count: 1_024)
        for first in 0..<256 {
            let state = moves.next(0, Int(moves.classes[first]))
            if state == 0 { continue }
            for second in 0..<256 {
                let column = Int(moves.classes[second])
                let isHit = state >= moves.firstHit
                guard isHit || moves.next(state, column) != moves.next(0, column) else { continue }
                let number = second << 8 | first
                pairs[number >> 6] |= 1 << UInt64(number & 63)
            }
        }
        return pairs
    }

    /// Goes on from `state` until a literal ends or the bytes do.  Returns the place after the last
    /// byte that was read; `state` tells whether it is a hit.
    func find(
        _ bytes: UnsafePointer<UInt8>, from: Int, to end: Int, state: inout UInt
    ) -> Int {
        isWide
            ? find(bytes, from: from, to: end, state: &state, UInt32.self)
            : find(bytes, from: from, to: end, state: &state, UInt16.self)
    }

    @inline(__always)
    private func find<Entry: FixedWidthInteger & UnsignedInteger>(
        _ bytes: UnsafePointer<UInt8>, from: Int, to end: Int, state: inout UInt, _: Entry.Type
    ) -> Int {
        let table = UnsafeRawPointer(table)
        let classes = UnsafePointer(classes)
        let pairs = UnsafePointer(pairs)
        let firstHit = firstHit
        var current = state
        var place = from
        while place < end {
            if current == 0 { place = Self.passOver(bytes, place, end, pairs) }
            let column = table + Int(classes[Int(bytes[place])])
            current = UInt(
                (column + Int(bitPattern: current &* UInt(Self.unitBytes)))
                    .assumingMemoryBound(to: Entry.self).pointee)
            place &+= 1
            if current >= firstHit { break }
        }
        state = current
        return place
    }

    /// The first of the bytes from `place` on that makes a difference at the start, or the last.
    @inline(__always)
    private static func passOver(
        _ bytes: UnsafePointer<UInt8>, _ from: Int, _ end: Int, _ pairs: UnsafePointer<UInt64>
    ) -> Int {
        var place = from
        let bytes = UnsafeRawPointer(bytes)
        while place &+ 1 < end {
            let pair = UInt16(
                littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            if pairs[Int(pair &>> 6)] &>> UInt64(pair & 63) & 1 != 0 { break }
            place &+= 1
        }
        return place
    }

    /// Whether a literal ends in this state.
    func isHit(_ state: UInt) -> Bool { state >= firstHit }

    /// Adds the groups of the literals that end in `state`, after `place` bytes of `bytes`, of
    /// which the first `start` are of other lines.  Whether there was one: an exact literal of a
    /// folded automaton may not be there after all.
    func add(
        _ state: UInt, _ bytes: UnsafePointer<UInt8>, start: Int, place end: Int,
        to hits: inout LiteralHits
    ) -> Bool {
        guard state >= firstHit else { return false }
        let index = Int((state &- firstHit) / strideUnits)
        var isHit = false
        for place in Int(endedFirst[index])..<Int(endedFirst[index + 1]) {
            let number = Int(ended[place])
            if mustCompare, !isThere(number, bytes, start: start, place: end) { continue }
            isHit = true
            for group in Int(groupFirst[number])..<Int(groupFirst[number + 1]) {
                hits.insert(Int(groups[group]))
            }
        }
        return isHit
    }

    /// Whether a literal ends at `place`, where it does but for the case of letters.
    private func isThere(
        _ number: Int, _ bytes: UnsafePointer<UInt8>, start: Int, place: Int
    ) -> Bool {
        let literal = literals[number]
        if literal.isFolded { return true }
        let first = place - literal.bytes.count
        guard first >= start else { return false }
        for index in literal.bytes.indices where literal.bytes[index] != bytes[first + index] {
            return false
        }
        return true
    }
}
