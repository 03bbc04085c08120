// Whether this host's own network works: endpoints elsewhere tell.  They are asked when something
// seems to be down, and what they say counts for a few seconds.  Pure.

import OpsCore

/// What the control endpoints have said.
struct ControlDesk {
    /// How long an answer counts, milliseconds.
    static let freshMilliseconds: Int64 = 5_000

    /// How many there are.
    let count: Int
    private var waiting: Set<UInt64> = []
    private var answers: [TryOutcome] = []
    private var works: Bool?
    /// When they were asked, or the last of them has answered; nil: never.
    private var asked: Int64?

    init(count: Int) { self.count = count }

    /// Whether they are being asked.
    var isAsking: Bool { !waiting.isEmpty }

    /// Whether the network works; nil: they have to be asked.
    func verdict(at boot: Int64) -> Bool? {
        if count == 0 { return true }
        guard let asked, !isAsking, boot - asked < Self.freshMilliseconds else { return nil }
        return works
    }

    /// These tries ask them.
    mutating func ask(_ tries: [UInt64], at boot: Int64) {
        waiting = Set(tries)
        answers = []
        works = nil
        asked = boot
    }

    /// Takes the end of a try; false: it is not one of theirs.  One that answers is enough.
    mutating func ended(_ number: UInt64, _ outcome: TryOutcome, at boot: Int64) -> Bool {
        guard waiting.remove(number) != nil else { return false }
        answers.append(outcome)
        if outcome.state == .up || outcome.state == .slow { works = true }
        if waiting.isEmpty {
            works = works ?? false
            asked = boot
        }
        return true
    }
}
