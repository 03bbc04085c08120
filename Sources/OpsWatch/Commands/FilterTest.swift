// `opswatch --test FILTER FILE`: which lines of a file a filter takes, and which not; or whether it
// takes what annotations say.

import OpsCore
import OpsDetect
import OpsLinux

/// Holds a filter against a file.
enum FilterTest {
    /// Bytes of the largest file that is read.
    private static let limitBytes = 1 << 30

    static func run(
        filter word: String, file: String, _ options: WatchOptions
    ) throws(WatchFault) -> Int32 {
        if options.isAnnotated { return try annotated(word, file, options) }
        var choice = try FilterChoice(word, options, journal: options.isJournal)
        if let pattern = options.datePattern { choice.definition.datePattern = pattern }
        var report = LineReport(choice, options)
        let zone = try zone(options) ?? WatchStart.hostZone()
        let run: FilterRun
        do throws(FilterFault) {
            run = try FilterRun(choice.definition, zone: zone)
        } catch {
            throw WatchFault(status: 2, message: "\(error)")
        }
        let bytes = try contents(file)
        try report.read(bytes, with: run)
        return try report.finish(run)
    }

    /// The zone of the command line.
    static func zone(_ options: WatchOptions) throws(WatchFault) -> LogZone? {
        guard let text = options.zone else { return nil }
        do throws(DateFault) { return try LogZone(logTimeZone: text) } catch {
            throw WatchFault(status: 2, message: "--zone: \(error.message)")
        }
    }

    /// The zone that fail2ban's samples are written in.
    private static func samplesZone() -> LogZone {
        (try? LogZone(rule: AnnotatedSamples.zoneRule)) ?? .utc
    }

    private static func contents(_ file: String) throws(WatchFault) -> [UInt8] {
        do throws(Errno) {
            guard !file.hasSuffix(".gz") else { return try unpacked(file) }
            return try FileReader.bytes(
                path: file == "-" ? "/dev/stdin" : file, limitBytes: limitBytes)
        } catch {
            throw WatchFault(status: 1, message: "\(file): \(error.text)")
        }
    }

    private static func unpacked(_ file: String) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        do throws(GzipFault) {
            let reader = try GzipReader(path: file)
            while bytes.count < limitBytes {
                let count = try reader.read(into: &piece, at: 0)
                if count == 0 { break }
                bytes.append(contentsOf: piece[..<count])
            }
        } catch {
            if case .failed(let fault) = error { throw fault }
            Say.warning("\(file): \(error); what came before is used")
        }
        return bytes
    }

    /// Holds a file of annotated samples against the filter; the last line is their count as JSON.
    private static func annotated(
        _ word: String, _ file: String, _ options: WatchOptions
    ) throws(WatchFault) -> Int32 {
        let path = options.fail2ban ?? "/etc/fail2ban"
        let directory = Fail2banDirectory(
            path: path, read: WatchStart.bytes(of:), list: WatchStart.names(in:))
        let zone = try zone(options) ?? samplesZone()
        let name = String(word.prefix { $0 != "[" })
        var samples = AnnotatedSamples(name: name, zone: zone) {
            (overrides: [String: String]) throws(FilterFault) in
            do throws(Fail2banFault) {
                return try directory.filter(word, overrides: overrides)
            } catch {
                throw FilterFault(filter: word, place: "\(path)/filter.d", reason: "\(error)")
            }
        }
        let folder = PathText.split(file).directory
        let report = samples.check(file) { name in
            WatchStart.bytes(of: name.contains("/") ? name : PathText.join(folder, name))
        }
        for wrong in report.wrong { Say.error("\(wrong)") }
        _ = WatchCommand.print(
            "\(report.annotated) annotated lines (\(report.named) with the name of a host),"
                + " \(report.others) others, \(report.wrongLines) wrong\n")
        if options.isJSON { _ = WatchCommand.print(report.json + "\n") }
        return report.wrong.isEmpty && report.annotated > 0 ? 0 : 1
    }
}

extension LineClock {
    /// The clocks of this thread.
    static var host: LineClock {
        LineClock(monotonic: Clocks.bootNanoseconds, threadCPU: Clocks.threadCPUNanoseconds)
    }
}

/// What a filter made of the lines of a file.
private struct LineReport {
    /// Lines that are shown without `--matched` or `--missed`.
    private static let shownLines = 5

    let choice: FilterChoice
    let options: WatchOptions
    var lines = 0
    var matched = 0
    var missed = 0
    var dated = 0
    var byPattern: [Int: Int] = [:]
    var byAddress: [Network: Int] = [:]
    var missedSamples: [String] = []
    let now = Clocks.now().wallNanoseconds / 1_000_000
    private let budget = LineBudget(.host)

    init(_ choice: FilterChoice, _ options: WatchOptions) {
        self.choice = choice
        self.options = options
    }

    mutating func read(_ bytes: [UInt8], with run: FilterRun) throws(WatchFault) {
        var start = 0
        while start < bytes.count {
            let end = LineEnds.first(in: bytes.span, start..<bytes.count) ?? bytes.count
            var stop = end
            if stop > start, bytes[stop - 1] == 0x0d { stop -= 1 }
            line(bytes.span.extracting(start..<stop), with: run)
            start = end + 1
        }
    }

    private mutating func line(_ line: Span<UInt8>, with run: FilterRun) {
        lines += 1
        let ignoredBefore = run.statistics.ignored
        var findings: [Finding] = []
        budget.begin()
        run.read(
            line, at: options.isJournal ? .known(now) : .inLine, now: now, budget: budget,
            into: &findings)
        if run.lineTime != nil { dated += 1 }
        let isMatch = !findings.isEmpty
        if isMatch {
            matched += 1
            byPattern[run.matchedPattern ?? 0, default: 0] += 1
            for finding in findings { byAddress[finding.address, default: 0] += 1 }
            if options.printsMatched { print(line, findings) }
        } else if run.statistics.ignored == ignoredBefore {
            missed += 1
            if options.printsMissed {
                print(line, [])
            } else if missedSamples.count < Self.shownLines {
                missedSamples.append(Self.text(line))
            }
        }
    }

    private static func text(_ line: Span<UInt8>) -> String {
        line.extracting(first: min(line.count, 1_024)).withUnsafeBufferPointer {
            PlainText.escaped(String(decoding: $0, as: UTF8.self))
        }
    }

    private func print(_ line: Span<UInt8>, _ findings: [Finding]) {
        let who = findings.map { finding in
            finding.address.bare + (finding.user.map { " user \(PlainText.escaped($0))" } ?? "")
        }
        let mark = who.isEmpty ? "missed   " : "matched  \(who.joined(separator: ", "))  "
        _ = WatchCommand.print("\(mark)\(Self.text(line))\n")
    }

    /// Prints the figures; 1 if no line matched.
    func finish(_ run: FilterRun) throws(WatchFault) -> Int32 {
        let statistics = run.statistics
        var text = "\(choice.description): \(lines) lines, \(matched) matched,"
        text += " \(statistics.ignored) ignored, \(missed) missed; \(dated) with a date\n"
        for (pattern, count) in byPattern.sorted(by: { $0.key < $1.key }) {
            text += "  pattern \(pattern + 1): \(count)\n"
        }
        let notes = [
            (statistics.named, "lines name a host, which is not looked up"),
            (statistics.withoutAddress, "lines matched and name no valid address"),
            (statistics.withoutDate, "lines matched without a date; they count as now"),
            (statistics.pending, "failures waited for a line with their address"),
            (statistics.limitReached, "lines took too long, and their patterns were stopped"),
            (statistics.shortened, "lines are longer than 8 KiB; their middle was left out"),
        ]
        for (count, what) in notes where count > 0 { text += "  \(count) \(what)\n" }
        let most = byAddress.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
        if !most.isEmpty { text += "addresses: \(byAddress.count), of them most often\n" }
        for (address, count) in most { text += "  \(address.bare)  \(count)\n" }
        if !missedSamples.isEmpty {
            text += "the first that were missed (--missed prints all):\n"
            for sample in missedSamples { text += "  \(sample)\n" }
        }
        for what in choice.definition.unsupported { text += "note: \(what)\n" }
        if options.isJSON {
            text += "{\"lines\":\(lines),\"matched\":\(matched),\"ignored\":\(statistics.ignored),"
            text += "\"missed\":\(missed),\"dated\":\(dated),\"addresses\":\(byAddress.count)}\n"
        }
        _ = WatchCommand.print(text)
        return matched > 0 ? 0 : 1
    }
}
