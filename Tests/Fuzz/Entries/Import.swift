// Files and lines that opsctl reads: an ip_bans.json, and the daemon's answers.

import OpsCore
import OpsProtocol

@testable import OpsControl

/// The bytes are an ip_bans.json.
func fuzzImport(_ bytes: [UInt8]) throws(Finding) {
    let file: ImportFile
    do throws(ImportFile.Fault) {
        file = try ImportFile(bytes.span)
    } catch {
        let lines = 1 + bytes.count { $0 == 0x0a }
        try hold((1...lines).contains(error.line) && error.column >= 1, "\(error)")
        return
    }
    var counter = LineCounter()
    for entry in file.entries {
        let place = counter.place(of: entry.offset, in: bytes.span)
        try hold(place.line >= 1 && place.column >= 1, "\(place)")
        let key = ImportFile.text(bytes.span, entry.key)
        guard case .request(let line) = Importing.request(key, entry, nowMilliseconds: 0) else {
            continue
        }
        do throws(Refusal) {
            _ = try RequestParser.parse(line.span)
        } catch {
            throw Finding(
                description: "\(String(decoding: line, as: UTF8.self)): \(error.message)")
        }
    }
}

/// The first byte chooses a command and a width; the rest is the daemon's answer to it.
func fuzzReply(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    let row = CommandTable.rows[Int(first & 0x3f) % CommandTable.rows.count]
    let line = Array(bytes.dropFirst())
    guard let reply = ReplyLine(line.span), let value = try? reply.value() else { return }
    let view = View(
        isColoured: false, columns: first & 0x40 == 0 ? nil : 80,
        nowMilliseconds: 1_767_225_600_000)
    let text = Rendering.text(verb: row.verb, value, view)
    // No reply may send control sequences to the terminal.
    try hold(
        text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value)
        }, "a control character is shown")
}
