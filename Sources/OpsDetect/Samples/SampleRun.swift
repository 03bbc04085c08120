// One filter that samples are held against, and what it found in a line.

import OpsCore

/// What a filter found in a line.
struct SampleFinding {
    let address: Network
    /// When the line was written, in milliseconds since 1970, even if that is still to come.
    let time: Int64
    let failure: Failure
}

/// A filter, and a scanner for its literals.
final class SampleRun {
    /// The filter with its options.
    let name: String
    private let filter: FilterRun
    private var scanner: LineScanner?
    // Samples are not written by strangers: they may take their time.
    private let budget = LineBudget(LineClock(monotonic: { 0 }, threadCPU: { 0 }))

    init(_ filter: FilterRun, name: String, usesLiterals: Bool) {
        self.filter = filter
        self.name = name
        if usesLiterals { scanner = LineScanner(filter.literals(from: 0)) }
    }

    /// Reads a line as opswatch would.
    func read(_ line: Span<UInt8>, options: [String: String]) -> SampleFinding? {
        var text = Array((options["test.prefix-line"] ?? "").utf8)
        line.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        // The journal knows the time, and its lines have none.
        let isJournal = options["logtype"] == "journal"
        var findings: [Finding] = []
        filter.lastFailure = nil
        filter.read(
            text.span, at: isJournal ? .known(AnnotatedSamples.now) : .inLine,
            now: AnnotatedSamples.now, candidates: candidates(text), budget: budget,
            into: &findings)
        guard let finding = findings.first, let address = finding.address,
            let failure = filter.lastFailure
        else { return nil }
        return SampleFinding(
            address: address, time: filter.writtenTime, failure: failure)
    }

    private func candidates(_ text: [UInt8]) -> PatternCandidates {
        guard var scanner else { return .all }
        var hits = LiteralHits()
        var position = 0
        let found = scanner.next(in: (text + [0x0A]).span, from: &position, hits: &hits)
        self.scanner = scanner
        return found == nil ? .none : .hits(hits, first: 0)
    }
}
