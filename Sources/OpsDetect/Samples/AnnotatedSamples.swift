// Holds log lines, each with what it should be, against a filter: fail2ban's own samples, or those
// of somebody who writes a filter.
//
// A line is right when every option set of the filter that it is meant for says what its annotation
// says: `match`, `time`, `host`, and where they are given `user`, `users`, `attempts`, `ip4`, `ip6`
// and `dns`.  A line of the log without an annotation must not match.  Where the annotation has the
// name of a host, the filter must find nobody: names are not resolved.

import OpsCore

/// What became of annotated samples.
package struct SampleReport: Hashable, Sendable {
    /// A line that is not what it should be.
    package struct Wrong: Hashable, Sendable, CustomStringConvertible {
        /// The file, and the number of the line in it.
        package let file: String
        /// Counted from 1.
        package let line: Int
        /// The filter with the options that were in force.
        package let filter: String
        /// What the annotation says, or what its fault is.
        package let expected: String
        /// What the filter found.
        package let found: String
        /// The line.
        package let text: String

        /// `FILE:LINE: FILTER: expected ..., found ...`, and the line.
        package var description: String {
            "\(file):\(line): \(filter): expected \(expected), found \(found)\n  \(text)"
        }
    }

    /// Annotated lines that were held against the filter.
    package internal(set) var annotated = 0
    /// Lines without an annotation, which must not match.
    package internal(set) var others = 0
    /// Annotated lines that name a host, which is not resolved: nobody must be found.
    package internal(set) var named = 0
    /// Annotations, or lines, that the filter does not agree with.
    package internal(set) var wrong: [Wrong] = []

    /// How many lines the filter does not agree with: one that is wrong with several options of the
    /// filter is one.
    package var wrongLines: Int {
        Set(wrong.map { "\($0.file):\($0.line)" }).count
    }

    /// `{"annotated":N,"wrong":N}`.
    package var json: String { "{\"annotated\":\(annotated),\"wrong\":\(wrongLines)}" }
}

/// Files of annotated samples.
package struct AnnotatedSamples {
    /// The time at which fail2ban's samples are read: noon of 14 August 2005 in Central Europe.
    package static let now: Int64 = 1_124_013_600_000
    /// The zone in which they are written, as in TZ.
    package static let zoneRule = "CET-01CEST-02,M3.5.0,M10.5.0"

    /// The name of the filter, which conditions ask for.
    package let name: String
    /// The zone of dates that have none.
    package let zone: LogZone
    /// Whether only patterns whose literals are in the line are tried, as opswatch does.
    package let usesLiterals: Bool
    private let filter: ([String: String]) throws(FilterFault) -> FilterDefinition
    private var runs: [String: SampleRun] = [:]
    private(set) var report = SampleReport()

    /// One option set that lines are held against.
    private struct Variant {
        let run: SampleRun
        let options: [String: String]
    }

    /// Samples for the filter `name`, which `filter` makes for each set of options.
    package init(
        name: String, zone: LogZone, usesLiterals: Bool = true,
        filter: @escaping ([String: String]) throws(FilterFault) -> FilterDefinition
    ) {
        self.name = name
        self.zone = zone
        self.usesLiterals = usesLiterals
        self.filter = filter
    }

    /// Reads a file, and those that it names, and reports what is wrong in them.  `read` gives the
    /// bytes of a file; nil: there is none.
    package mutating func check(
        _ file: String, read: (String) -> [UInt8]?
    ) -> SampleReport {
        report = SampleReport()
        var files = [file]
        var variants: [Variant]?
        var index = 0
        while index < files.count, index < 64 {
            guard let bytes = read(files[index]) else {
                wrong(files[index], 0, "", "a file of samples", "none")
                index += 1
                continue
            }
            var added: [String] = []
            check(bytes, of: files[index], &variants, adding: &added)
            for name in added where !files.contains(name) { files.append(name) }
            index += 1
        }
        return report
    }

    private mutating func check(
        _ bytes: [UInt8], of file: String, _ variants: inout [Variant]?, adding: inout [String]
    ) {
        var fileOptions: [String: SampleValue] = [:]
        var annotation: [String: SampleValue]?
        var start = 0
        var number = 0
        while start < bytes.count {
            var end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let next = end + 1
            while end > start, bytes[end - 1] == 0x0D { end -= 1 }
            let line = bytes.span.extracting(start..<end)
            start = next
            number += 1
            if let expected = annotation {
                annotation = nil
                check(line, expected, file, number, &variants)
                continue
            }
            switch SampleLine(line) {
            case .comment: break
            case .broken: wrong(file, number, "", "an annotation", "no JSON of its form", line)
            case .addFile(let name): adding.append(name)
            case .fileOptions(let options): fileOptions = options
            case .filterOptions(let sets):
                variants = []
                for set in sets {
                    let options = fileOptions.merging(set) { $1 }
                    add(options, to: &variants, file, number)
                }
            case .annotation(let value): annotation = value
            case .text: check(line, nil, file, number, &variants)
            }
        }
    }

    /// Adds a filter with these options, unless their condition keeps it out.
    private mutating func add(
        _ options: [String: SampleValue], to variants: inout [Variant]?, _ file: String,
        _ number: Int
    ) {
        let options = options.compactMapValues { $0.optionText }
        do {
            if let condition = options["test.condition"] {
                let holds = try SampleCondition.holds(condition, name: name, options: options)
                guard holds else { return }
            }
            let run = try run(options)
            variants?.append(Variant(run: run, options: options))
        } catch let fault as FilterFault {
            wrong(file, number, name, "a filter", fault.description)
        } catch {
            wrong(file, number, name, "a condition that opswatch reads", "\(error)")
        }
    }

    /// The filter with these options, made once: it remembers what it read.
    private mutating func run(_ options: [String: String]) throws(FilterFault) -> SampleRun {
        let given = options.filter { !$0.key.hasPrefix("test.") }
        let words = given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let key = words.isEmpty ? name : "\(name)[\(words.joined(separator: ", "))]"
        if let run = runs[key] { return run }
        let definition = try filter(given)
        let filter = try FilterRun(definition, zone: zone)
        let run = SampleRun(filter, name: key, usesLiterals: usesLiterals)
        runs[key] = run
        return run
    }

    /// Holds one line against the filters; `annotation` nil: it must not match.
    private mutating func check(
        _ line: Span<UInt8>, _ annotation: [String: SampleValue]?, _ file: String, _ number: Int,
        _ variants: inout [Variant]?
    ) {
        if variants == nil {
            variants = []
            add([:], to: &variants, file, number)
        }
        guard let variants, !variants.isEmpty else { return }
        let expected = SampleExpectation(annotation ?? [:], zone: zone)
        if annotation == nil {
            report.others += 1
        } else {
            report.annotated += 1
            if expected.isNamed { report.named += 1 }
        }
        for variant in variants {
            do {
                if let condition = expected.condition {
                    let holds = try SampleCondition.holds(
                        condition, name: name, options: variant.options)
                    guard holds else { continue }
                }
            } catch {
                wrong(file, number, variant.run.name, "a condition", error.text, line)
                continue
            }
            let found = variant.run.read(line, options: variant.options)
            if let reason = expected.difference(from: found) {
                wrong(file, number, variant.run.name, reason.expected, reason.found, line)
            }
        }
    }

    private mutating func wrong(
        _ file: String, _ line: Int, _ filter: String, _ expected: String, _ found: String,
        _ text: Span<UInt8> = Span()
    ) {
        let text = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        report.wrong.append(
            SampleReport.Wrong(
                file: file, line: line, filter: filter, expected: expected, found: found,
                text: text))
    }
}
