// Counts the replies in what a server sends, however the bytes are split: one line feed is one
// reply.  A line that begins with `err` (opsd) or `-` (Redis and the like) is an error, counted by
// its code.

import OpsCore

/// The replies of one connection.
struct ReplyCounter: Sendable {
    /// Which part of a line the next byte is in.
    private enum Place { case start, plain, suspect }

    /// How many bytes of a line that may be an error are kept; they contain its code.
    private static let keptBytes = 96

    private var place = Place.start
    private var suspect: [UInt8] = []

    /// Returns how many lines end in `bytes`; errors among them are counted in `errors`.
    mutating func feed(_ bytes: Span<UInt8>, _ errors: inout ErrorCounts) -> Int {
        var lines = 0
        var index = 0
        while index < bytes.count {
            if place == .start {
                let first = bytes[index]
                place = first == UInt8(ascii: "e") || first == UInt8(ascii: "-") ? .suspect : .plain
            }
            let end = bytes.lineFeed(from: index) ?? bytes.count
            if place == .suspect { keep(bytes, index..<end) }
            if end == bytes.count { break }
            if place == .suspect {
                errors.record(suspect)
                suspect.removeAll(keepingCapacity: true)
            }
            place = .start
            lines += 1
            index = end + 1
        }
        return lines
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for index in range.prefix(Self.keptBytes - suspect.count) { suspect.append(bytes[index]) }
    }
}

/// Errors by their code.
struct ErrorCounts: Sendable {
    /// The most codes that are counted separately; further ones are `other`.
    private static let limit = 32

    /// In the order of their first occurrence.
    private(set) var codes: [(code: String, count: UInt64)] = []

    /// All errors.
    var total: UInt64 { codes.reduce(0) { $0 + $1.count } }

    /// Counts a line if it is an error.
    mutating func record(_ line: [UInt8]) {
        guard let code = Self.code(of: line) else { return }
        if let known = codes.firstIndex(where: { $0.code == code }) {
            codes[known].count += 1
        } else if codes.count < Self.limit {
            codes.append((code, 1))
        } else if let other = codes.firstIndex(where: { $0.code == "other" }) {
            codes[other].count += 1
        } else {
            codes[Self.limit - 1] = ("other", codes[Self.limit - 1].count + 1)
        }
    }

    /// The code in an error line: `refused` in `err {"code":"refused",...}`, `ERR` in `-ERR unknown
    /// command`; nil if the line is not an error.
    static func code(of line: [UInt8]) -> String? {
        let text: ArraySlice<UInt8>
        if line.first == UInt8(ascii: "-") {
            // In some protocols `-1` is a number, not an error.
            guard let letter = line.dropFirst().first, letter >= UInt8(ascii: "A") else {
                return nil
            }
            text = line.dropFirst()
        } else if line.starts(with: #"err {"code":""#.utf8) {
            text = line[#"err {"code":""#.utf8.count...]
        } else {
            return line.starts(with: "err".utf8) ? "err" : nil
        }
        let code = text.prefix { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return String(decoding: code, as: UTF8.self)
    }
}
