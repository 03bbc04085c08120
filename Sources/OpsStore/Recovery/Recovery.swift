// Brings the state back: the newest good snapshot, then the log.  A value that says which file it
// wants next and is fed its bytes; it opens nothing and changes nothing on disk.
//
// The rules, in order:
//   1. snapshot.jsonl, else snapshot.previous.jsonl, else nothing with a log from number 1.  A
//      damaged snapshot is set aside, and recovery starts all the same where the log takes its
//      place: from the older one without a gap, and at least to where the damaged one began.
//   2. Segments are read in order, from the last that starts no later than right after the
//      snapshot.  Each must go on exactly where the one before ended; a missing number is damage.
//   3. A bad tail ends the log (LogReader tells it from damage).  In a segment that is not the last
//      it is damage, unless the next one starts with the very number that is bad: then the opsd
//      that made it had seen the tail, and ended the log there.
//   4. A detached segment after a gap was made after a failed fsync and waits for a snapshot.
//      Without that snapshot nothing from it on was acknowledged: the log ends before it.  If a
//      mark in it names such a snapshot, or a snapshot here is damaged, it may have been: refused.
//   5. The log must reach the `through` of its snapshot.
//   6. Anything of a newer version is refused, `--recover` or not.
//
// Forced (`opsd --recover`): what would be refused ends the log instead; the file and everything
// after it are set aside.  Without any snapshot the log may then start at any number.

import OpsCore

/// One recovery.
package struct Recovery {
    /// What the caller does next.
    package enum Step: Hashable, Sendable {
        /// Read this file in pieces of any size: `snapshotPiece` each, then `snapshotEnd`.
        case snapshot(String)
        /// Read this file whole: `segment`.
        case segment(SegmentFile)
        case done(RecoveryResult)
        /// Exit 3 with these; nothing is to be changed.
        case refused([StoreFault])
    }

    /// What the caller is to do next.
    package private(set) var step: Step
    private let files: StateFiles
    private let isForced: Bool
    private var recovered = RecoveryResult()
    private var candidates: ArraySlice<String>
    private var reader = SnapshotReader()
    /// What is wrong with the snapshot being read.
    private var fault: StoreFault?
    private var trailer: SnapshotTrailer?
    /// The highest number at which a damaged snapshot began, as far as its header could be read.
    private var claimed: UInt64 = 0
    private var queue: ArraySlice<SegmentFile> = []
    /// The number the next record must have.
    private var expected: UInt64 = 1
    /// Whether any record of the log has been read.
    private var isReplaying = false
    /// A bad tail, until it is known what follows.
    private var tail: CutTail?
    /// The first number of the detached segment at which the log ended (rule 4).
    private var endedBefore: UInt64?

    /// - Parameter isForced: `--recover`: set aside what is damaged and start with the rest.
    package init(_ files: StateFiles, isForced: Bool = false) {
        self.files = files
        self.isForced = isForced
        candidates = files.snapshots[...]
        step = .done(recovered)
        recovered.strangers = files.strangers
        recovered.removable = files.leftovers
        nextSnapshot()
    }
}

// MARK: - Snapshots

extension Recovery {
    /// The next bytes of the snapshot that `step` names.  After a fault they are ignored.
    package mutating func snapshotPiece(
        _ bytes: Span<UInt8>, into sink: inout some RecoverySink
    ) {
        guard case .snapshot = step, fault == nil else { return }
        do throws(StoreFault) { try reader.feed(bytes, into: &sink) } catch { fault = error }
    }

    /// The snapshot that `step` names has no more bytes.
    package mutating func snapshotEnd(into sink: inout some RecoverySink) {
        guard case .snapshot(let file) = step else { return }
        do throws(StoreFault) {
            if let fault { throw fault }
            let (header, trailer) = try reader.finish()
            sink.loaded()
            self.trailer = trailer
            recovered.snapshot = file
            recovered.snapshotSequence = header.sequence
            recovered.sequence = header.sequence
            recovered.bootID = header.bootID
            recovered.audit = header.audit
            recovered.lastMoment = header.taken
            recovered.extras = reader.extras
            reader = SnapshotReader()
            replay(after: header.sequence)
        } catch { giveUp(error.inFile(file), &sink) }
    }

    /// The file that `step` names cannot be read; `reason` says why.
    package mutating func unreadable(_ reason: String, into sink: inout some RecoverySink) {
        switch step {
        case .snapshot(let file): giveUp(StoreFault(.damaged, reason, file: file), &sink)
        case .segment(let file): stop(StoreFault(.damaged, reason, file: file.path), at: file)
        case .done, .refused: break
        }
    }

    /// Rule 1: this snapshot is not to be used.
    private mutating func giveUp(_ fault: StoreFault, _ sink: inout some RecoverySink) {
        sink.reset()
        claimed = max(claimed, reader.header?.sequence ?? 0)
        recovered.damaged.append(fault)
        recovered.quarantine.append(fault.file)
        if fault.kind == .newer {
            step = .refused(recovered.damaged)
        } else {
            nextSnapshot()
        }
    }

    private mutating func nextSnapshot() {
        reader = SnapshotReader()
        fault = nil
        guard let file = candidates.popFirst() else { return replay(after: 0) }
        step = .snapshot(file)
    }
}

// MARK: - The log

extension Recovery {
    private mutating func replay(after sequence: UInt64) {
        expected = sequence + 1
        queue = files.segments(after: sequence)
        nextSegment()
    }

    private mutating func nextSegment() {
        if let file = queue.first { step = .segment(file) } else { finish() }
    }

    /// The whole content of the segment that `step` names.
    package mutating func segment(
        _ bytes: Span<UInt8>, into sink: inout some RecoverySink
    ) {
        guard case .segment(let file) = step else { return }
        do throws(StoreFault) {
            let header = try SegmentHeader.decode(bytes)
            guard header.firstSequence == file.first else {
                throw StoreFault(
                    .damaged, "its header says that it starts at number \(header.firstSequence)",
                    offset: 24)
            }
            if try joins(header, bytes, file) {
                try read(bytes, file, into: &sink)
            } else {
                recovered.removable.append(file.path)
            }
            queue.removeFirst()
            nextSegment()
        } catch { stop(error.inFile(error.file.isEmpty ? file.path : error.file), at: file) }
    }

    /// Rules 2 to 4: whether this segment goes on with the log; false where the log has ended.
    private mutating func joins(
        _ header: SegmentHeader, _ bytes: Span<UInt8>, _ file: SegmentFile
    ) throws(StoreFault) -> Bool {
        let first = header.firstSequence
        if first == expected && endedBefore == nil {
            // The opsd that made this segment had seen the tail, and ended the log.
            tail = nil
            return true
        }
        if first < expected {
            if !isReplaying { return true }
            throw StoreFault(
                .damaged, "number \(first) is here and in the segment before", offset: 24)
        }
        if isForced && !isReplaying && recovered.snapshot == nil {
            recovered.damaged.append(missing(upTo: first).inFile(file.path))
            expected = first
            return true
        }
        guard header.isDetached || endedBefore != nil else { throw missing(upTo: first) }
        let start = header.isDetached ? first : endedBefore ?? first
        let reading = try LogReader.read(bytes) { _, _, _ in }
        guard reading.namedSnapshot < start - 1, recovered.damaged.isEmpty else {
            throw StoreFault(
                .damaged,
                "it continues from a snapshot at number \(start - 1) or later, and there is no such snapshot",
                offset: 24)
        }
        endedBefore = start
        return false
    }

    private func missing(upTo first: UInt64) -> StoreFault {
        if let tail {
            return StoreFault(
                .damaged, "\(tail.reason), yet the log continues at number \(first)",
                file: tail.file, offset: Int(clamping: tail.offset))
        }
        let numbers =
            first - 1 == expected
            ? "number \(expected) is" : "numbers \(expected) to \(first - 1) are"
        return StoreFault(.damaged, "\(numbers) missing before it", offset: 24)
    }

    private mutating func read(
        _ bytes: Span<UInt8>, _ file: SegmentFile, into sink: inout some RecoverySink
    ) throws(StoreFault) {
        let from = expected
        recovered.logBytes += file.bytes
        var bootID = recovered.bootID
        var lastMoment = recovered.lastMoment
        isReplaying = true
        let reading = try LogReader.read(bytes) { sequence, stamp, change in
            guard sequence >= from else { return }
            sink.apply(sequence, change, stamp)
            if case .rebased(let rebase) = change { bootID = rebase.bootID }
            lastMoment = stamp.moment
        }
        expected = max(expected, reading.nextSequence)
        recovered.bootID = bootID ?? reading.header.bootID
        recovered.lastMoment = lastMoment
        if reading.header.bootID == recovered.bootID {
            let created = reading.header.created
            if created.boot > lastMoment?.boot ?? .min { recovered.lastMoment = created }
        }
        switch reading.ending {
        case .clean: break
        case .torn(let offset, let bytes, let reason):
            tail = CutTail(file: file.path, offset: offset, bytes: bytes, reason: reason)
        case .refused(let fault): throw fault
        }
    }
}

// MARK: - The end

extension Recovery {
    /// What a fault is attributed to if it is not in one particular file.
    private var place: String { recovered.snapshot ?? StateFiles.logDirectory }

    /// Checks rule 5, and the last condition of rule 1.
    private mutating func finish() {
        let last = expected - 1
        if let tail { recovered.cut.append(tail) }
        if let trailer, trailer.through > last {
            return refuse(
                StoreFault(
                    .damaged,
                    "it needs the log up to number \(trailer.through), but the log ends at \(last)",
                    file: place))
        }
        if !recovered.damaged.isEmpty && (!isReplaying || claimed > last) {
            return refuse(
                StoreFault(
                    .damaged, "the log ends at number \(last) and cannot replace it",
                    file: recovered.damaged[0].file))
        }
        complete()
    }

    /// A fault in the log ends this recovery; if forced, only the log ends there.
    private mutating func stop(_ fault: StoreFault, at file: SegmentFile) {
        recovered.damaged.append(fault)
        guard isForced && fault.kind != .newer else {
            step = .refused(recovered.damaged)
            return
        }
        if let tail { recovered.cut.append(tail) }
        recovered.quarantine += queue.map(\.path)
        complete()
    }

    /// A fault that forcing overrides without setting any file aside.
    private mutating func refuse(_ fault: StoreFault) {
        recovered.damaged.append(fault)
        if isForced { complete() } else { step = .refused(recovered.damaged) }
    }

    private mutating func complete() {
        recovered.sequence = expected - 1
        step = .done(recovered)
    }
}
