// From the files to the state: drives `Recovery`, and removes or sets aside what it says.  Runs
// before READY, so it may block.

import OpsCore
import OpsLinux
import OpsStore

/// What a start found.
struct RecoveredState {
    var state: State
    /// How recovery ended: numbers, files to remove or to set aside.
    var outcome: RecoveryResult
}

extension StateDirectory {
    /// Brings the state back.  `isForced`: `--recover`.
    func recover(
        isForced: Bool, make: @escaping @Sendable () -> State
    ) throws(StartFault) -> RecoveredState {
        var sink = StateSink(make)
        let files: StateFiles
        do throws(Errno) { files = try self.files() } catch { throw .failed("\(path): \(error)") }
        var recovery = Recovery(files, isForced: isForced)
        while true {
            switch recovery.step {
            case .snapshot(let name): feedSnapshot(name, &recovery, &sink)
            case .segment(let file): feedSegment(file, &recovery, &sink)
            case .done(let recovered):
                return RecoveredState(state: sink.state, outcome: recovered)
            case .refused(let faults):
                let lines = faults.map { "\(path)/\($0)" }.joined(separator: "\n")
                throw .damaged(
                    lines + "\nNothing was changed.  `opsd --recover` sets aside what is damaged "
                        + "and starts with the rest.")
            }
        }
    }

    /// How much of a snapshot is read before its bans are estimated; the first lines are events.
    private static let sampleBytes: Int64 = 4 << 20

    private func feedSnapshot(
        _ name: String, _ recovery: inout Recovery, _ sink: inout StateSink
    ) {
        do throws(Errno) {
            let file = try top.open(name, [.read])
            let size = try file.status().sizeBytes
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            var position: Int64 = 0
            while true {
                let count = try file.read(into: &buffer, from: position)
                if count == 0 { break }
                recovery.snapshotPiece(buffer.span.extracting(first: count), into: &sink)
                guard case .snapshot(name) = recovery.step else { return }
                let before = position
                position += Int64(count)
                if before < Self.sampleBytes && position >= Self.sampleBytes {
                    sink.expect(bytes: size, read: position)
                }
            }
            recovery.snapshotEnd(into: &sink)
        } catch {
            recovery.unreadable("\(error)", into: &sink)
        }
    }

    private func feedSegment(
        _ file: SegmentFile, _ recovery: inout Recovery, _ sink: inout StateSink
    ) {
        do throws(Errno) {
            let bytes = try withPlace(of: file.path) {
                (directory, name) throws(Errno) -> [UInt8] in
                let descriptor = try directory.open(name, [.read])
                let size = Int(clamping: try descriptor.status().sizeBytes)
                var buffer = [UInt8](repeating: 0, count: size)
                var done = 0
                while done < size {
                    let count = try descriptor.read(
                        into: &buffer, at: done, from: Int64(done))
                    if count == 0 { break }
                    done += count
                }
                buffer.removeLast(size - done)
                return buffer
            }
            recovery.segment(bytes.span, into: &sink)
        } catch {
            recovery.unreadable("\(error)", into: &sink)
        }
    }

    /// Removes leftovers and renames what is to be set aside, durably.  Where anything is damaged,
    /// what was read goes into a snapshot before a segment is set aside: nothing else holds it
    /// then, and the next start finds a whole state.
    func tidy(after found: inout RecoveredState) throws(StartFault) {
        let recovered = found.outcome
        if !isLocked {
            if recovered.damaged.isEmpty { return }
            throw .failed("\(path): the disk takes nothing new, so nothing can be set aside")
        }
        for path in recovered.removable { remove(path) }
        Self.removeOlder(in: path)
        let segments = recovered.quarantine.filter {
            $0.hasPrefix(StateFiles.logDirectory + "/")
        }
        try setAside(recovered.quarantine.filter { !segments.contains($0) })
        if recovered.damaged.isEmpty { return }
        try save(&found)
        try setAside(segments)
    }

    /// Removes snapshots for older releases: what came after them is not in them.
    static func removeOlder(in path: String) {
        guard let top = try? Directory(path: path) else { return }
        for release in OlderRelease.allCases {
            guard let directory = try? top.subdirectory(release.directory) else { continue }
            try? directory.remove(StateFiles.snapshot)
        }
    }

    private func setAside(_ paths: [String]) throws(StartFault) {
        do throws(Errno) {
            for path in paths {
                try withPlace(of: path) { (directory, name) throws(Errno) in
                    try directory.rename(name, to: StateFiles.quarantine(name))
                }
            }
            try top.sync()
            try log?.sync()
        } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// Writes what was recovered as a snapshot.
    private func save(_ found: inout RecoveredState) throws(StartFault) {
        let recovered = found.outcome
        let state = found.state
        guard let bootID = recovered.bootID, let taken = recovered.lastMoment else { return }
        var jobs = [
            SnapshotJob.begin(
                state, sequence: recovered.sequence, bootID: bootID, recovered.extras, at: taken)
        ]
        for part in 0..<State.snapshotParts {
            jobs.append(.part(state.snapshotPart(part, at: taken)))
        }
        jobs.append(.finish(through: recovered.sequence, previous: recovered.snapshotSequence))
        var file = SnapshotFile(statePath: path)
        for job in jobs {
            if case .failed(let message) = file.perform(job) { throw .failed(message) }
        }
        found.outcome.snapshotSequence = recovered.sequence
    }
}
