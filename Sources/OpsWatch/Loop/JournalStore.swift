// The file of the journal's position, `journal` in the state directory, replaced as a whole:
//
//     opswatch journal 1
//     stream journal-1f2e3d4c
//     number 1764357012345678
//     cursor s=...;i=...
//     open 9ae16a3b2f90404f ...      the keys of lines whose beginning was read (JournalParts)
//     end crc=5d2c91e0
//
// A damaged file is set aside as `journal.damaged`, and told: reading begins now, in a stream with
// a new name.

import OpsCore
import OpsLinux

/// The journal's stored position.
struct JournalStore: ~Copyable {
    /// What is stored.
    struct Content: Hashable, Sendable {
        /// The name of its stream at opsd.
        var stream: String
        var position: JournalPosition
    }

    static let name = "journal"
    /// A damaged one gets this name.
    static let damagedName = "journal.damaged"
    private static let header = "opswatch journal 1"
    private static let limitBytes = 4_096
    private let directory: Directory

    /// In the state directory, which must be there.
    init(path: String) throws(Errno) { directory = try Directory(path: path) }

    /// What was stored; nil: nothing, or, if it `isDamaged`, nothing that is whole.
    func read() throws(Errno) -> (content: Content?, isDamaged: Bool) {
        let file: Descriptor
        do throws(Errno) {
            file = try directory.open(Self.name, .read)
        } catch {
            if error.code == 2 { return (nil, false) }
            throw error
        }
        if try file.status().kind == .regular {
            var bytes = [UInt8](repeating: 0, count: Self.limitBytes)
            let count = try file.read(into: &bytes, from: 0)
            if let content = Self.parse(Array(bytes[..<count])) { return (content, false) }
        }
        try directory.setAside(Self.name, as: Self.damagedName)
        return (nil, true)
    }

    /// Replaces the file; durable when it returns.
    func write(_ content: Content) throws(Errno) {
        var file = try AtomicFile(replacing: Self.name, in: directory)
        let bytes = Self.text(content)
        try file.write(bytes.span.bytes)
        try file.commit()
    }

    static func text(_ content: Content) -> [UInt8] {
        var text = "\(header)\nstream \(content.stream)\nnumber \(content.position.number)\n"
        if let cursor = content.position.cursor { text += "cursor \(cursor)\n" }
        if !content.position.open.isEmpty {
            let keys = content.position.open.map { String($0, radix: 16) }
            text += "open \(keys.joined(separator: " "))\n"
        }
        let bytes = Array(text.utf8)
        return bytes + Array("end crc=\(String(checksum(bytes), radix: 16))\n".utf8)
    }

    static func parse(_ bytes: [UInt8]) -> Content? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(ofLast: "end crc=") else { return nil }
        let body = Array(text[..<end].utf8)
        guard text[end...] == "end crc=\(String(checksum(body), radix: 16))\n" else { return nil }
        var values: [String: String] = [:]
        for line in text[..<end].split(separator: "\n") {
            let halves = line.split(separator: " ", maxSplits: 1)
            if halves.count == 2 { values[String(halves[0])] = String(halves[1]) }
        }
        guard text.hasPrefix(header + "\n"), let stream = values["stream"],
            let number = values["number"].flatMap(UInt64.init)
        else { return nil }
        var position = JournalPosition(cursor: values["cursor"], number: number)
        position.open = (values["open"] ?? "").split(separator: " ")
            .compactMap { UInt64($0, radix: 16) }
        return Content(stream: stream, position: position)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.of(bytes) }
}

extension String {
    /// Where the last line that begins with `word` starts.
    fileprivate func range(ofLast word: String) -> String.Index? {
        var start = startIndex
        var found: String.Index?
        while start < endIndex {
            if self[start...].hasPrefix(word) { found = start }
            guard let feed = self[start...].firstIndex(of: "\n") else { break }
            start = index(after: feed)
        }
        return found
    }
}
