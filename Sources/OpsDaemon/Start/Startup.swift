// From the files to the state: drives `Recovery`, sets aside and removes what it says, and moves
// the deadlines when the machine has booted since.  Runs before READY, so it may block.

import OpsCore
import OpsLinux
import OpsStore

/// Puts what recovery reads into a state.
struct StateSink: RecoverySink {
    private let make: @Sendable () -> State
    var state: State
    /// Bans of the snapshot so far.
    private var bans = 0

    init(_ make: @escaping @Sendable () -> State) {
        self.make = make
        state = make()
    }

    mutating func reset() {
        state = make()
        bans = 0
    }

    /// Makes room for the bans of a file of so many bytes, of which `read` have been handed over:
    /// as many to a byte as so far.  More take a little longer, fewer leave room unused.
    mutating func expect(bytes: Int64, read: Int64) {
        let share = Double(bytes) / Double(max(1, read))
        state.reserve(bans: Int(min(Double(bans) * share, 1e8)))
    }

    mutating func load(_ header: SnapshotHeader) {
        state.restore(
            lastEventID: header.lastEventID, clockOffset: header.clockOffset,
            bootID: header.bootID, serviceOffset: header.serviceOffset)
    }

    mutating func load(_ ban: Ban) {
        bans += 1
        state.load(ban)
    }

    mutating func number(ofReason text: String) -> UInt32 { state.number(ofReason: text) }

    mutating func number(ofSource text: String) -> UInt16 { state.number(ofSource: text) }

    mutating func load(_ entry: BanEntry) {
        bans += 1
        state.load(entry)
    }

    mutating func load(_ strikes: [Strike]) { for strike in strikes { state.restore(strike) } }

    mutating func load(_ offense: Offense) { state.restore(offense) }

    mutating func load(_ event: Event) { state.restore(event) }

    mutating func load(_ entry: DomainEntry) { state.restore(entry) }

    mutating func loaded() { state.settle() }

    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        state.apply(change, stamp)
    }
}

/// What a start found.
struct Recollection {
    var state: State
    var recovered: RecoveryResult
}

extension StateDirectory {
    /// Brings the state back.  `isForced`: `--recover`.
    func recover(
        isForced: Bool, make: @escaping @Sendable () -> State
    ) throws(StartFault) -> Recollection {
        var sink = StateSink(make)
        let files: StateFiles
        do throws(Errno) { files = try self.files() } catch { throw .failed("\(path): \(error)") }
        var recovery = Recovery(files, isForced: isForced)
        while true {
            switch recovery.step {
            case .snapshot(let name): feedSnapshot(name, &recovery, &sink)
            case .segment(let file): feedSegment(file, &recovery, &sink)
            case .done(let recovered):
                return Recollection(state: sink.state, recovered: recovered)
            case .refused(let faults):
                let lines = faults.map { "\(path)/\($0)" }.joined(separator: "\n")
                throw .damaged(
                    lines + "\nNothing was changed.  `opsd --recover` sets aside what is damaged "
                        + "and starts with the rest.")
            }
        }
    }

    /// How much of a snapshot is read before its bans are reckoned; the first lines are events.
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
    func tidy(after recollection: inout Recollection) throws(StartFault) {
        let recovered = recollection.recovered
        for path in recovered.removable { remove(path) }
        let segments = recovered.quarantine.filter {
            $0.hasPrefix(StateFiles.logDirectory + "/")
        }
        try setAside(recovered.quarantine.filter { !segments.contains($0) })
        if recovered.damaged.isEmpty { return }
        try save(&recollection)
        try setAside(segments)
    }

    private func setAside(_ paths: [String]) throws(StartFault) {
        do throws(Errno) {
            for path in paths {
                try withPlace(of: path) { (directory, name) throws(Errno) in
                    try directory.rename(name, to: StateFiles.quarantine(name))
                }
            }
            try top.sync()
            try log.sync()
        } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// Writes what was recovered as a snapshot.
    private func save(_ recollection: inout Recollection) throws(StartFault) {
        let recovered = recollection.recovered
        let state = recollection.state
        guard let bootID = recovered.bootID, let taken = recovered.lastMoment else { return }
        let header = SnapshotHeader(
            sequence: recovered.sequence, bootID: bootID, taken: taken,
            clockOffset: state.clockOffset, lastEventID: state.events.lastID,
            serviceOffset: state.snapshotServiceOffset, minReader: state.minReader)
        var jobs = [
            SnapshotJob.begin(
                header, recovered.extras, events: state.events.all,
                domains: state.domainImages(.beginning, at: taken))
        ]
        for part in 0..<State.snapshotParts {
            jobs.append(.part(state.snapshotPart(part, at: taken)))
        }
        jobs.append(.finish(through: recovered.sequence, previous: recovered.snapshotSequence))
        var file = SnapshotFile(statePath: path)
        for job in jobs {
            if case .failed(let words) = file.perform(job) { throw .failed(words) }
        }
        recollection.recovered.snapshotSequence = recovered.sequence
    }
}
