// Reasons and sources are few and long; entries hold a number instead.  Each name is kept once and
// counted; the last entry that lets go of it frees the number.  The lookup is sharded, so that no
// insertion rehashes more than 1/256 of the names.  Strangers choose names, so which shard has one
// depends on the random key of this start: otherwise they could put all of them into one shard.
//
// A name is held by the user whose entry brought it in, until its last entry is gone.

/// Counted strings with small numbers.  Number 0 is the empty string and is never freed.
struct TextTable: Sendable {
    fileprivate struct Slot: Sendable {
        var text: String
        var users: UInt32
        /// The number of the user that brought it in.
        var owner = Owners.nobody
    }

    fileprivate static let chunk = 1024
    private var chunks: [[Slot]] = [[Slot(text: "", users: 0)]]
    private var free: [UInt32] = []
    private var lookup = [[ExactText: UInt32]](repeating: [:], count: 256)
    /// Numbers met lately, by a few bytes of their text.  The same names come again and again, and
    /// comparing is much cheaper than hashing.
    private var recent = [UInt32](repeating: 0, count: 64)
    /// Numbers below this one were given out at some time.
    private var next: UInt32 = 1
    private let hasher: KeyedHash
    /// How many names each user brought in.
    private(set) var owners = Owners()
    /// The most names that live callers may bring in; `bound` refuses more.
    let limit: Int
    /// The most numbers there are.  The room above `limit` is for recovery: a snapshot is taken a
    /// part at a time, so it can have names that were gone and also those that came after them.
    let capacity: Int

    init(hasher: KeyedHash, limit: Int, capacity: Int) {
        self.hasher = hasher
        self.limit = limit
        self.capacity = capacity
    }

    /// Texts in use.
    var count: Int { Int(next) - 1 - free.count }

    /// What keeps a name out that `retain(text:by:)` is to bring in; nil: there is room.
    @inline(__always)
    func bound(for text: String, _ share: TableShare) -> TableShare.Bound? {
        if text.isEmpty { return nil }
        guard
            let bound = share.bound(held: count, of: limit, own: owners.count(of: share.uid)),
            find(text) == nil
        else { return nil }
        return bound
    }

    /// Names in the fullest shard of the look-up.
    var fullestShard: Int { lookup.reduce(0) { max($0, $1.count) } }

    /// The text of a number in use.
    subscript(number: UInt32) -> String {
        chunks[Int(number) / Self.chunk][Int(number) % Self.chunk].text
    }

    /// The texts as they are now, to be read by another thread.
    var texts: InternedTexts { InternedTexts(chunks: chunks) }

    /// The number of a text in use; nil where nothing has it.
    func find(_ text: String) -> UInt32? { text.isEmpty ? 0 : lookup[shard(text)][ExactText(text)] }

    /// The number of a text, with one more user.  Live callers ask `bound` first.  When even
    /// `capacity` is reached, the entry gets no name, because a start must not fail for want of it.
    mutating func retain(text: String, by uid: UInt32) -> UInt32 {
        let number = number(of: text)
        retain(number, by: uid)
        return number
    }

    /// Counts one more entry with a number, which belongs to this user.
    @inline(__always)
    mutating func retain(_ number: UInt32, by uid: UInt32) {
        if number == 0 { return }
        let (chunk, place) = (Int(number) / Self.chunk, Int(number) % Self.chunk)
        chunks[chunk][place].users += 1
        if chunks[chunk][place].users == 1 { chunks[chunk][place].owner = owners.add(uid) }
    }

    /// The number of a text; the caller must retain it before anything is released.
    mutating func number(of text: String) -> UInt32 {
        if text.isEmpty { return 0 }
        let place = Self.place(text)
        let known = recent[place]
        // A number that was freed has no text, or another one.
        if known != 0, self[known].isSame(as: text) { return known }
        let shard = shard(text)
        if let number = lookup[shard][ExactText(text)] {
            recent[place] = number
            return number
        }
        if count >= capacity { return 0 }
        let slot = Slot(text: text, users: 0)
        let number: UInt32
        if let reused = free.popLast() {
            number = reused
            chunks[Int(number) / Self.chunk][Int(number) % Self.chunk] = slot
        } else {
            number = next
            next += 1
            if Int(number) / Self.chunk == chunks.count { chunks.append([]) }
            chunks[Int(number) / Self.chunk].append(slot)
        }
        lookup[shard][ExactText(text)] = number
        recent[place] = number
        return number
    }

    /// The index in `recent` of a text that is not empty.
    private static func place(_ text: String) -> Int {
        let bytes = text.utf8Span.span
        let count = bytes.count
        let mixed = Int(bytes[0]) &+ 7 &* Int(bytes[count / 2]) &+ 31 &* Int(bytes[count - 1])
        return (mixed &+ 13 &* count) & 63
    }

    /// Counts one user of a number less.
    mutating func release(_ number: UInt32) {
        if number == 0 { return }
        let (chunk, place) = (Int(number) / Self.chunk, Int(number) % Self.chunk)
        chunks[chunk][place].users -= 1
        if chunks[chunk][place].users > 0 { return }
        let text = chunks[chunk][place].text
        lookup[shard(text)][ExactText(text)] = nil
        owners.remove(number: chunks[chunk][place].owner)
        chunks[chunk][place].text = ""
        free.append(number)
    }

    private func shard(_ text: String) -> Int { KeyedHash.shard(hasher.hash(text)) }
}

extension TextTable {
    /// For reasons, of which there are no more than entries.
    static func reasons(_ hasher: KeyedHash) -> TextTable {
        TextTable(
            hasher: hasher, limit: Int(UInt32.max) - 1, capacity: Int(UInt32.max) - 1)
    }

    /// For sources, which entries number with 16 bits.
    static func sources(_ hasher: KeyedHash) -> TextTable {
        TextTable(hasher: hasher, limit: Bounds.sources, capacity: Int(UInt16.max))
    }
}

/// The texts of `TextTable` at some moment.
struct InternedTexts: Sendable {
    fileprivate let chunks: [[TextTable.Slot]]

    /// The text of a number that was in use then.
    subscript(number: UInt32) -> String {
        chunks[Int(number) / TextTable.chunk][Int(number) % TextTable.chunk].text
    }
}
