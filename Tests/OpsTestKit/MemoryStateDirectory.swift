// A state directory in memory, and a recovery of it as the daemon runs one.

package import OpsStore

/// Files by their path in the state directory.
package struct MemoryStateDirectory: Sendable {
    /// The content of each.
    package var files: [String: [UInt8]]

    /// With these files.
    package init(_ files: [String: [UInt8]] = [:]) { self.files = files }

    /// Names and sizes, as recovery is given them.
    package var listing: StateFiles {
        var state: [FileEntry] = []
        var log: [FileEntry] = []
        for (path, bytes) in files {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let entry = FileEntry(name: name, bytes: UInt64(bytes.count))
            if path.hasPrefix(StateFiles.logDirectory + "/") {
                log.append(entry)
            } else {
                state.append(entry)
            }
        }
        return StateFiles(state: state, log: log)
    }

    /// Recovers; the last step is `done` or `refused`, or what it was at after 1,000 steps.
    ///
    /// - Parameters:
    ///   - pieceBytes: how much of a snapshot is handed over at once.
    ///   - path: a file that turns out to have `bytes` in it when it is read.
    package func recover(
        isForced: Bool = false, pieceBytes: Int = .max, replacing path: String? = nil,
        with bytes: [UInt8] = []
    ) -> (Recovery.Step, RecordingSink) {
        var sink = RecordingSink()
        var recovery = Recovery(listing, isForced: isForced)
        for _ in 0..<1_000 {
            switch recovery.step {
            case .snapshot(let file):
                let content = file == path ? bytes : files[file] ?? []
                var start = 0
                while start < content.count {
                    let end = start + min(pieceBytes, content.count - start)
                    recovery.snapshotPiece(content.span.extracting(start..<end), into: &sink)
                    start = end
                }
                recovery.snapshotEnd(into: &sink)
            case .segment(let file):
                let content = file.path == path ? bytes : files[file.path] ?? []
                recovery.segment(content.span, into: &sink)
            case .done, .refused: return (recovery.step, sink)
            }
        }
        return (recovery.step, sink)
    }
}
