// Lists in the kernel, as the loop sees them: which ones it holds, which one is being loaded, which
// it refused.  What should be there is in the state; the difference is worked off one job at a
// time.  Reads no clock.

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// Lists in the kernel.
struct KernelLists {
    /// The least time between two restorations, so that two programs do not chase each other:
    /// nanoseconds.
    private static let restorePeriod: Int64 = 1_000_000_000
    /// Another program counts as done when no notice came for `quietPeriod`; loading waits for that
    /// no longer than `quietLimit`.  Nanoseconds.
    private static let quietPeriod: Int64 = 20_000_000
    private static let quietLimit: Int64 = 200_000_000
    /// The time from a refusal to the next try, which doubles, and its limit: nanoseconds.
    private static let retryFloor: Int64 = 1_000_000_000
    private static let retryCeiling: Int64 = 60_000_000_000

    private struct Held {
        var networks: ListedNetworks
        var deadline: Int64
        var sets: ListSets

        func matches(_ list: AddressList) -> Bool {
            networks === list.networks && deadline == list.deadline
        }
    }

    private var held: [String: Held] = [:]
    private var refusals: [String: Errno] = [:]
    /// Refused lists that are not tried before `retryAt`.
    private var blocked: Set<String> = []
    private var underWay: AddressList?
    /// Another program changed elements since `underWay` began: it has to be loaded once more.
    private var isDoubtful = false
    /// The thread has a job that it has not answered.
    private var isWaiting = false
    /// The state's lists may differ from those held.
    private var isStale = true
    /// The kernel may have lists that are not in the state: from an earlier run, or since dropped.
    private var mustKeep = true
    private var retryAt = Int64.max
    private var retryDelay = KernelLists.retryFloor
    /// Nothing is loaded before this time: nanoseconds of boot time.
    private var notBefore = Int64.min / 2
    private var restoredAt = Int64.min / 2
    /// Counts changes of the lists in the kernel.  A comparison is void if this grew meanwhile.
    private(set) var version: UInt64 = 0
    /// Why all lists are being loaded again, and since when.
    private(set) var restoring: (message: String, since: Int64)?

    /// The state's lists changed.
    mutating func note() { isStale = true }

    /// The kernel holds all lists of the state, as far as is known.
    var isSettled: Bool { !isStale && !isWaiting && underWay == nil }
    /// The kernel refused some, which are tried again.
    var hasRefusals: Bool { !refusals.isEmpty }
    /// The first of the refused lists by name.
    var refusal: (name: String, error: Errno)? {
        refusals.min { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// When there is something to do, for a loop that would wait: nanoseconds of boot time.
    var due: Int64 {
        if isWaiting { return .max }
        return isStale || underWay != nil ? notBefore : retryAt
    }

    /// The job to hand over now.
    /// - Parameter wanted: the lists that the kernel should hold.
    mutating func nextJob(_ wanted: @autoclosure () -> [AddressList], at now: Moment) -> KernelJob?
    {
        if isWaiting || now.boot < notBefore { return nil }
        if underWay != nil {
            isWaiting = true
            return .continueList
        }
        if retryAt <= now.boot {
            retryAt = .max
            blocked = []
            isStale = true
        }
        if !isStale { return nil }
        let wanted = wanted()
        let names = wanted.map(\.name)
        refusals = refusals.filter { names.contains($0.key) }
        if mustKeep || held.keys.contains(where: { !names.contains($0) }) {
            isWaiting = true
            held = held.filter { names.contains($0.key) }
            mustKeep = true
            return .keepLists(names)
        }
        let next = wanted.first { list in
            !blocked.contains(list.name) && !(held[list.name]?.matches(list) ?? false)
        }
        guard let next else {
            isStale = false
            return nil
        }
        underWay = next
        isWaiting = true
        return .loadList(
            ListOrder(name: next.name, networks: next.networks, deadline: next.deadline))
    }

    /// A part of a list is in the kernel, or all, or the kernel refused.
    /// - Returns: the name of a list that was refused before and is there now.
    mutating func listed(_ progress: ListProgress, at now: Moment) -> String? {
        isWaiting = false
        guard let list = underWay else { return nil }
        switch progress {
        case .more: return nil
        case .done(let sets):
            if !isDoubtful {
                held[list.name] = Held(
                    networks: list.networks, deadline: list.deadline, sets: sets)
            }
            isDoubtful = false
            underWay = nil
            isStale = true
            version &+= 1
            retryDelay = Self.retryFloor
            return refusals.removeValue(forKey: list.name) == nil ? nil : list.name
        case .failed(let error):
            underWay = nil
            // The table is gone: it is built again, and then the lists are loaded.
            if error.code == ENOENT { lost() } else { refuse(list.name, error, at: now) }
            return nil
        }
    }

    /// The kernel has deleted lists of other names, or refused to.
    mutating func kept(_ error: Errno?, at now: Moment) {
        isWaiting = false
        version &+= 1
        mustKeep = error != nil
        if error != nil {
            isStale = false
            retryAt = now.boot + retryDelay
            retryDelay = min(retryDelay * 2, Self.retryCeiling)
        }
    }

    private mutating func refuse(_ name: String, _ error: Errno, at now: Moment) {
        refusals[name] = error
        blocked.insert(name)
        isDoubtful = false
        isStale = true
        retryAt = now.boot + retryDelay
        retryDelay = min(retryDelay * 2, Self.retryCeiling)
    }

    /// The table was made from nothing: no list is in it.
    mutating func lost() {
        held = [:]
        isStale = true
        version &+= 1
    }

    /// Another program changed elements: all lists are loaded again.
    mutating func spoiled(_ message: String, at now: Moment) {
        let since = restoring?.since ?? now.boot
        restoring = (restoring?.message ?? message, since)
        // A change in many steps is repaired once, when it is over, or after `quietLimit`.
        let quiet = min(now.boot + Self.quietPeriod, since + Self.quietLimit)
        notBefore = max(quiet, restoredAt + Self.restorePeriod)
        isDoubtful = underWay != nil
        lost()
    }

    /// All are in the kernel again after a change by another program: what happened, how many lists
    /// there are, and how long it took in milliseconds.
    mutating func takeRestored(at now: Moment) -> (
        message: String, lists: Int, milliseconds: Int64
    )? {
        guard isSettled, refusals.isEmpty, let since = restoring else { return nil }
        restoring = nil
        restoredAt = now.boot
        return (since.message, held.count, (now.boot - since.since) / 1_000_000)
    }

    /// Whether the kernel holds a list.
    func standing(of list: AddressList) -> Enforcement {
        if held[list.name]?.matches(list) ?? false { return .enforced }
        return refusals[list.name].map { .refused($0.name) } ?? .pending
    }

    /// What the kernel should have.
    var claims: [ListClaim] {
        held.values.sorted { $0.sets.name < $1.sets.name }.map {
            ListClaim(sets: $0.sets, networks: $0.networks, deadline: $0.deadline)
        }
    }
}
