// `ip_bans.json`, kept by the loop where `guard.bans_file` says so: when bans or strikes have
// changed, the trail thread gets the tables in pieces, by reference as a snapshot does, a few at a
// time.  So neither a million bans nor a slow disk holds up a turn.
//
// The file may show a moment between two turns that never was: its pieces are some turns apart.  It
// never shows a change that a crash could undo.

import OpsConfig
import OpsCore

/// The file, and how far the one under way is.
struct BansFile {
    static let name = "ip_bans.json"
    /// For so many bans and strikes there is a second between two files.
    static let entriesPerSecond = 20_000
    /// Bans and strikes of one step, about.
    static let entriesPerStep = 4_096
    /// Steps that the thread has at once.
    static let stepsInFlight = 2

    /// Which state a file is of.
    struct Mark: Equatable {
        var sequence: UInt64
        var bans: Int
        var strikes: Int
    }

    /// The file under way.
    struct Writing {
        let mark: Mark
        /// Parts of the tables in one step.
        let partsPerStep: Int
        /// The next part; those of strikes come after those of bans.
        var part = 0
        var inFlight = 1
        /// The log's number when the last part was copied.
        var through: UInt64?
        var isFinishing = false
    }

    /// The state that the last file shows; nil: there is none of this daemon.
    var written: Mark?
    var writing: Writing?
    /// Counts the files begun.
    var ticket: UInt64 = 0
    /// When the next may begin: nanoseconds of boot time.
    var due = Int64.min
}

extension EventLoop {
    /// Begins a file if there is something new.  Called once a second.
    func considerBansFile() {
        guard configuration.guardFiles.keepsBans else {
            if loop.bansFile.written != nil && loop.bansFile.writing == nil {
                loop.bansFile.written = nil
                perform(.trail(.remove(BansFile.name)))
            }
            return
        }
        let now = engine.now.boot
        if loop.bansFile.writing != nil || now < loop.bansFile.due { return }
        let stats = engine.state.guardStats
        let mark = BansFile.Mark(
            sequence: engine.log.sequence, bans: stats.activeBans, strikes: stats.ipsWithStrikes)
        if mark == loop.bansFile.written { return }
        let entries = mark.bans + mark.strikes
        let steps = max(1, entries / BansFile.entriesPerStep)
        loop.bansFile.writing = BansFile.Writing(
            mark: mark, partsPerStep: max(1, State.snapshotParts / steps))
        loop.bansFile.due =
            now + Int64(max(1, entries / BansFile.entriesPerSecond)) * Rounds.second
        loop.bansFile.ticket += 1
        perform(.trail(.bansFile(.begin, ticket: loop.bansFile.ticket)))
    }

    /// Hands over the next step, if the thread can take it.
    func advanceBansFile() {
        guard var writing = loop.bansFile.writing, !writing.isFinishing,
            writing.inFlight < BansFile.stepsInFlight
        else { return }
        let all = 2 * State.snapshotParts
        if writing.part < all {
            let ofBans = writing.part < State.snapshotParts
            let first = writing.part % State.snapshotParts
            let end = min(first + writing.partsPerStep, State.snapshotParts)
            let parts = (first..<end).map { engine.state.guardPart($0, at: engine.now) }
            writing.part += end - first
            if writing.part == all { writing.through = engine.log.sequence }
            let step: BansFileJob =
                ofBans
                ? .bans(parts, clockOffset: engine.state.clockOffset) : .strikes(parts)
            perform(.trail(.bansFile(step, ticket: loop.bansFile.ticket)))
        } else {
            guard isSafe(writing.through ?? 0) else { return }
            writing.isFinishing = true
            perform(.trail(.bansFile(.finish, ticket: loop.bansFile.ticket)))
        }
        writing.inFlight += 1
        loop.bansFile.writing = writing
    }

    /// Whether replies about changes up to this number may have been sent.
    private func isSafe(_ sequence: UInt64) -> Bool {
        configuration.store.fsync != .always || engine.log.isDegraded
            || engine.log.reaches(sequence)
    }

    /// The trail thread has answered.
    func collect(_ answers: [BansFileAnswer]) {
        for answer in answers where answer.ticket == loop.bansFile.ticket {
            switch answer.outcome {
            case .done: loop.bansFile.writing?.inFlight -= 1
            case .finished:
                loop.bansFile.written = loop.bansFile.writing?.mark
                loop.bansFile.writing = nil
            // What is wrong with it, `health` says; it is tried again when it is due.
            case .failed: loop.bansFile.writing = nil
            }
        }
    }
}
