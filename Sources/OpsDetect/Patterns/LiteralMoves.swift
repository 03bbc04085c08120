// How an automaton of literals is made: a tree of their bytes, and from it every move.
//
// Folded literals are found in both cases, and as PCRE2 has it with the two letters outside ASCII
// that fold into it: U+017F (C5 BF) is an s, and U+212A (E2 84 AA) is a k.  For them each state
// gets states of its own, which stand for "that state, and then C5", "E2", "E2 84".

/// Classes of bytes, states, and the move of each state for each class.  States in which literals
/// end come last; state 0 is the start.
struct LiteralMoves {
    /// Whether letters are taken in both cases.
    let isFolded: Bool
    /// The class of each byte.  Class 0: bytes that no literal has.
    private(set) var classes = [UInt8](repeating: 0, count: 256)
    private(set) var classCount = 1
    /// The first state in which a literal ends.
    private(set) var firstHit = 0
    /// For each state from `firstHit` on, and the end, where its literals begin in `ended`.
    private(set) var endedFirst: [Int32] = []
    /// The literals that end in a state.
    private(set) var ended: [Int32] = []
    private var moves: [Int32] = []
    /// While the tree grows: literals that end in each state.
    private var endings: [[Int32]] = []

    private static let missing: Int32 = -1

    /// Every move for these literals.
    init(_ literals: [Literal]) {
        isFolded = literals.contains(where: \.isFolded)
        for literal in literals {
            for byte in literal.bytes { addClass(of: byte) }
        }
        let folded = literals.lazy.filter(\.isFolded)
        let hasS = folded.contains { $0.bytes.contains(UInt8(ascii: "s")) }
        let hasK = folded.contains { $0.bytes.contains(UInt8(ascii: "k")) }
        for byte: UInt8 in hasS ? [0xC5, 0xBF] : [] { addClass(of: byte) }
        for byte: UInt8 in hasK ? [0xE2, 0x84, 0xAA] : [] { addClass(of: byte) }
        _ = addState()
        for (number, literal) in literals.enumerated() { add(literal, Int32(number)) }
        complete()
        addFoldedLetters(hasS: hasS, hasK: hasK)
        orderHitsLast()
    }

    /// How many states there are.
    var stateCount: Int { moves.count / classCount }

    /// The state after a byte of this class.
    func next(_ state: Int, _ column: Int) -> Int { Int(moves[state * classCount + column]) }

    // MARK: Tree

    private mutating func addClass(of byte: UInt8) {
        let byte = isFolded ? Literal.lower(byte) : byte
        if classes[Int(byte)] != 0 { return }
        classes[Int(byte)] = UInt8(classCount)
        if isFolded, byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") {
            classes[Int(byte & ~0x20)] = UInt8(classCount)
        }
        classCount += 1
    }

    private mutating func addState() -> Int {
        let state = stateCount
        moves.append(contentsOf: repeatElement(Self.missing, count: classCount))
        endings.append([])
        return state
    }

    private mutating func add(_ literal: Literal, _ number: Int32) {
        var state = 0
        for byte in literal.bytes {
            let place = state * classCount + Int(classes[Int(byte)])
            if moves[place] == Self.missing {
                let fresh = addState()
                moves[place] = Int32(fresh)
            }
            state = Int(moves[place])
        }
        endings[state].append(number)
    }

    /// Fills in the moves that the tree does not have: those of the longest end of a state that is
    /// a beginning of a literal, by breadth.
    private mutating func complete() {
        var fallback = [Int](repeating: 0, count: stateCount)
        var queue: [Int] = []
        for column in 0..<classCount {
            let next = Int(moves[column])
            if next > 0 { queue.append(next) } else { moves[column] = 0 }
        }
        var first = 0
        while first < queue.count {
            let state = queue[first]
            first += 1
            endings[state] += endings[fallback[state]]
            for column in 0..<classCount {
                let place = state * classCount + column
                let other = moves[fallback[state] * classCount + column]
                if moves[place] == Self.missing {
                    moves[place] = other
                } else {
                    fallback[Int(moves[place])] = Int(other)
                    queue.append(Int(moves[place]))
                }
            }
        }
    }

    // MARK: Letters outside ASCII that fold into it

    private mutating func addFoldedLetters(hasS: Bool, hasK: Bool) {
        let count = stateCount
        if hasS { addLetter([0xC5, 0xBF], as: UInt8(ascii: "s"), states: count) }
        if hasK { addLetter([0xE2, 0x84, 0xAA], as: UInt8(ascii: "k"), states: count) }
        // What breaks a letter off goes on as from the start, where another may begin.
        for state in count..<stateCount {
            for column in 0..<classCount where moves[state * classCount + column] == Self.missing {
                moves[state * classCount + column] = moves[column]
            }
        }
    }

    /// In each of the first states the bytes of `letter` have the move of `base`.
    private mutating func addLetter(_ letter: [UInt8], as base: UInt8, states: Int) {
        let target = Int(classes[Int(base)])
        let first = Int(classes[Int(letter[0])])
        // The states that `letter` passes from the start, for all that move there as the start
        // does.
        var shared: Int32?
        for state in 0..<states {
            let goal = moves[state * classCount + target]
            if state > 0, goal == moves[target], let shared {
                moves[state * classCount + first] = shared
                continue
            }
            var last = state * classCount + first
            for byte in letter.dropFirst() {
                let fresh = addState()
                moves[last] = Int32(fresh)
                last = fresh * classCount + Int(classes[Int(byte)])
            }
            moves[last] = goal
            if state == 0 { shared = moves[first] }
        }
    }

    // MARK: Order

    private mutating func orderHitsLast() {
        let hits = (0..<stateCount).filter { !endings[$0].isEmpty }
        let others = (0..<stateCount).filter { endings[$0].isEmpty }
        firstHit = others.count
        var numbers = [Int32](repeating: 0, count: stateCount)
        for (number, state) in (others + hits).enumerated() { numbers[state] = Int32(number) }
        var ordered = moves
        for state in 0..<stateCount {
            for column in 0..<classCount {
                ordered[Int(numbers[state]) * classCount + column] =
                    numbers[Int(moves[state * classCount + column])]
            }
        }
        moves = ordered
        for state in hits {
            endedFirst.append(Int32(ended.count))
            ended += endings[state]
        }
        endedFirst.append(Int32(ended.count))
        endings = []
    }
}
