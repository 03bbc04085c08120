// A plain list: one address or network per line; # and ; begin a comment, blank lines are skipped.
// Bytes in, entries out.  Any other line is a fault with its number, and the rest is loaded: one
// bad line in somebody else's list must not keep the others out.

import OpsCore

/// What is in a file of addresses.
struct ListFile: Sendable {
    /// A network, and where it stood.
    struct Entry: Hashable, Sendable {
        /// The address or network.
        var network: Network
        /// It was written without a prefix.
        var isBare: Bool
        /// The number of its line, from 1.
        var line: UInt32
    }

    /// The largest file, bytes.
    static let limitBytes = 256 << 20

    /// In the order of the file, until they are arranged.
    private(set) var entries: [Entry] = []
    /// Number of lines with something other than a comment.
    private(set) var lines = 0
    /// Number of entries that repeat another.
    private(set) var duplicates = 0

    /// Reads a file; each bad line goes to `refuse`.
    init(_ bytes: Span<UInt8>, _ refuse: (_ line: Int, _ reason: String) -> Void) {
        entries.reserveCapacity(bytes.count / 15)
        var start = 0
        var number = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count && bytes[end] != UInt8(ascii: "\n") { end &+= 1 }
            number += 1
            parseLine(bytes.extracting(start..<end), number, refuse)
            start = end + 1
        }
    }

    private mutating func parseLine(
        _ line: Span<UInt8>, _ number: Int, _ refuse: (Int, String) -> Void
    ) {
        var start = 0
        while start < line.count && Self.isSpace(line[start]) { start &+= 1 }
        var end = start
        while end < line.count && !Self.isComment(line[end]) { end &+= 1 }
        while end > start && Self.isSpace(line[end &- 1]) { end &-= 1 }
        if start == end { return }
        lines += 1
        do throws(AddressFault) {
            let target = try Target(parsing: line.extracting(start..<end))
            entries.append(
                Entry(
                    network: target.network, isBare: target.isBare,
                    line: UInt32(clamping: number)))
        } catch {
            refuse(number, error.message)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static func isComment(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";")
    }

    /// Sorts the entries as `list add` needs them: IPv4 before IPv6, each ascending, each once.  A
    /// bare IPv6 address becomes its network of `ipv6Prefix`.  Entries inside another entry stay:
    /// the daemon may refuse the other one.
    mutating func arrange(ipv6Prefix: UInt8) {
        for index in entries.indices where entries[index].isBare {
            let network = entries[index].network
            if !network.isIPv4 { entries[index].network = network.widened(to: ipv6Prefix) }
        }
        entries.sort { one, other in
            let isIPv4 = one.network.isIPv4
            if isIPv4 != other.network.isIPv4 { return isIPv4 }
            if one.network != other.network { return one.network < other.network }
            return one.line < other.line
        }
        var kept = 0
        for index in entries.indices {
            if kept > 0 && entries[kept - 1].network == entries[index].network { continue }
            entries[kept] = entries[index]
            kept += 1
        }
        duplicates += entries.count - kept
        entries.removeLast(entries.count - kept)
    }

    /// The line that a network came from, once arranged.
    func line(of network: Network) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            let held = entries[middle].network
            if held == network { return Int(entries[middle].line) }
            let isBefore =
                held.isIPv4 != network.isIPv4 ? held.isIPv4 : held < network
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// Refused lines: all are counted, the first of them kept for the report.
struct RefusedLines: Sendable {
    /// How many are reported unless all are asked for.
    static let reportLimit = 20

    /// How many there are.
    private(set) var count = 0
    private var kept: [(line: Int, reason: String)] = []
    private let keepsAll: Bool

    init(keepsAll: Bool) { self.keepsAll = keepsAll }

    /// Adds one, with the number of its line.
    mutating func add(_ line: Int, _ reason: String) {
        count += 1
        kept.append((line, reason))
        if !keepsAll && kept.count >= 64 * Self.reportLimit { trim() }
    }

    /// Adds this many, of which neither the line nor the reason is known.
    mutating func add(unnamed: Int) { count += unnamed }

    /// The first ones, by line number.
    mutating func first() -> [(line: Int, reason: String)] {
        trim()
        return kept
    }

    private mutating func trim() {
        kept.sort { $0.line < $1.line }
        if !keepsAll && kept.count > Self.reportLimit {
            kept.removeLast(kept.count - Self.reportLimit)
        }
    }
}
