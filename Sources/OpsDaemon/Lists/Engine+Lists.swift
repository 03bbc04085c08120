// Lists through the engine: begun and filled by a connection, and at their commit logged in chunks
// over as many turns as it takes.  The list counts from its commit record on; the reply comes when
// that record is safe.
//
// A snapshot must not begin between the first chunk and the commit: replay from it would miss the
// chunks before.  It waits (`hasPostponedSnapshot`).  One that has begun when a list is committed
// does no harm: all chunks come after its start.

import OpsConfig
import OpsCore

extension Engine {
    /// Bytes of chunks that join the log in a turn.  While this much waits for the log's thread,
    /// nothing is added, so that other records never wait for a whole list.
    static let listBytesPerTurn = 128 << 10

    func perform(
        _ step: ListStep, _ slot: Int, _ session: Session
    ) throws(Refusal) {
        switch step {
        case .begin(let name, let lifetime):
            try state.requireRoom(forList: name, entries: lists.underWay)
            let draft = ListDraft(
                token: lists.newToken(), name: name, lifetime: lifetime, rules: state.rules)
            lists.begin(slot, draft, until: deadline(in: ListBounds.draftNanoseconds))
            let begun = ListBegun(
                token: draft.token, name: name, ipv6Prefix: state.rules.ipv6Prefix,
                room: state.listRoom(underWay: lists.underWay),
                lineBytes: configuration.limits.lineBytes)
            send(.list(.begun(begun)), session, isGated: false, acknowledges: false)
        case .add(let token, let targets):
            let draft = try lists.draft(slot, token)
            try state.requireRoom(forList: draft.name, entries: lists.underWay + targets.count)
            let staged = try lists.add(targets, slot, state)
            send(.list(.staged(staged)), session, isGated: false, acknowledges: false)
        case .commit(let token):
            let draft = try lists.draft(slot, token)
            lists.queue(slot, draft, by: session.caller, state.lists[draft.name]?.networks)
            begin(.list, slot, session)
        }
    }

    /// Logs the next part of the list being written; true when there is more to be done at once.
    func advanceLists() -> Bool {
        var budget = Self.listBytesPerTurn
        while lists.isWriting {
            if budget <= 0 { return true }
            if log.pendingBytes >= Self.listBytesPerTurn { return false }
            budget -= advanceList()
        }
        return false
    }

    /// Does the next step of the list being written; returns what it cost, in bytes.
    private func advanceList() -> Int {
        let before = log.pendingBytes
        let fresh = log.sequence + 1
        let chunk = lists.withFirst { writing -> ListChunk? in
            if writing.token == 0 { writing.token = fresh }
            if writing.isDone { return nil }
            let chunk = ListChunk(
                token: writing.token, index: UInt32(writing.next),
                runs: writing.draft.runs.chunk(writing.next))
            writing.next += 1
            writing.diff.count(chunk.runs)
            return chunk
        }
        guard let chunk = chunk ?? nil else {
            finishList()
            return 4_096
        }
        commit(.list(.chunk(chunk)))
        // A log that is broken takes no bytes; the work is the same.
        return max(log.pendingBytes - before, chunk.runs.count * 8)
    }

    /// All chunks are logged: the commit, and the answer.
    private func finishList() {
        let done = lists.removeFirst()
        let outcome: Result<Reply, Refusal>
        do throws(Refusal) {
            try state.requireRoom(forList: done.draft.name, entries: 0)
            let commit = state.listCommit(
                of: done.draft, token: done.token, kept: done.diff.kept,
                replacing: done.diff.old, by: done.caller, at: now)
            self.commit(.list(.committed(commit)))
            outcome = .success(.list(.committed(state.committed(commit, at: now))))
        } catch {
            outcome = .failure(error)
        }
        if let slot = done.slot { endWait(.list, of: slot, outcome, acknowledges: true) }
        if lists.hasPostponedSnapshot && !lists.isWriting { beginPostponedSnapshot() }
    }

    /// Begins the snapshot that waited for the list.
    private func beginPostponedSnapshot() {
        lists.hasPostponedSnapshot = false
        guard let host else { return }
        do throws(Refusal) {
            try host.beginSnapshot()
        } catch {
            end(.snapshot, .failure(error))
        }
    }

    /// Whether a snapshot has to wait for a list; it is begun after the list.
    func postponeSnapshot() -> Bool {
        if lists.isWriting { lists.hasPostponedSnapshot = true }
        return lists.isWriting
    }
}
