// What is remembered of one call: a reservation, or a record that came with a key.

/// What has become of it.
package enum CostState: UInt8, Hashable, Sendable, CaseIterable {
    /// Reserved, and nobody has said yet what it cost.
    case open
    /// Recorded with a key.
    case recorded
    /// The call was made, and cost this much.
    case settled
    /// Its time was over: it counts with what was reserved, until somebody says otherwise.
    case lapsed
    /// The call was not made.
    case released

    /// As in replies and snapshots.
    package var name: String {
        switch self {
        case .open: "open"
        case .recorded: "recorded"
        case .settled: "settled"
        case .lapsed: "lapsed"
        case .released: "released"
        }
    }
}

/// One call that is known by a number, and perhaps by a key.
package struct CostEntry: Hashable, Sendable {
    /// Counts up from 1.
    package var id: UInt64
    /// The model that bills.
    package var model: ModelName
    /// What has become of it.
    package var state: CostState
    /// What it counts with: what is reserved while it is open, then what it cost.
    package var amount: MicroUSD
    /// The minute in which that counts, on the service clock; while it is open, when it was made.
    package var minute: Int64
    /// Milliseconds of boot time: when it lapses, or once it is closed, when it is forgotten.
    package var deadline: Int64
    /// The caller's own name for it; empty: none.
    package var key: String
    /// Who asked for it.
    package var uid: UInt32
    /// It was not held to any cap.
    package var isExempt: Bool

    package init(
        id: UInt64, model: ModelName, state: CostState, amount: MicroUSD, minute: Int64,
        deadline: Int64, key: String, uid: UInt32, isExempt: Bool
    ) {
        self.id = id
        self.model = model
        self.state = state
        self.amount = amount
        self.minute = minute
        self.deadline = deadline
        self.key = key
        self.uid = uid
        self.isExempt = isExempt
    }

    var mark: CostMark { CostMark(deadline: deadline, id: id) }
}

/// A place in the order in which closed entries are forgotten.
package struct CostMark: Hashable, Sendable, Comparable {
    /// Milliseconds of boot time.
    package var deadline: Int64
    /// The number of the entry.
    package var id: UInt64

    package init(deadline: Int64, id: UInt64) {
        self.deadline = deadline
        self.id = id
    }

    /// By deadline, then by number.
    package static func < (one: CostMark, other: CostMark) -> Bool {
        one.deadline != other.deadline ? one.deadline < other.deadline : one.id < other.id
    }
}

/// The bounds of what is remembered of spending.
package enum CostBounds {
    /// Models; the money of further ones counts as `ModelName.others`.
    package static let models = 1_000
    /// Caps that were set by command.
    package static let caps = 1_000
    /// Reservations that are open.
    package static let open = 10_000
    /// Closed reservations and records with keys; the oldest go.
    package static let closed = 100_000
    /// How many of the oldest go at once.
    static let closedSlice = 256
    /// How long a closed one is remembered, milliseconds.
    package static let closedMilliseconds: Int64 = 86_400_000
    /// The longest key, bytes.
    package static let keyBytes = 64
    /// The longest time that a reservation may stay open, seconds.
    package static let ttlSeconds = 86_400
    /// How long it stays open where nothing is said, seconds.
    package static let standardTTLSeconds = 600
    /// The window of every cap, minutes.
    package static let windowMinutes: Int64 = 1_440
    /// A level that was told is over only when spending is this many points below where it begins.
    static let calmPoints = 5
    /// Cheaper models that are tried one after another.
    static let cheaperSteps = 8
}
