// A snapshot for an older release: written when it is asked for, so that whoever asks learns what
// is left out, and once more as the last act of a stop, so that it then holds all.  It is written
// in a directory of its own: the state that this release reads is not touched, and until somebody
// exchanges the two, opsd starts from it as ever.

import OpsCore
import OpsStore

/// The snapshot for an older release that was asked for in this run.
struct OlderSnapshotting {
    /// For which; nil: none was asked for.
    var release: OlderRelease?
    var isWriting = false
    /// It holds all that this run leaves behind.
    var isFinal = false
    /// Counts those begun, beside the numbers of other snapshots.
    var ticket: UInt64 = 1 << 63
}

extension EventLoop {
    /// Begins a snapshot for an older release, unless one has begun.
    func beginSnapshot(for release: OlderRelease) throws(Refusal) {
        if loop.older.isWriting { return }
        let job = OlderSnapshotJob(
            for: release, engine.state, sequence: engine.log.sequence, bootID: loop.bootID,
            loop.extras, at: engine.now)
        loop.older.ticket += 1
        guard openOlderSnapshot(.older(job), ticket: loop.older.ticket) else {
            throw Refusal(
                .busy, "no thread could be started for a snapshot", hint: "try again in a second")
        }
        loop.older.release = release
        loop.older.isWriting = true
    }

    /// Its thread has answered.
    func collectOlder(_ answer: SnapshotAnswer) {
        guard loop.older.isWriting else { return }
        loop.older.isWriting = false
        loop.wantsTrim = true
        closeOlderSnapshot()
        switch answer {
        case .older(let snapshot):
            if loop.stopping?.isNarrowing == true {
                loop.older.isFinal = true
                let file = "\(snapshot.directory)/\(StateFiles.snapshot)"
                let release = snapshot.release.rawValue
                perform(
                    .say(
                        .info,
                        "\(file): written for opsd \(release), as far as \(snapshot.sequence)"))
            }
            engine.end(.olderSnapshot, .success(.olderSnapshot(snapshot)))
        case .failed(let message):
            perform(.say(.critical, "snapshot for an older release: \(message)"))
            engine.end(.olderSnapshot, .failure(Refusal(.internal, "snapshot: \(message)")))
        case .written, .finished: break
        }
    }
}
