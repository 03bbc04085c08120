// Who waits for work, and which connection has which item.  In memory; it begins anew with each
// start, and so does every lease.

import OpsCore

/// The connections that take work.  An object, so that a turn without work asks it at no cost.
///
/// There may be thousands that wait, most of them for the same: so who waits for which kinds is
/// counted, and a change asks one question for each list of kinds, not one for each that waits.
final class WorkDesk {
    /// One that waits.
    struct Taker {
        let take: WorkTake
        /// Nanoseconds of boot time.
        let deadline: Int64
        /// Whose kinds these are: a place in `groups`.
        fileprivate(set) var group = 0
    }

    /// Those that wait for the same kinds.
    struct Group {
        let kinds: [String]
        fileprivate(set) var count: Int
    }

    private(set) var takers: [Int: Taker] = [:]
    /// Who has waited longest is first.
    private var line = SlotLine()
    /// Some may be empty, and are used again.
    private(set) var groups: [Group] = []
    private var places: [[String]: Int] = [:]
    private var free: [Int] = []
    /// When each has waited for long enough: nanoseconds of boot time, by slot.
    private var deadlines = WorkHeap()
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
        var taker = taker
        taker.group = join(taker.take.kinds)
        takers[slot] = taker
        line.append(slot)
        deadlines.push(WorkHeap.Entry(at: taker.deadline, id: UInt64(slot)))
        hasNew = true
    }

    private func join(_ kinds: [String]) -> Int {
        if let place = places[kinds] {
            groups[place].count += 1
            return place
        }
        let group = Group(kinds: kinds, count: 1)
        let place = free.popLast() ?? groups.count
        if place == groups.count { groups.append(group) } else { groups[place] = group }
        places[kinds] = place
        return place
    }

    /// It waits no longer.
    func remove(_ slot: Int) {
        guard let taker = takers.removeValue(forKey: slot) else { return }
        line.remove(slot)
        groups[taker.group].count -= 1
        if groups[taker.group].count == 0 {
            places[groups[taker.group].kinds] = nil
            free.append(taker.group)
        }
        deadlines.prune(most: takers.count) { takers[Int($0.id)]?.deadline == $0.at }
        if takers.isEmpty { due = .max }
    }

    /// Whether one of them may get something, or has waited for long enough.
    func isDue(_ sequence: UInt64, at boot: Int64) -> Bool {
        if sequence == seen && !hasNew && boot < due { return false }
        seen = sequence
        hasNew = false
        return true
    }

    /// Who has waited longest; nil: nobody waits.
    var first: Int? { line.next(after: nil) }

    /// Who waits behind another.
    func next(after slot: Int) -> Int? { line.next(after: slot) }

    /// When the first of them has waited for long enough: nanoseconds of boot time.
    var firstDeadline: Int64 { deadlines.first?.at ?? .max }

    /// One that has waited for long enough.
    func overdue(at boot: Int64) -> Int? {
        deadlines.first.flatMap { $0.at <= boot ? Int($0.id) : nil }
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
