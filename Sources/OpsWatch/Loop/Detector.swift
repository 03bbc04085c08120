// What opswatch knows while it runs: the logs, how far they are read, and the rules at work on
// them.  It reads a slice at a time and appends reports to a queue; what they are answered moves
// the stored positions.  It has no socket and no clock: the loop drives it and says what time it
// is.

import OpsCore
import OpsDetect
import OpsLinux

/// The figures of a source.
final class SourceTally {
    var lines: UInt64 = 0
    /// Lines in which a rule found something.
    var matches: UInt64 = 0
    /// Milliseconds since 1970; 0: none yet.
    var lastLine: Int64 = 0
    /// Milliseconds since 1970; 0: none yet.
    var lastMatch: Int64 = 0
    /// It has had no line for longer than it should, and that was told.
    var isSilent = false

    /// Takes the figures of the same source before a reload.
    func goOn(from old: SourceTally) {
        lines = old.lines
        matches = old.matches
        lastLine = old.lastLine
        lastMatch = old.lastMatch
    }
}

/// Logs and rules at work.
final class Detector {
    let plan: WatchPlan
    let tallies: [RuleTally]
    let sourceTallies: [SourceTally]
    let files: FileSet
    private(set) var journal: JournalTail?
    private let runs: [RuleRun]
    private let budget: LineBudget
    /// Which sources of the plan the files' sources are, and those of the journal.
    private let fileSources: [Int]
    private let journalSources: [Int]
    private var lanes: [[Int]: LogLane] = [:]
    private var dockerLogs = DockerLogs()
    private var buffer: [UInt8] = []
    private var text: [UInt8] = []
    private var checkpoints = Checkpoints()
    private let journalStream: String
    private var journalAcknowledged: JournalPosition?
    private var journalChanged = false
    /// The patterns were stored: what matches them later is new, and read from its beginning.
    private var hasStored = false
    private var journalMayHaveMore = true
    /// What happened that opsd should hear of.
    var happenings = Happenings()
    private let startedAt: Int64
    var alarms: [SourceAlarm]

    /// Where reading goes on.
    struct Start {
        var files = StoredPositions()
        var journal: JournalStore.Content?
        /// Positions were stored, and some of them cannot be read any more.
        var hasLostPositions = false
        /// The present, in milliseconds since 1970.
        var now: Int64
        var journalLocation = JournalLocation.system
        /// Names streams.
        var random: () -> UInt32
    }

    init(
        _ plan: WatchPlan, _ start: Start, clock: LineClock, seed: UInt64
    ) throws(PlanFault) {
        self.plan = plan
        startedAt = start.now
        (runs, tallies) = plan.runs(seed: seed)
        budget = LineBudget(clock)
        sourceTallies = plan.sources.map { _ in SourceTally() }
        alarms = plan.sources.map { _ in SourceAlarm() }
        fileSources = plan.sources.indices.filter { !plan.sources[$0].files.isEmpty }
        journalSources = plan.sources.indices.filter { plan.sources[$0].isJournal }
        files = FileSet(
            sources: fileSources.map {
                FileSource(name: plan.sources[$0].name, patterns: plan.sources[$0].files)
            }, stored: start.files, random: start.random)
        if start.hasLostPositions { happenings.positionsLost() }
        journalStream =
            start.journal?.stream ?? StreamName.make(path: "journal", random: start.random())
        if !journalSources.isEmpty {
            do throws(Errno) {
                journal = try JournalTail(
                    start.journalLocation, matches: journalSources.map { plan.sources[$0].journal },
                    position: start.journal?.position, since: start.now)
            } catch {
                throw PlanFault("the journal cannot be read: \(error)")
            }
        }
        journalChanged = start.journal == nil && journal != nil
        for (rule, tally) in zip(plan.rules, tallies) {
            if let fault = tally.fault { happenings.failed(rule: rule.name, fault) }
        }
    }

    /// Why rules cannot run, in order.
    var faults: [PlanFault] { tallies.compactMap(\.fault) }

    // MARK: Reading

    /// Whether there may be something to read now.
    var hasWork: Bool { files.hasWork || journal != nil && journalMayHaveMore }

    /// The journal's descriptor is readable.
    func wakeJournal() {
        journal?.wake()
        journalMayHaveMore = true
    }

    /// Once a second.
    func tick(now: Int64, uptime: Int64) {
        files.tick(now: now)
        if let journal, uptime >= journal.deadline { journalMayHaveMore = true }
        collectNotes()
    }

    /// Reads a slice of a log; `uptime` in milliseconds.  Not while positions have to be stored
    /// first (`mustStore`).
    func readSlice(now: Int64, uptime: Int64, into queue: inout ReportQueue) {
        if journalMayHaveMore { readJournal(now: now, uptime: uptime, into: &queue) }
        if files.hasWork, !queue.isFull { readFile(now: now, into: &queue) }
        collectNotes()
    }

    /// Lines wait until positions are stored.
    var mustStore: Bool {
        files.mustStoreBeforeReading || journalAcknowledged == nil && journalChanged
    }

    private func readFile(now: Int64, into queue: inout ReportQueue) {
        guard let slice = files.read(into: &buffer, now: now) else { return }
        let sources = files.sources(of: slice).map { fileSources[$0] }
        let lane = lane(for: sources)
        let range = slice.range
        let context = LogLane.Context(now: now, isFresh: range.count < 16_384)
        let linesBefore = lane.lines
        let stream = slice.isNumbered ? slice.stream : nil
        var reports = 0
        var isStopped = false
        var end: Int
        // Out of the object while it is worked on, so that it is not copied.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        let take = { (report: Report) -> Bool in
            queue.append(report)
            reports += 1
            isStopped = queue.isFull
            return !isStopped
        }
        let isDocker = plan.sources[sources.first ?? 0].format == .docker
        let origin = { LineOrigin(stream: stream, number: slice.place(ofLineAt: $0)) }
        var open = OpenLine.none
        if isDocker {
            var docker = dockerLogs.take(
                for: slice, preceding: bytes.span.extracting(first: range.lowerBound))
            end = range.lowerBound
            if !slice.isCut {
                end = lane.read(
                    bytes.span, range, unwrapping: &docker, context, origin: origin, take)
            }
            // docker ends each line, and writes none that has to be cut.
            if !isStopped, end < range.upperBound {
                docker.lose(at: end)
                end = range.upperBound
            }
            open = docker.endSlice()
            dockerLogs.keep(docker, of: slice.file) { files.isKnown($0) }
        } else if slice.isCut {
            _ = lane.read(
                single: bytes.span.extracting(range), messageStart: 0, at: .inLine, context,
                origin: origin(range.lowerBound), only: nil, take)
            end = range.upperBound
            lane.noteCut(only: nil)
        } else {
            end = lane.read(bytes.span, range, context, origin: origin, take)
            // The last line of a file that was rotated away may have no end.
            if !isStopped, end < range.upperBound {
                _ = lane.read(
                    single: bytes.span.extracting(end..<range.upperBound), messageStart: 0,
                    at: .inLine, context, origin: origin(end), only: nil, take)
                end = range.upperBound
            }
        }
        noteCanaries(lane)
        let lines = lane.lines - linesBefore + (slice.isCut ? 1 : 0)
        note(sources, lines: lines, matches: reports, now)
        let mark = files.consume(
            slice, bytes: end - range.lowerBound, lines: lines, lastLineAt: now, in: bytes.span,
            open: open)
        swap(&bytes, &buffer)
        checkpoints.append(.file(mark), sequence: queue.appended)
    }

    private func readJournal(now: Int64, uptime: Int64, into queue: inout ReportQueue) {
        guard let journal else { return }
        let lane = lane(for: journalSources)
        let context = LogLane.Context(now: now, isFresh: false)
        let gaps = journal.counts.gaps
        let progress = journal.read(atMost: 256, uptime: uptime) { line in
            let sources = line.sources.map { journalSources[$0] }
            let origin = LineOrigin(
                stream: journalStream, number: JournalPosition.place(line.number))
            var reports = 0
            _ = lane.read(
                single: line.bytes.span, messageStart: line.messageStart, at: .known(line.time),
                context, origin: origin, only: sources
            ) { report in
                queue.append(report)
                reports += 1
                return true
            }
            if line.isCut { lane.noteCut(only: sources) }
            note(sources, lines: 1, matches: min(reports, 1), line.time)
            return !queue.isFull
        }
        noteCanaries(lane)
        journalMayHaveMore = progress == .more
        if journal.counts.gaps != gaps { happenings.gap(journal.counts.lastGap) }
        checkpoints.append(.journal(journal.position), sequence: queue.appended)
    }

    private func noteCanaries(_ lane: LogLane) {
        for text in lane.takeCanaries() {
            happenings.canary(source: plan.sources[lane.sources.first ?? 0].name, text)
        }
    }

    private func note(_ sources: [Int], lines: Int, matches: Int, _ time: Int64) {
        for source in sources {
            let tally = sourceTallies[source]
            tally.lines &+= UInt64(lines)
            if lines > 0 { tally.lastLine = max(tally.lastLine, time) }
            tally.matches &+= UInt64(matches)
            if matches > 0 { tally.lastMatch = max(tally.lastMatch, time) }
        }
    }

    /// The lane of these sources, made when it is first wanted.  A log is read in one way: a source
    /// that wants it in another gets none of its lines, which is told.
    private func lane(for sources: [Int]) -> LogLane {
        if let lane = lanes[sources] { return lane }
        let first = plan.sources[sources.first ?? 0]
        var fitting: [Int] = []
        for source in sources {
            let other = plan.sources[source]
            if other.format == first.format, other.encoding == first.encoding {
                fitting.append(source)
            } else {
                happenings.append(
                    Happening(
                        event: nil, subject: other.name,
                        text: "a log that it wants as \(other.format.rawValue) is read as"
                            + " \(first.format.rawValue), for \(first.name); it gets none of it"))
            }
        }
        let lane = LogLane(
            sources: fitting, encoding: first.encoding,
            runs: runs.filter { fitting.contains($0.source) }, budget: budget)
        lanes[sources] = lane
        return lane
    }

    // MARK: Answers and positions

    /// opsd has answered for all reports below this number.
    func acknowledge(below firstUnanswered: UInt64) {
        for mark in checkpoints.takeAnswered(below: firstUnanswered) {
            switch mark {
            case .file(let checkpoint): files.acknowledge(checkpoint)
            case .journal(let position):
                if journalAcknowledged != position {
                    journalAcknowledged = position
                    journalChanged = true
                }
            }
        }
    }

    /// Whether the stored positions are behind.
    var hasChanges: Bool { !hasStored || files.hasChanges || journalChanged }

    /// Stores them; a failure is told, and reading goes on.
    func store(
        _ positions: borrowing PositionStore, _ journalPositions: borrowing JournalStore,
        now: Int64
    ) throws(Errno) {
        do throws(Errno) {
            if !hasStored || files.hasChanges || files.mustStoreBeforeReading {
                try positions.write(files.positions(now: now))
                files.stored()
                hasStored = true
            }
        } catch {
            files.storeFailed()
            throw error
        }
        guard journalChanged, let journal else { return }
        let position = journalAcknowledged ?? journal.position
        journalAcknowledged = position
        journalChanged = false
        try journalPositions.write(
            JournalStore.Content(stream: journalStream, position: position))
    }

    // MARK: What happened

    /// Files that a source of the plan wants and that are not read, because too many are.
    func unreadFiles(of source: Int) -> Int {
        fileSources.firstIndex(of: source).map { files.unreadFiles[$0] } ?? 0
    }

    private func collectNotes() {
        for note in files.takeNotes() { happenings.file(note) }
        for run in runs {
            if let offset = run.takeNewOffset() {
                happenings.clock(source: plan.sources[run.source].name, milliseconds: offset)
            }
        }
    }

    /// Once a second: what the rules took of a core, and which sources have gone silent.
    func account(now: Int64, uptimeNanoseconds: Int64) {
        for run in runs { run.settle() }
        for (number, tally) in tallies.enumerated() {
            switch tally.account(uptime: uptimeNanoseconds) {
            case nil: break
            case .slow:
                happenings.slow(rule: plan.rules[number].name, percent: plan.cpuSharePercent)
            case .recovered: happenings.well(rule: plan.rules[number].name)
            }
            if tally.tooLong > 0, !tally.toldTooLong {
                tally.toldTooLong = true
                happenings.tooLong(rule: plan.rules[number].name)
            }
            if let address = tally.crowd.takeSuspect() {
                happenings.oneAddress(rule: plan.rules[number].name, address)
            }
        }
        for (number, source) in plan.sources.enumerated() where source.expectEveryMilliseconds > 0 {
            let tally = sourceTallies[number]
            let quiet = now &- max(tally.lastLine, startedAt)
            if quiet > source.expectEveryMilliseconds, !tally.isSilent {
                tally.isSilent = true
                happenings.silent(source: source.name, milliseconds: quiet)
            } else if quiet <= source.expectEveryMilliseconds, tally.isSilent {
                tally.isSilent = false
                happenings.back(source: source.name)
            }
        }
    }

    /// Goes on counting where the detector before it stopped: figures are totals, whatever is
    /// reloaded.
    func goOnCounting(from old: Detector) {
        for (number, source) in plan.sources.enumerated() {
            guard let before = old.plan.sources.firstIndex(where: { $0.name == source.name })
            else { continue }
            sourceTallies[number].goOn(from: old.sourceTallies[before])
        }
        for (number, rule) in plan.rules.enumerated() {
            guard let before = old.plan.rules.firstIndex(where: { $0.name == rule.name })
            else { continue }
            tallies[number].goOn(from: old.tallies[before])
        }
    }

    /// What happened since the last call.
    func takeHappenings() -> [Happening] { happenings.takeAll() }
}
