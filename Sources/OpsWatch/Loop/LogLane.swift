// All rules over the lines of logs that the same sources want: one scanner finds the lines that any
// rule could match, and each rule gets those that have a literal of its own.  A log is read and
// scanned once, however many rules look at it.

import OpsCore
import OpsDetect

/// Rules that look at the same logs.
final class LogLane {
    /// What the caller knows of a line.
    struct Context {
        /// The present, in milliseconds since 1970.
        var now: Int64
        /// The lines were just written, so that their dates tell whether the clock is right.
        var isFresh: Bool
    }

    /// The sources, by number.
    let sources: [Int]
    private let runs: [(run: RuleRun, first: Int)]
    private let needsEveryLine: Bool
    private let encoding: TextEncoding
    private let budget: LineBudget
    private var scanner: LineScanner
    private var hits = LiteralHits()
    /// Addresses that the present line was reported for, to which source.
    private var reported: [(Network, String)] = []
    private var text: [UInt8] = []
    /// The group of the word that a canary line has.
    private let canaryGroup: Int
    /// What canary lines say that nobody has taken yet.
    private var canaries: [String] = []
    /// Lines of json-file that went by; the scanner counts the others.
    private var unwrapped = 0

    /// `budget` is what each line may take, over all the rules.
    init(sources: [Int], encoding: TextEncoding, runs: [RuleRun], budget: LineBudget) {
        self.sources = sources
        self.budget = budget
        self.encoding = encoding
        var first = 0
        var numbered: [(RuleRun, Int)] = []
        var literals: [(literal: Literal, group: Int)] = []
        for run in runs {
            numbered.append((run, first))
            literals += run.literals(from: first)
            first += run.literalGroups
        }
        self.runs = numbered
        canaryGroup = first
        literals.append((Literal(Array(Self.canaryWord.utf8)), first))
        needsEveryLine = runs.contains(where: \.needsEveryLine)
        scanner = LineScanner(literals, everyLine: needsEveryLine)
    }

    /// A line with this word is told, whatever the rules say of it: whoever writes one into a log
    /// sees whether it arrives, and how fast.
    static let canaryWord = "opswatch-canary"

    /// What canary lines said since the last call, at most four.
    func takeCanaries() -> [String] {
        if canaries.isEmpty { return canaries }
        defer { canaries.removeAll() }
        return canaries
    }

    /// A line, for `only` if given, was too long: what is left of it is not JSON.
    func noteCut(only: [Int]?) {
        for (run, _) in runs where run.readsJSON && only?.contains(run.source) ?? true {
            run.tally.tooLong &+= 1
        }
    }

    /// Lines that went by.
    var lines: Int { scanner.lines + unwrapped }

    /// Reads the whole lines of `buffer[range]`; returns where the first that has not ended begins,
    /// or where it stopped because `body` returned false: the line before that was dealt with.
    func read(
        _ buffer: Span<UInt8>, _ range: Range<Int>, _ context: Context,
        origin: (_ lineStart: Int) -> LineOrigin, _ body: (Report) -> Bool
    ) -> Int {
        let part = buffer.extracting(range)
        var position = 0
        while let line = scanner.next(in: part, from: &position, hits: &hits) {
            let mayGoOn = hand(
                part.extracting(line), message: part.extracting(line), at: .inLine, context,
                origin(range.lowerBound + line.lowerBound), nil, body)
            if !mayGoOn { break }
        }
        return range.lowerBound + position
    }

    /// The same for docker's json-file, whose lines are unwrapped first.
    func read(
        _ buffer: Span<UInt8>, _ range: Range<Int>, unwrapping docker: inout DockerLog,
        _ context: Context, origin: (_ lineStart: Int) -> LineOrigin, _ body: (Report) -> Bool
    ) -> Int {
        var position = range.lowerBound
        var text: [UInt8] = []
        swap(&text, &self.text)
        defer { swap(&text, &self.text) }
        while let end = LineEnds.first(in: buffer, position..<range.upperBound) {
            let line = buffer.extracting(position..<end)
            let start = position
            position = end + 1
            unwrapped += 1
            guard case .line(let time) = docker.read(line, at: start, into: &text)
            else { continue }
            let mayGoOn = read(
                single: text.span, messageStart: 0, at: time.map { .arrived($0) } ?? .inLine,
                context, origin: origin(start), only: nil, body)
            if !mayGoOn { break }
        }
        return position
    }

    /// Reads one line that is there as a whole, whatever bytes it has; what the program wrote
    /// begins at `messageStart`.  For `only`, if given: the sources that it is of.  Returns whether
    /// `body` wants more.
    func read(
        single line: Span<UInt8>, messageStart: Int, at time: LineTime, _ context: Context,
        origin: LineOrigin, only: [Int]?, _ body: (Report) -> Bool
    ) -> Bool {
        // The whole line: some literals, such as `: Failed password`, begin before the message.
        scanner.find(in: line, hits: &hits)
        if hits.isEmpty, !needsEveryLine { return true }
        return hand(
            line, message: line.extracting(droppingFirst: messageStart), at: time, context, origin,
            only, body)
    }

    /// Gives a line to the rules that may match it.
    private func hand(
        _ line: Span<UInt8>, message: Span<UInt8>, at time: LineTime, _ context: Context,
        _ origin: LineOrigin, _ only: [Int]?, _ body: (Report) -> Bool
    ) -> Bool {
        if encoding == .latin1, TextEncoding.hasHighBytes(line) {
            let messageStart = line.count - message.count
            var decoded: [UInt8] = []
            decoded.reserveCapacity(2 * line.count)
            let start = TextEncoding.decodeLatin1(line, messageStart, into: &decoded)
            return handDecoded(
                decoded.span, message: decoded.span.extracting(droppingFirst: start), at: time,
                context, origin, only, body)
        }
        return handDecoded(line, message: message, at: time, context, origin, only, body)
    }

    private func handDecoded(
        _ line: Span<UInt8>, message: Span<UInt8>, at time: LineTime, _ context: Context,
        _ origin: LineOrigin, _ only: [Int]?, _ body: (Report) -> Bool
    ) -> Bool {
        var mayGoOn = true
        if hits.contains(canaryGroup), canaries.count < 4 { noteCanary(line) }
        var index: UInt64 = 0
        reported.removeAll(keepingCapacity: true)
        budget.begin()
        for (run, first) in runs {
            if let only, !only.contains(run.source) { continue }
            guard run.needsEveryLine || hasHit(run, first) else { continue }
            run.read(
                line, message: message, at: time, candidates: .hits(hits, first: first),
                now: context.now, isFresh: context.isFresh, budget: budget
            ) { report in
                if report.verb == .strike, isRepeated(report) { return }
                var report = report
                report.place = origin.place(index)
                index += 1
                if !body(report) { mayGoOn = false }
            }
        }
        return mayGoOn
    }

    /// A line counts once for an address at one source, however many rules match it.
    private func isRepeated(_ report: Report) -> Bool {
        guard let address = report.address else { return false }
        let isKnown = reported.contains { $0.0 == address && $0.1 == report.source }
        if !isKnown { reported.append((address, report.source)) }
        return isKnown
    }

    private func noteCanary(_ line: Span<UInt8>) {
        let shown = line.extracting(first: min(line.count, 200))
        canaries.append(
            shown.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
    }

    private func hasHit(_ run: RuleRun, _ first: Int) -> Bool {
        for group in first..<(first + run.literalGroups) where hits.contains(group) { return true }
        return false
    }
}

/// How the bytes of a log are text.
enum TextEncoding: Hashable, Sendable {
    /// UTF-8; what is not is replaced.
    case utf8
    /// ISO 8859-1: each byte a character.
    case latin1

    static func hasHighBytes(_ line: Span<UInt8>) -> Bool {
        for index in line.indices where line[index] >= 0x80 { return true }
        return false
    }

    /// Writes the line as UTF-8; returns where the byte at `place` is in it.
    static func decodeLatin1(
        _ line: Span<UInt8>, _ place: Int, into text: inout [UInt8]
    ) -> Int {
        var moved = place
        for index in line.indices {
            let byte = line[index]
            if byte < 0x80 {
                text.append(byte)
            } else {
                text.append(0xc0 | byte >> 6)
                text.append(0x80 | byte & 0x3f)
                if index < place { moved += 1 }
            }
        }
        return moved
    }
}
