// A request line: both ways through the parser agree, a refusal is fit to be shown, and a command
// written again as a client would comes back the same.

import OpsCore

@testable import OpsProtocol

/// The bytes are one line.
func fuzzRequest(_ bytes: [UInt8]) throws(Finding) {
    let slow: Result<Command, Refusal>
    var verb = ""
    do throws(Refusal) {
        let (command, row) = try RequestParser.parseByTable(bytes.span)
        slow = .success(command)
        verb = row.verb
    } catch {
        slow = .failure(error)
    }
    if let (command, row) = RequestParser.parseHot(bytes.span) {
        try hold(slow == .success(command) && row.verb == verb, "the short way differs")
    }
    switch slow {
    case .failure(let refusal): try holdFit(refusal)
    case .success(let command): try holdRoundTrip(command)
    }
}

/// The bytes are a client's words, with zero bytes between them.
func fuzzWords(_ bytes: [UInt8]) throws(Finding) {
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(64).map {
        String(decoding: $0, as: UTF8.self)
    }
    guard let (row, used) = RequestLine.row(words) else { return }
    let line: [UInt8]
    do throws(UsageFault) {
        line = try RequestLine.make(row, Array(words.dropFirst(used)))
    } catch {
        try hold(error.message.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "unfit: \(error)")
        return
    }
    try hold(line.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control character in the line")
    let other: CommandRow
    do throws(Refusal) {
        other = try RequestParser.parse(line.span).row
    } catch {
        try hold(error.code == .badArgument, "a line that is not a request: \(error.message)")
        return try holdFit(error)
    }
    try hold(other === row, "\(row.verb) became \(other.verb)")
}

/// A refusal's line is short, whole, and JSON without an unfit byte.
private func holdFit(_ refusal: Refusal) throws(Finding) {
    var line: [UInt8] = []
    refusal.writeLine(to: &line)
    try hold(line.count < 2_048, "a refusal of \(line.count) bytes")
    try hold(line.last == 0x0a, "a refusal without its line feed")
    try hold(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "unfit: \(refusal)")
    let json = Array(line.dropFirst(4))
    guard let object = try? JSONValue(parsing: json.span) else {
        throw Finding(description: "no JSON: \(refusal)")
    }
    try hold(
        object["message"]?.text == refusal.message && object["hint"]?.text == refusal.hint,
        "another refusal than \(refusal)")
}

private func holdRoundTrip(_ command: Command) throws(Finding) {
    let words = command.words
    guard let (row, used) = RequestLine.row(words) else {
        throw Finding(description: "no row for \(words)")
    }
    do {
        let line = try RequestLine.make(row, Array(words.dropFirst(used)))
        try hold(line.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control character in the line")
        let again = try RequestParser.parse(line.span).command
        try hold(again == command.asKept, "\(command) became \(again)")
    } catch let finding as Finding {
        throw finding
    } catch {
        throw Finding(description: "\(words): \(error)")
    }
}

extension Command {
    /// What was cut or repaired to be kept is whole when it is written again.
    fileprivate var asKept: Command {
        switch self {
        case .hit(let target, let route?): return .hit(target, route: Route(route.text))
        case .strike(let target, var terms):
            terms.isCut = false
            return .strike(target, terms)
        default: return self
        }
    }
}
