// Log lines that are JSON: what is found in them is what a strict reader finds, and no text of
// theirs becomes a line that nobody wrote.

import OpsCore
import OpsProtocol

@testable import OpsDetect

/// The first byte chooses: 0, paths of fields, 0xff and a line; 1, lines of docker's json-file; 2,
/// an address; 3, a time.  The next byte of 0 says how a rule asks.
func fuzzJSONLines(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    switch first & 3 {
    case 0:
        let pieces = rest.split(separator: 0xff, maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else { return }
        let texts = pieces[0].split(separator: 0x0a).prefix(8)
        let paths = texts.compactMap { JSONPath(String(decoding: $0, as: UTF8.self)) }
        try fields(paths, Array(pieces[1]))
        try rule(texts.map { String(decoding: $0, as: UTF8.self) }, Array(pieces[1]))
    case 1: try docker(rest)
    case 2:
        guard let found = AddressText.address(rest.span) else { return }
        try hold(found.isAddress, "\(found) is a network")
    default:
        for zone in [nil, 0, -840, 840] {
            guard let time = JSONTime.milliseconds(rest.span, zoneMinutes: zone) else { continue }
            let years = -62_200_000_000_000...253_500_000_000_000
            try hold(years.contains(Int(time)), "\(time)")
        }
    }
}

/// What a text of a line becomes: no control character but a tab, no line end of Unicode's.
private func clean(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x09: result.append(scalar)
        case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029: result.append("\u{FFFD}")
        default: result.append(scalar)
        }
    }
    return String(result)
}

private func fields(_ paths: [JSONPath], _ line: [UInt8]) throws(Finding) {
    var json = JSONLine(paths)
    let tree = try? JSONValue(parsing: line.span)
    do throws(JSONLineFault) {
        try json.read(line.span)
    } catch {
        switch error {
        case .malformed(let place):
            try hold((0...line.count).contains(place), "\(place) of \(line.count) bytes")
            if case .object = tree { throw Finding(description: "JSON, and refused at \(place)") }
        case .tooDeep: try hold(line.count > JSONLine.depthLimit, "\(line.count) bytes, too deep")
        case .tooLong: try hold(line.count > JSONLine.limitBytes, "\(line.count) bytes, too long")
        case .ambiguous(let field): try hold(paths.indices.contains(field), "field \(field)")
        }
        return
    }
    for (field, path) in paths.enumerated() {
        guard let value = json[field] else {
            if let tree {
                try hold(values(tree, path.steps[...]).isEmpty, "\(path.text) is not found")
            }
            continue
        }
        try hold(value.range.upperBound <= line.count, "\(path.text) is at \(value.range)")
        var text: [UInt8] = []
        if case .string = value.kind { JSONText.append(line.span, value.range, to: &text) }
        try hold(text.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }, "a line end")
        guard let tree else { continue }
        // All of them, if there are several: they must be the same.
        let known = values(tree, path.steps[...])
        try hold(!known.isEmpty, "\(path.text) is found, and is not there")
        for other in known {
            let isSame = isSame(value, line, text, other)
            try hold(isSame, "\(path.text) is \(value.kind), and \(other)")
        }
    }
}

private func isSame(
    _ value: JSONLineValue, _ line: [UInt8], _ text: [UInt8], _ other: JSONValue
) -> Bool {
    switch (value.kind, other) {
    case (.null, .null), (.object, .object), (.array, .array): return true
    case (.boolean, .bool(let flag)):
        return line[value.range].elementsEqual((flag ? "true" : "false").utf8)
    case (.number, .integer), (.number, .number):
        let reading = try? JSONValue(parsing: Array(line[value.range]).span)
        return reading == other
    case (.string, .string(let known)): return text.elementsEqual(clean(known).utf8)
    default: return false
    }
}

/// The values at a place; of a member that is there twice both.
private func values(_ tree: JSONValue, _ steps: ArraySlice<JSONPath.Step>) -> [JSONValue] {
    guard let step = steps.first else { return [tree] }
    switch (step, tree) {
    case (.name(let name), .object(let members)):
        return members.filter { $0.name.utf8.elementsEqual(name) }
            .flatMap { values($0.value, steps.dropFirst()) }
    case (.element(let number), .array(let elements)) where number < elements.count:
        return values(elements[number], steps.dropFirst())
    default: return []
    }
}

/// The same line through a rule: the first path has the address, the second the time, a third must
/// have the value that is written behind its `=`.
private func rule(_ texts: [String], _ line: [UInt8]) throws(Finding) {
    var rule = WatchRule()
    rule.address = texts.first
    if texts.count > 1 { rule.time = texts[1] }
    for condition in texts.dropFirst(2) {
        let halves = condition.split(separator: "=", maxSplits: 1)
        rule.when[String(halves[0]), default: []].append(
            halves.count > 1 ? String(halves[1]) : "")
    }
    guard let run = try? JSONRule(rule) else { return }
    let now: Int64 = 1_780_000_000_000
    var findings: [OpsDetect.Finding] = []
    run.read(line.span, at: .inLine, now: now, budget: .endless(), into: &findings)
    try hold(findings.count <= 1, "\(findings.count) findings of a line")
    guard let finding = findings.first else { return }
    try hold(finding.time <= now, "\(finding.time) is still to come")
    // No writer escapes what its literals are made of.
    guard let literals = run.literals, !line.contains(UInt8(ascii: "\\")) else { return }
    var hits = LiteralHits()
    LineScanner(literals.literals.map { (literal: $0, group: 0) })
        .find(in: line.span, hits: &hits)
    try hold(hits.contains(0), "it matches without its literals \(literals)")
}

private func docker(_ bytes: [UInt8]) throws(Finding) {
    var docker = DockerLines()
    var text: [UInt8] = []
    for piece in bytes.split(separator: 0x0a).prefix(64) {
        let line = Array(piece)
        let hadPart = !docker.isBetweenLines
        let outcome = docker.read(line.span, into: &text)
        try hold(text.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }, "a line end")
        guard case .line = outcome else {
            try hold(text.isEmpty, "a text of \(outcome)")
            continue
        }
        try hold(text.count <= JSONLine.limitBytes, "\(text.count) bytes")
        guard !hadPart, let tree = try? JSONValue(parsing: line.span),
            let log = values(tree, [.name(Array("log".utf8))]).first?.text
        else { continue }
        var whole = log.unicodeScalars
        if whole.last == "\n" { whole.removeLast() }
        // A `\r` that is written in another way is text.
        var trimmed = whole
        if trimmed.last == "\r" { trimmed.removeLast() }
        let isSame = [whole, trimmed].contains { text.elementsEqual(clean(String($0)).utf8) }
        try hold(isSame, "docker's line is another: \(log.debugDescription)")
    }
}
