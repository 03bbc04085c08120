// Lists on their way into the kernel, as the loop sees them: which the kernel holds, which one is being
// loaded, which it refused.  What should be there is the state's; the difference is worked off one job
// at a time.  Reads no clock.

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// Lists in the kernel.
struct KernelLists {
    /// From one restoration to the next at least, lest two programs chase each other: nanoseconds.
    private static let restorePeriod: Int64 = 1_000_000_000
    /// No notice for so long, and somebody is done; and how long that is waited for: nanoseconds.
    private static let quietPeriod: Int64 = 20_000_000
    private static let quietLimit: Int64 = 200_000_000
    /// From a refusal to the next try, and at most: nanoseconds.
    private static let retryFloor: Int64 = 1_000_000_000
    private static let retryCeiling: Int64 = 60_000_000_000

    private struct Held {
        var networks: ListedNetworks
        var deadline: Int64
        var sets: ListSets

        func isThat(_ list: AddressList) -> Bool {
            networks === list.networks && deadline == list.deadline
        }
    }

    private var held: [String: Held] = [:]
    private var refusals: [String: Errno] = [:]
    /// Those of them that are not tried before `retryAt`.
    private var blocked: Set<String> = []
    private var underWay: AddressList?
    /// Somebody changed elements since it began: it has to be loaded once more.
    private var isDoubtful = false
    /// A job is at the thread.
    private var isWaiting = false
    /// The state's lists may be others than those held.
    private var isStale = true
    /// Sets of an earlier run may be there that nobody wants.
    private var mustKeep = true
    private var retryAt = Int64.max
    private var retryDelay = KernelLists.retryFloor
    /// Nothing is loaded before: nanoseconds of boot time.
    private var notBefore = Int64.min / 2
    private var restoredAt = Int64.min / 2
    /// What has changed in the kernel so far: a comparison across it compares nothing.
    private(set) var version: UInt64 = 0
    /// Why all are being loaded again, and since when.
    private(set) var restoring: (words: String, since: Int64)?

    /// The state's lists changed.
    mutating func note() { isStale = true }

    /// All are there that the state has, as far as is known.
    var isSettled: Bool { !isStale && !isWaiting && underWay == nil }
    var hasRefusals: Bool { !refusals.isEmpty }
    var refusal: (name: String, error: Errno)? {
        refusals.min { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// When there is something to do, for a loop that would wait: nanoseconds of boot time.
    var due: Int64 {
        if isWaiting { return .max }
        return isStale || underWay != nil ? notBefore : retryAt
    }

    /// The job to hand over now.
    /// - Parameter wanted: the state's lists that hold anybody.
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
            !blocked.contains(list.name) && !(held[list.name]?.isThat(list) ?? false)
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
            // The table has gone: it is made again, and then they are loaded.
            if error.code == ENOENT { lost() } else { refuse(list.name, error, at: now) }
            return nil
        }
    }

    /// Lists of other names went, or the kernel refused.
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

    /// The table was made from nothing: none is there.
    mutating func lost() {
        held = [:]
        isStale = true
        version &+= 1
    }

    /// Somebody changed what is in them: all are loaded again, and looked up when they are whole.
    mutating func spoiled(_ words: String, at now: Moment) {
        let since = restoring?.since ?? now.boot
        restoring = (restoring?.words ?? words, since)
        // What somebody does in many steps is put right once, when he is done, or soon anyway.
        let quiet = min(now.boot + Self.quietPeriod, since + Self.quietLimit)
        notBefore = max(quiet, restoredAt + Self.restorePeriod)
        isDoubtful = underWay != nil
        lost()
    }

    /// They are all there again: what happened, and how long it took in milliseconds.
    mutating func takeRestored(at now: Moment) -> (words: String, lists: Int, milliseconds: Int64)?
    {
        guard isSettled, refusals.isEmpty, let since = restoring else { return nil }
        restoring = nil
        restoredAt = now.boot
        return (since.words, held.count, (now.boot - since.since) / 1_000_000)
    }

    /// Where the kernel stands with a list.
    func standing(of list: AddressList) -> Enforcement {
        if held[list.name]?.isThat(list) ?? false { return .held }
        return refusals[list.name].map { .refused($0.name) } ?? .pending
    }

    /// What the kernel should have.
    var claims: [ListClaim] {
        held.values.sorted { $0.sets.name < $1.sets.name }.map {
            ListClaim(sets: $0.sets, networks: $0.networks, deadline: $0.deadline)
        }
    }
}
