// What `opswatch --test` says of the lines of a file: which matched, by what, and which did not.

import OpsConfig
import OpsCore
import OpsDetect
import OpsLinux

/// A form of a choice, compiled.
struct FormRun {
    enum Worker {
        case filter(FilterRun)
        case json(JSONRule)
    }

    let form: FilterChoice.Form
    let worker: Worker

    /// All forms of a choice.
    static func all(
        _ choice: FilterChoice, _ options: WatchOptions, zone: LogZone?
    ) throws(WatchFault) -> [FormRun] {
        var runs: [FormRun] = []
        for form in choice.forms {
            runs.append(FormRun(form: form, worker: try worker(form, choice, options, zone)))
        }
        return runs
    }

    private static func worker(
        _ form: FilterChoice.Form, _ choice: FilterChoice, _ options: WatchOptions,
        _ zone: LogZone?
    ) throws(WatchFault) -> Worker {
        switch form.detection {
        case .filter(var definition):
            if let pattern = options.datePattern { definition.datePattern = pattern }
            let own = choice.zoneMinutes.map { LogZone(minutes: $0) }
            do throws(FilterFault) {
                return .filter(
                    try FilterRun(definition, zone: zone ?? own ?? WatchStart.hostZone()))
            } catch {
                throw WatchFault(status: 2, message: "\(error)")
            }
        case .json(let rule):
            do throws(JSONRuleFault) {
                return .json(try JSONRule(rule, zoneMinutes: choice.zoneMinutes))
            } catch {
                throw WatchFault(
                    status: 2, message: "rule \(form.name), \(error.key): \(error.message)")
            }
        case .unusable(let fault): throw WatchFault(status: 2, message: fault.message)
        }
    }
}

/// What a choice made of the lines of a file.
struct LineReport {
    /// Lines that are shown without `--matched` or `--missed`.
    private static let shownLines = 5
    /// Bytes of a line or a pattern that are shown.
    private static let shownBytes = 1_024

    /// Which pattern of which form.
    private struct Place: Hashable {
        var form: Int
        var pattern: Int
    }

    private let choice: FilterChoice
    private let runs: [FormRun]
    private let options: WatchOptions
    private(set) var lines = 0
    private(set) var matched = 0
    private(set) var missed = 0
    private(set) var ignored = 0
    private(set) var dated = 0
    /// Lines that docker did not write, or of which the end is missing.
    private(set) var others = 0
    private var byPlace: [Place: Int] = [:]
    private var byAddress: [Network: Int] = [:]
    private var missedSamples: [String] = []
    private let now = Clocks.now().wallNanoseconds / 1_000_000
    private let budget = LineBudget(.host)
    private var docker = DockerLines()

    init(_ choice: FilterChoice, _ runs: [FormRun], _ options: WatchOptions) {
        self.choice = choice
        self.runs = runs
        self.options = options
    }

    /// Reads the lines of a file.
    mutating func read(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = LineEnds.first(in: bytes.span, start..<bytes.count) ?? bytes.count
            var stop = end
            if stop > start, bytes[stop - 1] == 0x0d { stop -= 1 }
            unwrap(bytes.span.extracting(start..<stop))
            start = end + 1
        }
    }

    private mutating func unwrap(_ line: Span<UInt8>) {
        lines += 1
        guard (options.format ?? choice.format) == .docker else {
            return decode(line, at: options.isJournal ? .known(now) : .inLine)
        }
        var text: [UInt8] = []
        guard case .line(let time) = docker.read(line, into: &text) else {
            others += 1
            return
        }
        decode(text.span, at: time.map { .arrived($0) } ?? .inLine)
    }

    private mutating func decode(_ line: Span<UInt8>, at time: LineTime) {
        guard choice.encoding == .latin1, TextEncoding.hasHighBytes(line) else {
            return judge(line, at: time)
        }
        var decoded: [UInt8] = []
        _ = TextEncoding.decodeLatin1(line, 0, into: &decoded)
        judge(decoded.span, at: time)
    }

    private mutating func judge(_ line: Span<UInt8>, at time: LineTime) {
        var findings: [Finding] = []
        var isIgnored = false
        var date: Range<Int>?
        var place: Place?
        for (number, run) in runs.enumerated() {
            budget.begin()
            switch run.worker {
            case .filter(let filter):
                let before = filter.statistics.ignored
                filter.read(line, at: time, now: now, budget: budget, into: &findings)
                date = date ?? filter.dateRange
                if filter.statistics.ignored > before { isIgnored = true }
                place = Place(form: number, pattern: filter.matchedPattern ?? 0)
            case .json(let rule):
                rule.read(line, at: time, now: now, budget: budget, into: &findings)
                place = Place(form: number, pattern: 0)
            }
            if !findings.isEmpty { break }
        }
        if date != nil { dated += 1 }
        if let place, !findings.isEmpty {
            matched += 1
            byPlace[place, default: 0] += 1
            for finding in findings {
                if let address = finding.address { byAddress[address, default: 0] += 1 }
            }
            if options.printsMatched { print(line, date, findings) }
        } else if isIgnored {
            ignored += 1
        } else {
            missed += 1
            if options.printsMissed {
                print(line, date, [])
            } else if missedSamples.count < Self.shownLines {
                missedSamples.append(Self.text(line, date))
            }
        }
    }

    /// A line, its date in angle quotes, since patterns do not see that.
    static func text(_ line: Span<UInt8>, _ date: Range<Int>?) -> String {
        let end = min(line.count, shownBytes)
        func part(_ range: Range<Int>) -> String {
            line.extracting(range.clamped(to: 0..<end)).withUnsafeBufferPointer {
                PlainText.escaped(String(decoding: $0, as: UTF8.self))
            }
        }
        guard let date, date.upperBound <= end else { return part(0..<end) }
        return part(0..<date.lowerBound) + "\u{2039}" + part(date) + "\u{203a}"
            + part(date.upperBound..<end)
    }

    private func print(_ line: Span<UInt8>, _ date: Range<Int>?, _ findings: [Finding]) {
        let who = findings.map { finding in
            (finding.address?.bare ?? "a line")
                + (finding.user.map { " user \(PlainText.escaped($0))" } ?? "")
        }
        let mark = who.isEmpty ? "missed   " : "matched  \(who.joined(separator: ", "))  "
        _ = WatchCommand.print("\(mark)\(Self.text(line, date))\n")
    }

    // MARK: What it comes to

    /// Prints the figures; 1 if no line matched.
    func finish() -> Int32 {
        _ = WatchCommand.print(text)
        return matched > 0 ? 0 : 1
    }

    /// The figures.
    var text: String {
        var text = "\(choice.description): \(Counted.text(lines, "line")), \(matched) matched,"
        text += " \(ignored) ignored, \(missed) missed; \(dated) with a date\n"
        for (place, count) in byPlace.sorted(by: {
            ($0.key.form, $0.key.pattern) < ($1.key.form, $1.key.pattern)
        }) {
            text += "  \(name(of: place)): \(count)\n"
        }
        for (count, what) in notes where count > 0 { text += "  \(count) \(what)\n" }
        let most = byAddress.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
        if !most.isEmpty { text += "addresses: \(byAddress.count), of them most often\n" }
        for (address, count) in most { text += "  \(address.bare)  \(count)\n" }
        if !missedSamples.isEmpty {
            text += "the first that were missed (--missed prints all):\n"
            for sample in missedSamples { text += "  \(sample)\n" }
        }
        if missed > 0, dated > 0 {
            text += "patterns see a line without its date, which stands in \u{2039}\u{203a}\n"
        }
        for what in choice.notes { text += "note: \(what)\n" }
        if options.isJSON {
            text += "{\"lines\":\(lines),\"matched\":\(matched),\"ignored\":\(ignored),"
            text += "\"missed\":\(missed),\"dated\":\(dated),\"addresses\":\(byAddress.count)}\n"
        }
        return text
    }

    private func name(of place: Place) -> String {
        let form = runs[place.form].form
        let prefix = runs.count > 1 ? "\(form.name), " : ""
        guard form.patterns.indices.contains(place.pattern) else { return prefix + "fields" }
        let pattern = form.patterns[place.pattern]
        return prefix + "pattern \(place.pattern + 1), "
            + PlainText.escaped(pattern.cut(toBytes: Self.shownBytes))
    }

    private var notes: [(Int, String)] {
        var named = 0
        var withoutAddress = 0
        var withoutDate = 0
        var pending = 0
        var stopped = 0
        var shortened = 0
        for run in runs {
            switch run.worker {
            case .filter(let filter):
                let statistics = filter.statistics
                named += statistics.named
                withoutAddress += statistics.withoutAddress
                withoutDate += statistics.withoutDate
                pending += statistics.pending
                stopped += statistics.limitReached
                shortened += statistics.shortened
            case .json(let rule):
                withoutAddress += Int(rule.counts.withoutAddress)
                withoutDate += Int(rule.counts.withoutTime)
                stopped += Int(rule.counts.limitsReached)
            }
        }
        return [
            (others, "lines are not what docker writes, or parts of a longer one"),
            (named, "lines name a host, which is not looked up"),
            (withoutAddress, "lines matched and name no valid address"),
            (withoutDate, "lines matched without a date; they count as now"),
            (pending, "failures waited for a line with their address"),
            (stopped, "lines took too long, and their patterns were stopped"),
            (shortened, "lines are longer than 8 KiB; their middle was left out"),
        ]
    }
}
