// An `ip_bans.json` (S1-08): `{"bans": {ip: stamp}, "strikes": {ip: [stamps]}}`.  Bytes in, entries
// out, in the order of the file; a file that is not of this form gives one fault with line and
// column, and no entries.  Faults of single entries are found later: entries remember their place.

import OpsProtocol

/// A file's entries.
struct ImportFile: Hashable, Sendable {
    /// The kind of an entry; the raw value is the name of its member in the file.
    enum Kind: String, Hashable, Sendable {
        case ban = "bans"
        case strike = "strikes"
    }

    /// When a ban ends, or when a strike happened.
    enum Stamp: Hashable, Sendable {
        /// A time in milliseconds since 1970.
        case milliseconds(Int64)
        /// The file has null: a ban without end.
        case never
        /// The file has something that cannot be read as a time.
        case bad
    }

    /// One ban, or one strike.
    struct Entry: Hashable, Sendable {
        /// Whether it is a ban or a strike.
        let kind: Kind
        /// Where the key is in the file, between its quotes.
        let key: Range<Int>
        /// Its time.
        let stamp: Stamp
        /// Where the stamp is, for messages.
        let offset: Int
    }

    /// Why a file is not an `ip_bans.json`.
    struct Fault: Error, Hashable, Sendable {
        /// Counted from 1.
        let line: Int
        /// In bytes, counted from 1.
        let column: Int
        /// What is wrong.
        let reason: String
    }

    /// In the order of the file.
    private(set) var entries: [Entry] = []
    /// Names of the members beside `bans` and `strikes`, which are ignored.
    private(set) var others: [String] = []

    /// Reads a whole file.
    init(_ bytes: Span<UInt8>) throws(Fault) {
        do throws(JSONFault) {
            try read(bytes)
        } catch {
            var counter = LineCounter()
            let place = counter.place(of: min(error.offset, bytes.count), in: bytes)
            throw Fault(line: place.line, column: place.column, reason: error.reason)
        }
    }

    private mutating func read(_ bytes: Span<UInt8>) throws(JSONFault) {
        var reader = JSONReader()
        var isKnown = false
        try reader.beginObject(bytes)
        while let name = try reader.nextKey(bytes) {
            if JSONReader.matches(bytes, name, "bans") {
                isKnown = true
                try bans(&reader, bytes)
            } else if JSONReader.matches(bytes, name, "strikes") {
                isKnown = true
                try strikes(&reader, bytes)
            } else {
                others.append(Self.text(bytes, name))
                _ = try reader.skip(bytes)
            }
        }
        try reader.end(bytes)
        if !isKnown && !others.isEmpty { throw JSONFault(0, "there is no \"bans\" or \"strikes\"") }
    }

    private mutating func bans(
        _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try reader.beginObject(bytes)
        while let key = try reader.nextKey(bytes) { try stamp(.ban, key, &reader, bytes) }
    }

    private mutating func strikes(
        _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try reader.beginObject(bytes)
        while let key = try reader.nextKey(bytes) {
            guard reader.peek(bytes) == UInt8(ascii: "[") else {
                let place = try reader.skip(bytes)
                entries.append(
                    Entry(kind: .strike, key: key, stamp: .bad, offset: place.lowerBound))
                continue
            }
            try reader.beginArray(bytes)
            while try reader.nextElement(bytes) { try stamp(.strike, key, &reader, bytes) }
        }
    }

    private mutating func stamp(
        _ kind: Kind, _ key: Range<Int>, _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        let first = reader.peek(bytes)
        let place = try reader.skip(bytes)
        let stamp: Stamp
        switch first {
        case UInt8(ascii: "n"): stamp = kind == .ban ? .never : .bad
        case UInt8(ascii: "\""):
            var inside = JSONReader(at: place.lowerBound)
            stamp = Self.time(try inside.string(bytes))
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            stamp = Self.number(JSONReader.text(bytes, place))
        default: stamp = .bad
        }
        entries.append(Entry(kind: kind, key: key, stamp: stamp, offset: place.lowerBound))
    }

    private static func number(_ text: String) -> Stamp {
        if let time = Timestamp.parse(text) { return .milliseconds(time) }
        // A number with an exponent.
        guard let seconds = Double(text), seconds >= 0, seconds < 1e12 else { return .bad }
        return .milliseconds(Int64(seconds * 1_000))
    }

    /// Reads ISO 8601 with `T` or a space; a time without a zone is UTC.
    private static func time(_ text: String) -> Stamp {
        if text.utf8.count > 64 { return .bad }
        if let time = Timestamp.parse(text) { return .milliseconds(time) }
        var bytes = Array(text.utf8)
        if bytes.count > 10, bytes[10] == UInt8(ascii: " ") { bytes[10] = UInt8(ascii: "T") }
        if let time = Timestamp.parse(bytes.span) { return .milliseconds(time) }
        bytes.append(UInt8(ascii: "Z"))
        return Timestamp.parse(bytes.span).map { .milliseconds($0) } ?? .bad
    }

    /// A key as decoded text; `key` is its place between the quotes.
    static func text(_ bytes: Span<UInt8>, _ key: Range<Int>) -> String {
        var reader = JSONReader(at: key.lowerBound - 1)
        return (try? reader.string(bytes)) ?? JSONReader.text(bytes, key)
    }
}

/// Converts offsets to lines and columns, both from 1.  If offsets come in rising order, the file
/// is read only once.
struct LineCounter {
    private var offset = 0
    private var line = 1
    private var lineStart = 0

    mutating func place(of wanted: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        if wanted < offset { self = LineCounter() }
        while offset < min(wanted, bytes.count) {
            if bytes[offset] == UInt8(ascii: "\n") {
                line += 1
                lineStart = offset + 1
            }
            offset += 1
        }
        return (line, wanted - lineStart + 1)
    }
}
