// `opswatch --replay`: the logs of the past, compressed ones too, read once from the oldest on.
// With `--dry-run` it says who would have been struck and banned; without, opsd is told, and counts
// what is not older than its windows.

import OpsConfig
import OpsCore
import OpsDetect
import OpsGzip
import OpsLinux

/// Reads the past.
final class Replay {
    private let configuration: Configuration
    private let plan: WatchPlan
    private let options: WatchOptions
    private let runs: [RuleRun]
    private let now = Clocks.now().wallNanoseconds / 1_000_000
    private var lines = 0
    private var files = 0
    private var hasJournal = false
    /// When an address was struck, and how often each time, by source.
    private var strikes: [String: [Network: [(time: Int64, weight: Int)]]] = [:]
    private var struck = 0
    /// Lines of incidents, by rule.
    private var incidents: [String: Int] = [:]
    private var delivery: ReplayDelivery?
    private var fault: WatchFault?
    /// The log that is read, and what its files leave for the next.
    private var log = ""
    private var docker = DockerLog(isInMiddle: false)

    private init(_ options: WatchOptions, _ wanted: [String]) throws(WatchFault) {
        self.options = options
        configuration = try WatchStart.configuration(options)
        var plan = try WatchStart.plan(configuration, options)
        for name in wanted where !plan.sources.contains(where: { $0.name == name }) {
            throw WatchFault(
                status: 2,
                message: "there is no source \(PlainText.escaped(name)), expected one of "
                    + plan.sources.map(\.name).joined(separator: ", "))
        }
        if options.isDryRun { plan.reachBack(options.sinceMilliseconds) }
        self.plan = plan
        let tallies: [RuleTally]
        (runs, tallies) = plan.runs(seed: 1)
        for fault in tallies.compactMap(\.fault) { Say.warning(fault.message) }
    }

    static func run(sources wanted: [String], _ options: WatchOptions) throws(WatchFault) -> Int32 {
        let replay = try Replay(options, wanted)
        if !options.isDryRun {
            replay.delivery = try ReplayDelivery(socket: replay.configuration.paths.socket)
        }
        for (number, source) in replay.plan.sources.enumerated()
        where wanted.isEmpty || wanted.contains(source.name) {
            try replay.read(number, source)
        }
        try replay.delivery?.finish()
        return replay.finish()
    }

    // MARK: Reading

    private func read(_ number: Int, _ source: PlannedSource) throws(WatchFault) {
        let lane = LogLane(
            sources: [number], encoding: source.encoding, runs: runs.filter { $0.source == number },
            budget: LineBudget(.host))
        if source.isJournal {
            try readJournal(source, lane)
        } else {
            for pattern in source.files { try readFiles(pattern, source, lane) }
        }
        lines += lane.lines
    }

    private func readFiles(
        _ pattern: String, _ source: PlannedSource, _ lane: LogLane
    ) throws(WatchFault) {
        let (history, unread) = ReplayFiles.history(of: pattern)
        for path in unread { Say.warning("\(path): compressed in a way that is not read") }
        for file in history where file.modified >= now - options.sinceMilliseconds {
            files += 1
            do throws(GzipFault) {
                try readFile(file, source, lane)
            } catch {
                Say.warning("\(file.path): \(error); what came before was read")
            }
            if let fault { throw fault }
        }
    }

    private func readFile(
        _ file: ReplayFile, _ source: PlannedSource, _ lane: LogLane
    ) throws(GzipFault) {
        if log == file.log {
            docker.lines.loseOpenLines()
        } else {
            docker = DockerLog(isInMiddle: !file.isWholeLog)
        }
        log = file.log
        guard file.isCompressed else {
            let log = try PlainLog(path: file.path)
            var rest = 0
            while fault == nil, try log.read(from: rest) {
                let (range, isLast) = (log.range, log.isAtEnd)
                rest = log.withBuffer {
                    read($0, range, isLast: isLast, &docker, source, lane)
                }
            }
            return
        }
        let reader = try ReplayReader(file)
        var buffer: [UInt8] = []
        while fault == nil, let range = try reader.read(into: &buffer) {
            _ = read(buffer.span, range, isLast: true, &docker, source, lane)
        }
    }

    /// Reads lines; returns where the first one begins that has not ended, unless it is the last.
    private func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isLast: Bool, _ docker: inout DockerLog,
        _ source: PlannedSource, _ lane: LogLane
    ) -> Int {
        let context = LogLane.Context(now: now, isFresh: false)
        let origin = { (_: Int) in LineOrigin(stream: nil, number: 0) }
        let end =
            source.format == .docker
            ? lane.read(bytes, range, unwrapping: &docker, context, origin: origin, take)
            : lane.read(bytes, range, context, origin: origin, take)
        guard isLast, end < range.upperBound, fault == nil else { return end }
        if source.format == .docker {
            docker.lose(at: end)
            return range.upperBound
        }
        _ = lane.read(
            single: bytes.extracting(end..<range.upperBound), messageStart: 0, at: .inLine,
            context, origin: origin(0), only: nil, take)
        return range.upperBound
    }

    private func readJournal(_ source: PlannedSource, _ lane: LogLane) throws(WatchFault) {
        hasJournal = true
        let context = LogLane.Context(now: now, isFresh: false)
        do throws(Errno) {
            let journal = try JournalTail(
                matches: [source.journal], since: now - options.sinceMilliseconds)
            var progress = JournalProgress.more
            while progress == .more, fault == nil {
                progress = journal.read(atMost: 4_096, uptime: Clocks.bootNanoseconds() / 1_000_000)
                {
                    line in
                    lines += 1
                    return lane.read(
                        single: line.bytes.span, messageStart: line.messageStart,
                        at: .known(line.time), context, origin: LineOrigin(stream: nil, number: 0),
                        only: nil, take)
                }
            }
            if progress == .waiting { Say.warning("\(source.name): \(journal.state)") }
        } catch {
            throw WatchFault(status: 1, message: "the journal: \(error)")
        }
        if let fault { throw fault }
    }

    /// A strike; false when reading cannot go on.
    private func take(_ report: Report) -> Bool {
        guard report.time >= now - options.sinceMilliseconds else { return true }
        if report.verb.isIncident { incidents[report.rule, default: 0] += report.weight ?? 1 }
        if report.verb == .strike, let address = report.address {
            struck += report.weight ?? 1
            if options.isDryRun, !options.isQuiet {
                strikes[report.source, default: [:]][address, default: []]
                    .append((report.time, report.weight ?? 1))
            }
        }
        do throws(WatchFault) { try delivery?.send(report) } catch {
            fault = error
            return false
        }
        return true
    }

    // MARK: What it comes to

    private func finish() -> Int32 {
        var text = Counted.text(lines, "line")
        text += files > 0 || !hasJournal ? " of \(Counted.text(files, "file"))" : ""
        text += hasJournal ? (files > 0 ? " and the journal" : " of the journal") : ""
        text += ", \(Counted.text(struck, "strike"))"
        for (rule, count) in incidents.sorted(by: { $0.key < $1.key }) {
            text += ", \(Counted.text(count, "line")) of the incident \(rule)"
        }
        if let delivery {
            let counts = delivery.counts
            text += ": opsd took \(counts.taken), of which \(counts.uncounted) did not count"
            text += " (too old, allowed, or banned already)"
            if counts.refused > 0 {
                text += "; it refused \(counts.refused): \(counts.lastRefusal)"
            }
            return WatchCommand.print(text + "\n")
        }
        text += " would have been made\n"
        for (source, addresses) in strikes.sorted(by: { $0.key < $1.key }) {
            let policy = configuration.guard.policy(of: source)
            text +=
                "\(source): \(policy.strikes) strikes within"
                + " \(DurationText.text(policy.windowMilliseconds)) ban\n"
            let rows = addresses.map { address, times in
                (address, times.reduce(0) { $0 + $1.weight }, Self.ban(times, policy))
            }
            for (address, count, ban) in rows.sorted(by: { ($1.1, $0.0) < ($0.1, $1.0) }) {
                var line = "  \(address.bare)  \(Counted.text(count, "strike"))"
                if let ban { line += ", banned at \(Self.stamp(ban))" }
                text += line + "\n"
            }
        }
        return WatchCommand.print(text)
    }

    /// When an address would first have been banned.
    static func ban(_ times: [(time: Int64, weight: Int)], _ policy: SourcePolicy) -> Int64? {
        let times = times.sorted { $0.time < $1.time }
        var first = 0
        var weight = 0
        for (index, strike) in times.enumerated() {
            weight += strike.weight
            while times[first].time <= strike.time - policy.windowMilliseconds {
                weight -= times[first].weight
                first += 1
            }
            if weight >= policy.strikes { return times[index].time }
        }
        return nil
    }

    private static func stamp(_ time: Int64) -> String { Telemetry.time(time) }
}

extension Network {
    /// The address as people write it: without the length if it is a single one.
    var bare: String {
        let text = description
        for suffix in ["/128", "/32"] where isAddress && text.hasSuffix(suffix) {
            return String(text.dropLast(suffix.count))
        }
        return text
    }
}

/// Reports to opsd, one window after the other.
final class ReplayDelivery {
    private var uplink = Uplink(version: Release.version, uid: Accounts.ownUserID)
    private let stream: UnixStream
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    var counts: DeliveryCounts { uplink.counts }

    init(socket: String) throws(WatchFault) {
        do throws(SocketFault) {
            stream = try UnixStream(
                connectingTo: try SocketPath(socket), timeoutMilliseconds: 5_000)
        } catch {
            throw WatchFault(status: 1, message: "opsd cannot be reached at \(socket): \(error)")
        }
        uplink.connected()
        while uplink.phase != .open { try move() }
    }

    /// Queues a report; waits while the queue is full.
    func send(_ report: Report) throws(WatchFault) {
        uplink.queue.append(report)
        while uplink.queue.count >= 1_024 { try move() }
    }

    /// Waits for all answers.
    func finish() throws(WatchFault) {
        while uplink.queue.count > 0 { try move() }
    }

    private func move() throws(WatchFault) {
        uplink.fill()
        do throws(Errno) {
            let isReady = try stream.descriptor.wait(
                for: uplink.output.isEmpty ? .read : [.read, .write],
                timeoutMilliseconds: 30_000)
            guard isReady else { throw Errno(110, "opsd does not answer") }
        } catch {
            throw WatchFault(status: 1, message: "\(error)")
        }
        let output = uplink.output
        if !output.isEmpty, case .bytes(let count) = stream.send(output.span.bytes) {
            uplink.sent(count)
        }
        switch stream.receive(into: &buffer) {
        case .bytes(let count):
            let received = buffer
            do throws(UplinkFault) {
                try uplink.received(received.span.extracting(first: count))
            } catch {
                throw WatchFault(status: 1, message: error.message)
            }
        case .wouldBlock: return
        case .closed, .failed:
            throw WatchFault(status: 1, message: "opsd closed the connection")
        }
    }
}
