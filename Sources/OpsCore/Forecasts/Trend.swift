// What something that fills up was by the hour, and what was forecast for the hours to come.

/// What fills up: a file system, by where it is mounted, the memory, or the swap space.
package struct TrendID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest path of a mount that is followed, bytes.
    package static let limitBytes = 1_024

    package let description: String

    /// Main memory.
    package static let memory = TrendID(word: "memory")
    /// Swap space.
    package static let swap = TrendID(word: "swap")

    private init(word: String) { description = word }

    /// A mount point; nil: it is not followed.
    package init?(mount: String) {
        guard mount.utf8.first == UInt8(ascii: "/"), mount.utf8.count <= Self.limitBytes else {
            return nil
        }
        description = mount
    }

    /// As a file has it.
    package init?(stored text: String) {
        switch text {
        case Self.memory.description: self = .memory
        case Self.swap.description: self = .swap
        default: self.init(mount: text)
        }
    }

    /// Whether it is a file system.
    package var isDisk: Bool { description.utf8.first == UInt8(ascii: "/") }

    /// File systems by their paths, then memory and swap.
    package static func < (one: TrendID, other: TrendID) -> Bool {
        one.description.utf8.lexicographicallyPrecedes(other.description.utf8)
    }
}

/// What was forecast for an hour, KiB.
package struct TrendGuess: Hashable, Sendable {
    /// For which.
    package var hour: Int64
    /// What was thought to be used then.
    package var used: Int64

    package init(hour: Int64, used: Int64) {
        self.hour = hour
        self.used = used
    }
}

/// How full something was.
package struct Trend: Entity {
    /// What.
    package let id: TrendID
    /// What there is room for, KiB, as of the newest hour.
    package var size: Int64
    /// What was used, KiB.
    package var used = TrendSeries()
    /// How far the forecast of a day before was off, KiB: above 0 where it was too high.
    package var misses = TrendSeries()
    /// What was forecast for the next 24 hours, an hour at a time, ascending.
    package var guesses: [TrendGuess] = []
    /// It is forgotten when it has not been there for a week, not at a time.
    package var deadline = Ban.never
    /// Members that a newer version wrote.
    package var unknown = ""

    package init(id: TrendID, size: Int64) {
        self.id = id
        self.size = size
    }

    /// The slopes at its newest hour; nil: too little is known.
    package var growth: Growth? { Growth(used, at: used.end - 1, size: Double(size)) }

    /// An hour is over: what was used in it, how far the forecast was off, and what is forecast for
    /// the same hour of the next day.
    mutating func add(_ value: Int64, size: Int64, at hour: Int64) {
        self.size = size
        used.set(value, at: hour)
        if let guess = guesses.first(where: { $0.hour == hour }) {
            misses.set(guess.used - value, at: hour)
        }
        guesses.removeAll { $0.hour <= hour || $0.hour > hour + 24 }
        guard let growth else { return }
        let then = Double(value) + 24 * growth.day
        // Nothing is fuller than full, nor emptier than empty.
        let bounded = Int64(min(max(then, 0), Double(size)))
        guesses.removeAll { $0.hour == hour + 24 }
        guesses.append(TrendGuess(hour: hour + 24, used: bounded))
    }

    /// How far forecasts of a day before were off in the last week, the mean of the amounts, KiB;
    /// nil: none is old enough.
    package var error: Int64? {
        let misses = misses.points(from: max(0, used.end - 168)).map { abs($0.value) }
        return misses.isEmpty ? nil : Int64(misses.reduce(0, +) / Double(misses.count))
    }

    /// How many hours of the last week were measured, up to an hour.
    package func hours(at hour: Int64) -> Int {
        used.points(from: max(0, hour - 168)).count
    }
}
