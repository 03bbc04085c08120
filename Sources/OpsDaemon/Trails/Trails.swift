// The files in the log directory (`events.ndjson`, every event; `sys_probe.log`, a sample now and
// then in the S1-03 shape) and the ring file of minutes in the state directory.  A slow or full
// disk must not stop the loop, so a thread writes them: it starts with the first line and ends when
// it has been idle.  What there is no room for in its queue is dropped and counted, and health says
// so.

import OpsCore
import OpsLinux
import OpsProtocol

/// A file that only grows, by line.
enum Trail: String, Sendable, CaseIterable {
    case events = "events.ndjson"
    case probe = "sys_probe.log"
    case budget = "slo_budget.ndjson"
    case incidents = "incidents.ndjson"
    case costs = "costs.ndjson"
}

/// What the trail thread is asked.
enum TrailJob: Sendable {
    /// Append whole lines; rotate first where the file has reached `rotateBytes`.
    case append(Trail, lines: [UInt8], rotateBytes: Int64)
    /// Append batches of events, which the thread writes as lines, and the chain line that covers
    /// them; rotate likewise, and remove the oldest files for which there is no room any more.
    case events([[Event]], EventRoom)
    /// Keep the chain of events.
    case chain(ChainJob)
    /// Open the files again: logrotate has renamed them.
    case reopen
    /// Remove rotated files that are too old; `now` in seconds since 1970.  And those files of
    /// events for which there is no room.
    case prune(TrailAges, now: Int64, EventRoom)
    /// Replace the whole file of that name.
    case replace(String, bytes: [UInt8])
    /// Remove the file of that name.
    case remove(String)
    /// A step of the file of bans and strikes.
    case bansFile(BansFileJob, ticket: UInt64)
    /// Write a record of the ring file.
    case minute(record: [UInt8], offset: Int64)
}

/// What is to be done for the chain besides the events.
struct ChainJob: Sendable {
    /// Events up to this id are in the file, or lost.
    var through: UInt64
    /// A chain line is due, though nothing happened.
    var isDue: Bool
    /// The head is to be durable.
    var syncs: Bool
    var room: EventRoom
}

/// The outcome of a job.
struct TrailAnswer: Sendable {
    var trail: Trail?
    /// It was an append of batches of events.
    var endsAppend = false
    /// What became of a step of the file of bans; nil: it was another job.
    var bansFile: BansFileAnswer?
    /// nil: success.
    var fault: String?
    /// Lines that a failed append did not write.
    var lostLines: UInt64 = 0
    /// It was a sync of the file of events.
    var isSync = false
    /// Files of events that were removed to make room.
    var removed: [EventFile] = []
    /// What is to be said in the journal.
    var notes: [String] = []
}

/// The open files, on their thread.
private struct TrailFiles: ~Copyable {
    private final class Open {
        let descriptor: Descriptor
        var bytes: Int64

        init(_ descriptor: consuming Descriptor, bytes: Int64) {
            self.descriptor = descriptor
            self.bytes = bytes
        }
    }

    let logPath: String
    let statePath: String
    private var open: [Trail: Open] = [:]
    /// The events, with their chain.
    private var events: EventsFile
    /// The file of bans under way.
    private var bans: BansFileWriter?

    init(
        logPath: String, statePath: String, chain: ChainBox, sync: @escaping SyncRequest,
        wall: @escaping @Sendable () -> Int64
    ) {
        self.logPath = logPath
        self.statePath = statePath
        events = EventsFile(logPath: logPath, box: chain, request: sync, wall: wall)
        bans = nil
    }

    mutating func perform(_ job: TrailJob) -> TrailAnswer {
        if case .bansFile(let step, let ticket) = job { return perform(step, ticket) }
        var answer = attempt(job)
        if case .events = job { answer.endsAppend = true }
        return answer
    }

    private mutating func attempt(_ job: TrailJob) -> TrailAnswer {
        var trail: Trail?
        events.beginJob()
        do throws(Errno) {
            switch job {
            case .append(let file, let lines, let rotateBytes):
                trail = file
                try append(file, lines, rotateBytes)
            case .events(let batches, let room):
                trail = .events
                try events.append(batches, room)
            case .chain(let job):
                trail = .events
                try events.seal(through: job.through, isDue: job.isDue, job.room)
                if job.syncs { try events.beginSync() }
            case .reopen:
                open = [:]
                events.reopen()
            case .prune(let ages, let now, let room):
                try prune(ages, now)
                events.forgetRoom()
                try events.makeRoom(for: 0, room)
            case .replace(let name, let bytes): try replace(name, bytes)
            case .remove(let name): try remove(name)
            case .bansFile: break
            case .minute(let record, let offset):
                let directory = try Directory(path: statePath)
                let file = try directory.open(
                    "history", [.write, .create, .nonBlocking], mode: 0o640)
                _ = try file.write(record.span.bytes, at: offset)
            }
            return TrailAnswer(
                trail: trail, fault: nil, removed: events.removed, notes: events.notes)
        } catch {
            if let trail { open[trail] = nil }
            if trail == .events { events.close() }
            let place = trail.map { "\(logPath)/\($0.rawValue)" } ?? logPath
            var lost: UInt64 = 0
            switch job {
            case .append(_, let lines, _): lost = UInt64(lines.count { $0 == 0x0a })
            case .events(let batches, _):
                lost = UInt64(batches.reduce(0) { $0 + $1.count }) - events.written
            default: break
            }
            return TrailAnswer(
                trail: trail, fault: "\(place): \(error)", lostLines: lost,
                removed: events.removed, notes: events.notes)
        }
    }

    private mutating func perform(_ step: BansFileJob, _ ticket: UInt64) -> TrailAnswer {
        do throws(Errno) {
            switch step {
            case .begin:
                // One that was given up removes its file before the next is made.
                bans = nil
                bans = try BansFileWriter(logPath: logPath)
            case .bans(let parts, let offset): try bans?.add(bans: parts, clockOffset: offset)
            case .strikes(let parts): try bans?.add(strikes: parts)
            case .finish:
                guard let file = bans.take() else { break }
                try file.finish()
                return TrailAnswer(bansFile: BansFileAnswer(ticket: ticket, outcome: .finished))
            }
            // After a failure the loop still sends what it had not heard of.
            let isThere = bans != nil
            return TrailAnswer(
                bansFile: BansFileAnswer(ticket: ticket, outcome: isThere ? .done : .failed))
        } catch {
            bans = nil
            return TrailAnswer(
                bansFile: BansFileAnswer(ticket: ticket, outcome: .failed),
                fault: "\(logPath)/\(BansFile.name): \(error)")
        }
    }

    private func replace(_ name: String, _ bytes: [UInt8]) throws(Errno) {
        let directory = try Directory(path: logPath)
        var file = try AtomicFile(replacing: name, in: directory)
        try file.write(bytes.span.bytes)
        try file.commit()
    }

    private func remove(_ name: String) throws(Errno) {
        let directory = try Directory(path: logPath)
        if try directory.names().contains(name) { try directory.remove(name) }
    }

    private mutating func append(
        _ trail: Trail, _ lines: [UInt8], _ rotateBytes: Int64
    ) throws(Errno) {
        var file = try opened(trail)
        if file.bytes > 0 && file.bytes + Int64(lines.count) > rotateBytes {
            try rotate(trail)
            file = try opened(trail)
        }
        try file.descriptor.writeAll(lines.span.bytes)
        file.bytes += Int64(lines.count)
    }

    private mutating func opened(_ trail: Trail) throws(Errno) -> Open {
        if let file = open[trail] { return file }
        let directory = try Directory(path: logPath)
        let descriptor = try directory.open(
            trail.rawValue, [.write, .create, .append, .nonBlocking], mode: 0o640)
        let size = try descriptor.status().sizeBytes
        let file = Open(descriptor, bytes: size)
        open[trail] = file
        return file
    }

    /// Renames the file to its name and the number after the highest.
    private mutating func rotate(_ trail: Trail) throws(Errno) {
        let directory = try Directory(path: logPath)
        let prefix = trail.rawValue + "."
        // Other files may be there: a suffix that is not a 32-bit number is ignored.
        let numbers = try directory.names().compactMap { name in
            name.hasPrefix(prefix) ? UInt32(name.dropFirst(prefix.count)) : nil
        }
        try directory.rename(trail.rawValue, to: prefix + String(UInt64(numbers.max() ?? 0) + 1))
        open[trail] = nil
    }

    /// Removes rotated files whose last change was too long ago.
    private mutating func prune(_ ages: TrailAges, _ now: Int64) throws(Errno) {
        if let seconds = ages.delete(.events) { try events.remove(before: now - seconds) }
        let directory = try Directory(path: logPath)
        for name in try directory.names() {
            let trail = Trail.allCases.first { $0 != .events && $0.isRotated(name) }
            guard let trail, let seconds = ages.delete(trail),
                let status = try? directory.status(name)
            else { continue }
            if status.modifiedSeconds < now - seconds { try? directory.remove(name) }
        }
    }
}

/// The trails as the loop sees them.
struct Trails: ~Copyable {
    /// Jobs that may wait for the thread.
    static let queueLimitJobs = 64
    /// Events that gather while the thread is busy: half a second of bans at full speed.
    static let gatherLimit = 131_072
    /// How long the thread waits for more before it ends.
    static let idleMilliseconds: Int32 = 500
    /// The key of faults of syncs.
    static let sync = "sync"

    private let worker: Worker<TrailJob, TrailAnswer>
    private let answers: Mailbox<TrailAnswer>
    /// Where the chain of events stands.
    let chain: ChainBox
    private var gathered: [[Event]] = []
    /// The newest event that was given here, written or not.
    private(set) var lastGiven: UInt64 = 0
    var keeper = ChainKeeper()
    private var gatheredCount = 0
    private var isAppending = false
    /// The first event of the batch that is being written, and of those that have gathered.
    private var firstIDs: (written: UInt64?, gathered: UInt64?)
    /// Lines that were never written.
    private(set) var droppedLines: UInt64 = 0
    /// What the thread has to say, until `takeNotes`.
    private var notes: [String] = []
    /// Files of events that were removed to make room, until `takeRemoved`.
    var removed: [EventFile] = []
    /// Answers about the file of bans, until `takeBansFileAnswers`.
    private var bansFileAnswers: [BansFileAnswer] = []
    /// What is wrong with each file now.  The key "" is for the thread, or for no single file.
    private(set) var faults: [String: String] = [:]

    /// - Parameters:
    ///   - start: how the tail of events stands; nil: nobody knows, so no loss can be told.
    ///   - link: the name of a link to the file of events; empty: none.
    ///   - wall: nanoseconds since 1970.
    init(
        logPath: String, statePath: String, start: ChainStart? = nil, link: String = "",
        wall: @escaping @Sendable () -> Int64 = { Clocks.now().wallNanoseconds }
    ) throws(Errno) {
        let chain = ChainBox(start, link: link)
        self.chain = chain
        let answers = try Mailbox<TrailAnswer>(capacity: Self.queueLimitJobs + 10)
        let syncs = try Worker(
            name: "opsd-sync", queueLimitJobs: 1, idleMilliseconds: Self.idleMilliseconds,
            answers: answers, makeState: {}
        ) { (_: inout Void, job: SyncJob) in chain.answer(to: job, logPath: logPath) }
        let worker = try Worker(
            name: "opsd-trail", queueLimitJobs: Self.queueLimitJobs,
            idleMilliseconds: Self.idleMilliseconds, answers: answers,
            makeState: {
                TrailFiles(
                    logPath: logPath, statePath: statePath, chain: chain,
                    sync: { syncs.submit($0) == .accepted }, wall: wall)
            }
        ) { (files: inout TrailFiles, job: TrailJob) in files.perform(job) }
        self.answers = answers
        self.worker = worker
    }

    var descriptorNumber: Int32 { answers.descriptorNumber }

    /// What is wrong now; nil: nothing.
    var fault: String? { faults.min { $0.key < $1.key }?.value }

    /// Adds events; they are handed over by `flush`.
    mutating func gather(_ events: [Event]) {
        if firstIDs.gathered == nil { firstIDs.gathered = events.first?.id }
        let room = Self.gatherLimit - gatheredCount
        lastGiven = events.last?.id ?? lastGiven
        if events.count <= room {
            gathered.append(events)
            gatheredCount += events.count
        } else {
            if room > 0 { gathered.append(Array(events[..<room])) }
            gatheredCount += room
            droppedLines += UInt64(events.count - room)
            chain.update { $0.lossReason = "more came than could be written" }
        }
    }

    /// Submits what has gathered, unless the thread still writes the last batch.
    mutating func flush(_ room: EventRoom) {
        if isAppending || gathered.isEmpty { return }
        guard worker.submit(.events(gathered, room)) == .accepted else { return }
        isAppending = true
        firstIDs = (firstIDs.gathered, nil)
        gathered = []
        gatheredCount = 0
    }

    /// Hands over any other job; dropped where the queue is full.
    mutating func submit(_ job: TrailJob) {
        if worker.submit(job) == .accepted { return }
        faults[""] = "the trail thread does not keep up"
        if case .bansFile(_, let ticket) = job {
            bansFileAnswers.append(BansFileAnswer(ticket: ticket, outcome: .failed))
        }
    }

    /// Reads the thread's answers.
    mutating func collect() {
        for answer in answers.drain() {
            if answer.endsAppend {
                isAppending = false
                firstIDs.written = nil
            }
            if let step = answer.bansFile {
                bansFileAnswers.append(step)
                // The steps after a failure know nothing of its reason.
                if step.outcome != .failed || answer.fault != nil {
                    faults[BansFile.name] = answer.fault
                }
            } else {
                let key = answer.isSync ? Self.sync : answer.trail?.rawValue ?? ""
                faults[key] = answer.fault
            }
            droppedLines += answer.lostLines
            removed += answer.removed
            notes += answer.notes
        }
        // The trail thread itself makes good what a sync could not do.
        let isMended = faults[Self.sync] != nil && chain.read().chain?.isUnsure != true
        if isMended { faults[Self.sync] = nil }
    }

    /// What the thread has to say since the last time.
    mutating func takeNotes() -> [String] {
        defer { notes = [] }
        return notes
    }

    /// The answers about the file of bans since the last time.
    mutating func takeBansFileAnswers() -> [BansFileAnswer] {
        defer { bansFileAnswers = [] }
        return bansFileAnswers
    }

    /// The id of the first event that has gathered and is not in the file; nil: all are.
    var firstUnwritten: UInt64? { firstIDs.written ?? firstIDs.gathered }

    /// Nothing waits to be written.
    var isIdle: Bool { gathered.isEmpty && !isAppending }
}
