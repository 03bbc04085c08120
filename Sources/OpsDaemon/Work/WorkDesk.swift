// Who waits for work, and which connection has which item.  In memory; it begins anew with each
// start, and so does every lease.

import OpsCore

/// The connections that take work.  An object, so that a turn without work asks it at no cost.
final class WorkDesk {
    /// One that waits.
    struct Taker {
        let take: WorkTake
        /// Nanoseconds of boot time.
        let deadline: Int64
    }

    private(set) var takers: [Int: Taker] = [:]
    /// Who has waited longest is first.
    private var line = SlotLine()
    /// Items by the connection that took them, each with the token of its lease.
    private var taken: [Int: [UInt64: UInt64]] = [:]
    /// What connections had that have ended.
    private(set) var orphans: [(id: UInt64, token: UInt64)] = []
    /// The number of the newest change when the takers were last looked at.
    private var seen: UInt64 = .max
    /// Somebody has begun to wait since.
    private var hasNew = false
    /// When the first taker may get something or has waited for long enough, if nothing changes:
    /// nanoseconds of boot time.
    private(set) var due = Int64.max
    /// When each kind was last asked for: nanoseconds of boot time.
    private var asked: [String: Int64] = [:]

    var hasOrphans: Bool { !orphans.isEmpty }
    var isEmpty: Bool { takers.isEmpty }
    var count: Int { takers.count }

    /// A connection waits for an item.
    func append(_ taker: Taker, _ slot: Int) {
        takers[slot] = taker
        line.append(slot)
        hasNew = true
    }

    /// It waits no longer.
    func remove(_ slot: Int) {
        if takers.removeValue(forKey: slot) == nil { return }
        line.remove(slot)
        if takers.isEmpty { due = .max }
    }

    /// The takers in line, if one of them may get something, or has waited for long enough.
    func next(_ sequence: UInt64, at boot: Int64) -> [Int] {
        if sequence == seen && !hasNew && boot < due { return [] }
        seen = sequence
        hasNew = false
        var slots: [Int] = []
        for _ in 0..<line.count {
            guard let slot = line.popFirst() else { break }
            line.append(slot)
            slots.append(slot)
        }
        return slots
    }

    /// They have been looked at: nothing happens before this, unless something changes.
    func wait(until due: Int64) { self.due = due }

    /// They are to be looked at again.
    func look() { hasNew = true }

    /// An item was handed to a connection.
    func note(_ id: UInt64, _ token: UInt64, _ slot: Int) {
        taken[slot, default: [:]][id] = token
    }

    /// What a connection took is no longer to be noted, but for what holds.
    func prune(_ slot: Int, _ holds: (UInt64, UInt64) -> Bool) {
        guard let items = taken[slot], items.count > Self.pruneLimit else { return }
        taken[slot] = items.filter { holds($0.key, $0.value) }
    }

    /// Items of a connection after which those are dropped that it has no more.
    private static let pruneLimit = 256

    /// A connection has ended.
    func forget(_ slot: Int) {
        remove(slot)
        guard let items = taken.removeValue(forKey: slot) else { return }
        orphans += items.sorted { $0.key < $1.key }.map { (id: $0.key, token: $0.value) }
    }

    func takeOrphans() -> [(id: UInt64, token: UInt64)] {
        defer { orphans = [] }
        return orphans
    }

    /// These kinds were asked for.
    func asked(_ kinds: [String], among known: Set<String>, at boot: Int64) {
        for kind in kinds where known.contains(kind) { asked[kind] = boot }
    }

    /// How long nobody has asked for a kind: nanoseconds; nil: not since the start.
    func unasked(_ kind: String, at boot: Int64) -> Int64? {
        if takers.values.contains(where: { $0.take.kinds.contains(kind) }) { return 0 }
        return asked[kind].map { max(0, boot - $0) }
    }
}
