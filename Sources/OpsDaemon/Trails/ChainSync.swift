// Puts events.ndjson on the disk on a thread of its own: a sync takes as long as the disk has other
// things to do, and no event may wait for that.
//
//   Y1. Of all syncs of the file one runs at a time: a failure is told to one of them only
//       (fsync(2), "EIO"), and each must know of it before it calls anything durable.
//   Y2. What a sync makes durable is the chain line that was the newest when it was asked for.
//   Y3. After a failure it does nothing: the trail thread writes the bytes again first.

import OpsCore
import OpsLinux

/// The file of events, open for appending; a sync may still have it when the trail thread has
/// left it.
final class OpenEvents: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// A sync that is asked for.
struct SyncJob: Sendable {
    let file: OpenEvents
    let identity: EventChain.File
    /// The newest chain line, and where it ends in the file.
    let head: AuditHead
    let bytes: Int64
    /// The directory too.
    let isNameNew: Bool

    /// nil: the chain has no file.
    init?(_ file: OpenEvents, _ chain: EventChain) {
        guard let identity = chain.file else { return nil }
        self.file = file
        self.identity = identity
        head = chain.head
        bytes = chain.bytes
        isNameNew = chain.isNameNew
    }
}

/// Takes a sync; false: one waits already.
typealias SyncRequest = @Sendable (SyncJob) -> Bool

extension ChainBox {
    /// Carries out a sync, on its thread.
    func answer(to job: SyncJob, logPath: String) -> TrailAnswer {
        var answer = TrailAnswer(isSync: true)
        do throws(Errno) { try perform(job, logPath: logPath) } catch {
            answer.fault = "\(logPath)/\(EventsFile.name): \(error)"
        }
        return answer
    }

    private func perform(_ job: SyncJob, logPath: String) throws(Errno) {
        try syncing { () throws(Errno) in
            if self.read().chain?.isUnsure ?? true { return }
            do throws(Errno) {
                try job.file.descriptor.syncData()
                if job.isNameNew { try Directory(path: logPath).sync() }
            } catch {
                self.update { $0.chain?.isUnsure = true }
                throw error
            }
            self.update { $0.chain?.note(job) }
        }
    }
}

extension EventChain {
    /// A sync has done its work.
    fileprivate mutating func note(_ job: SyncJob) {
        if job.head.sequence > durable?.sequence ?? 0 { durable = job.head }
        guard file == job.identity else { return }
        syncedBytes = max(syncedBytes, job.bytes)
        if job.isNameNew { isNameNew = false }
    }
}

/// A rotation waits for another thread's sync while more bytes than this are not on the disk.
private let rotationBytes: Int64 = 4 << 20

extension EventsFile {
    /// Puts what was written on the disk: the head becomes durable.
    mutating func sync() throws(Errno) {
        guard isBehind else { return }
        try opened()
        let (box, open) = (box, open)
        try box.syncing { () throws(Errno) in
            guard let chain = box.read().chain, let open else { return }
            do throws(Errno) {
                if chain.isUnsure { try writeAgain(chain) }
                try open.descriptor.syncData()
                if chain.isNameNew { try Directory(path: logPath).sync() }
            } catch {
                box.update { $0.chain?.isUnsure = true }
                throw error
            }
            box.update { content in
                content.chain?.durable = chain.head
                content.chain?.syncedBytes = chain.bytes
                content.chain?.begunBytes = chain.bytes
                content.chain?.isUnsure = false
                content.chain?.isNameNew = false
            }
        }
    }

    /// Not all is known to be on the disk.
    private var isBehind: Bool {
        guard let chain = box.read().chain else { return false }
        return (chain.head != chain.durable || chain.isUnsure) && chain.head.sequence > 0
    }

    /// The same, on another thread where there is one: the head becomes durable later.  What must
    /// be written again is synced here.
    mutating func beginSync() throws(Errno) {
        guard isBehind else { return }
        try opened()
        guard let chain = box.read().chain, !chain.isUnsure, let request, let open,
            let job = SyncJob(open, chain)
        else { return try sync() }
        _ = request(job)
    }

    /// Whether the file is not rotated yet, though it is large enough: another thread puts most of
    /// it on the disk first, so that this one has little to wait for.  It begins before the file is
    /// full, and the file grows by an eighth at most.
    func waits(toRotate chain: EventChain, _ bytes: Int64, _ room: EventRoom) -> Bool {
        let slack = room.fileBytes / 8
        guard let request, let open, bytes > room.fileBytes - slack, !chain.isUnsure,
            chain.bytes - chain.syncedBytes > rotationBytes,
            let job = SyncJob(open, chain)
        else { return false }
        _ = request(job)
        return bytes <= room.fileBytes + slack
    }

    /// After a sync that failed the kernel takes bytes for written that may not be: they are
    /// written again, as they are.  Source: fsync(2), "EIO".
    private func writeAgain(_ chain: EventChain) throws(Errno) {
        let file = try Directory(path: logPath).open(Self.name, [.read, .write, .nonBlocking])
        guard try EventChain.File(file.status()) == chain.file else { return }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        var place = chain.syncedBytes
        while place < chain.bytes {
            let limit = Int(min(Int64(bytes.count), chain.bytes - place))
            let count = try file.read(into: &bytes, at: 0, from: place, limit: limit)
            if count == 0 { return }
            var done = 0
            while done < count {
                let rest = bytes.span.extracting(done..<count).bytes
                done += try file.write(rest, at: place + Int64(done))
            }
            place += Int64(count)
        }
    }
}
