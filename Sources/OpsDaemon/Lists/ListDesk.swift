// Lists while they are drafted and written to the log.  A connection has at most one draft; a
// committed list waits in a queue and is then logged a part a turn, so that a million networks
// stall nobody.  One list is written at a time: the state can receive only one.

import OpsCore

/// A committed list on its way into the log.
struct ListWriting {
    let draft: ListDraft
    let caller: Caller
    /// Who waits for the answer; nil where the connection has gone.
    var slot: Int?
    /// The number of the list's first record; 0 until that is logged.
    var token: UInt64 = 0
    /// The next chunk to log.
    var next = 0
    /// Compares it with the list that it replaces, to count what is new.
    var diff: ListDiff

    var isDone: Bool { next == draft.runs.chunkCount }
}

/// How many networks of a list were in the one before, counted a chunk at a time.
struct ListDiff {
    let old: ListedNetworks?
    private(set) var kept = 0
    /// How far the count has come in the old list.
    private var chunk = 0
    private var place = 0

    init(old: ListedNetworks?) { self.old = old }

    /// Counts the networks of the next chunk that were in the old list.
    mutating func count(_ runs: ListChunk.Runs) {
        guard let old = old?.runs else { return }
        switch runs {
        case .ipv4(let runs): kept += advance(runs, old.ipv4.chunks, from: 0)
        case .ipv6(let runs): kept += advance(runs, old.ipv6.chunks, from: old.ipv4.chunks.count)
        }
    }

    /// Counts in the old chunks of one family, which begin at index `base` in the old list.
    private mutating func advance<Number>(
        _ runs: [AddressRun<Number>], _ chunks: [[AddressRun<Number>]], from base: Int
    ) -> Int {
        if chunk < base {
            chunk = base
            place = 0
        }
        var same = 0
        var index = 0
        while index < runs.count, chunk - base < chunks.count {
            let held = chunks[chunk - base]
            while index < runs.count, place < held.count {
                if held[place].first < runs[index].first {
                    place += 1
                } else {
                    if held[place] == runs[index] { same += 1 }
                    index += 1
                }
            }
            if place == held.count {
                chunk += 1
                place = 0
            }
        }
        return same
    }
}

/// The drafts of all connections, and the lists that are being written.
struct ListDesk {
    /// A draft, and when it expires: nanoseconds of boot time.
    struct Begun {
        var draft: ListDraft
        var deadline: Int64
    }

    private(set) var drafts: [Int: Begun] = [:]
    /// Committed lists in the order they came; the first is being written.
    private(set) var queue: [ListWriting] = []
    private var lastToken: UInt64 = 0
    /// A snapshot was asked for while a list was being written; it begins after the list.
    var hasPostponedSnapshot = false

    /// Whether chunks are in the log, or about to be, whose commit is not yet in it.
    var isWriting: Bool { !queue.isEmpty }

    /// Networks in all drafts and all lists that are being written.
    var underWay: Int {
        drafts.values.reduce(0) { $0 + $1.draft.count } + queue.reduce(0) { $0 + $1.draft.count }
    }

    /// When the first draft expires: nanoseconds of boot time.
    var nextDeadline: Int64 { drafts.values.map(\.deadline).min() ?? .max }

    /// A number no other draft of this run has.
    mutating func newToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }

    mutating func begin(_ slot: Int, _ draft: ListDraft, until deadline: Int64) {
        drafts[slot] = Begun(draft: draft, deadline: deadline)
    }

    /// The draft of a connection, if it is the one that `token` names.
    func draft(_ slot: Int, _ token: UInt64) throws(Refusal) -> ListDraft {
        guard let begun = drafts[slot], begun.draft.token == token else {
            throw Refusal(
                .notFound, "list \(token) is not open on this connection",
                hint: "`list begin` begins one; it ends with its connection, or after 10 minutes")
        }
        return begun.draft
    }

    /// Adds to the draft of a connection.
    mutating func add(
        _ targets: [Target], _ slot: Int, _ state: State
    ) throws(Refusal) -> ListStaged {
        guard var begun = drafts.removeValue(forKey: slot) else { return ListStaged() }
        defer { drafts[slot] = begun }
        return try begun.draft.add(targets, to: state)
    }

    /// The draft is complete, and waits for its turn.
    mutating func queue(_ slot: Int, _ draft: ListDraft, by caller: Caller, _ old: ListedNetworks?)
    {
        drafts[slot] = nil
        queue.append(
            ListWriting(draft: draft, caller: caller, slot: slot, diff: ListDiff(old: old)))
    }

    /// Changes the list being written.
    mutating func withFirst<Result>(_ body: (inout ListWriting) -> Result) -> Result? {
        queue.isEmpty ? nil : body(&queue[0])
    }

    mutating func removeFirst() -> ListWriting { queue.removeFirst() }

    /// Drops the draft of a connection that is gone.  A list that it committed is still written.
    mutating func forget(_ slot: Int) {
        drafts[slot] = nil
        for place in queue.indices where queue[place].slot == slot { queue[place].slot = nil }
    }

    /// Drops drafts that have expired.
    mutating func sweep(at boot: Int64) {
        if nextDeadline <= boot { drafts = drafts.filter { $0.value.deadline > boot } }
    }
}
