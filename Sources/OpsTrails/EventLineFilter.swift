// Which lines of `events.ndjson` are events that match.  Most lines are refused by a few bytes that
// they lack; only what is left is read as JSON, and counts if it is.  A line is an event if it
// begins with its id; others, such as those of the chain, are passed over.

package import OpsCore
import OpsLinux
import OpsProtocol

/// A filter for lines.
package struct EventLineFilter {
    /// The longest line that is looked at, bytes; an event is far below it.
    package static let lineBytes = 64 << 10
    /// How far the wall clock may have been set back between two events, milliseconds: a search
    /// goes on for as long after the first event that is too old.
    package static let clockSlack: Int64 = 3_600_000
    private static let opening = Array(#"{"id":"#.utf8)
    private static let address = Array(#""ip":""#.utf8)
    private static let time = Array(#""timestamp":""#.utf8)

    private let filter: EventFilter
    /// What each line that matches holds; empty: nothing is known.
    package let needle: [UInt8]
    /// Names of events that match; nil: all.
    private let names: Set<[UInt8]>?

    /// Takes the lines that the filter takes.
    package init(_ filter: EventFilter) {
        self.filter = filter
        var needle = ""
        if let severity = filter.severity { needle = #""severity":"\#(severity.rawValue)""# }
        if let kind = filter.kind { needle = #","event":"\#(kind.rawValue)""# }
        self.needle = Array(needle.utf8)
        let isAny = filter.kind == nil && filter.topic == nil
        names =
            isAny
            ? nil
            : Set(
                EventKind.allCases.filter {
                    $0 == filter.kind ?? $0 && $0.topic == filter.topic ?? $0.topic
                }.map { Array($0.rawValue.utf8) })
    }

    /// The id with which a line begins; nil: it is no event.
    package static func id(_ line: Span<UInt8>) -> UInt64? { number(line)?.id }

    private static func number(_ line: Span<UInt8>) -> (id: UInt64, end: Int)? {
        guard starts(line, opening) else { return nil }
        var index = opening.count
        var id: UInt64 = 0
        while index < line.count, line[unchecked: index] &- 0x30 < 10 {
            let (tens, over) = id.multipliedReportingOverflow(by: 10)
            let (sum, more) = tens.addingReportingOverflow(UInt64(line[unchecked: index] & 0xf))
            if over || more { return nil }
            id = sum
            index += 1
        }
        return index == opening.count ? nil : (id, index)
    }

    private static func starts(_ line: Span<UInt8>, _ text: [UInt8]) -> Bool {
        if line.count < text.count { return false }
        for index in text.indices where line[unchecked: index] != text[index] { return false }
        return true
    }

    /// The time of an event, milliseconds since 1970; nil: it has none.
    package static func time(_ line: Span<UInt8>) -> Int64? {
        text(after: time, in: line).flatMap { Timestamp.parse(line.extracting($0)) }
    }

    /// Where the string is that follows these bytes.
    private static func text(after key: [UInt8], in line: Span<UInt8>) -> Range<Int>? {
        guard let place = ByteSearch.first(key, in: line) else { return nil }
        let start = place + key.count
        guard let length = ByteSearch.first(0x22, in: line.extracting(start...)) else { return nil }
        return start..<start + length
    }

    /// Whether a line, without its LF, is an event that matches.
    package func matches(_ line: Span<UInt8>) -> Bool {
        if line.count > Self.lineBytes || Self.number(line) == nil { return false }
        if !needle.isEmpty && ByteSearch.first(needle, in: line) == nil { return false }
        if let network = filter.network {
            guard let place = Self.text(after: Self.address, in: line),
                let target = try? Target(parsing: line.extracting(place)),
                target.network.overlaps(network)
            else { return false }
        }
        if filter.since != nil || filter.until != nil {
            guard let time = Self.time(line), filter.matches(time: time) else { return false }
        }
        return (try? confirm(line)) ?? false
    }

    /// Reads the line as JSON: whether it is that, and has the name and the severity as members of
    /// its own.
    private func confirm(_ line: Span<UInt8>) throws(JSONFault) -> Bool {
        var reader = JSONReader()
        try reader.beginObject(line)
        var isNamed = false
        var isSevere = filter.severity == nil
        while let key = try reader.nextKey(line) {
            let value = try reader.skip(line)
            if JSONReader.matches(line, key, "event") {
                isNamed = isString(value, in: line) && isWanted(value, in: line)
            } else if JSONReader.matches(line, key, "severity"), let severity = filter.severity {
                isSevere = line.extracting(value).elements(are: #""\#(severity.rawValue)""#)
            }
        }
        try reader.end(line)
        return isNamed && isSevere
    }

    private func isString(_ value: Range<Int>, in line: Span<UInt8>) -> Bool {
        line[value.lowerBound] == UInt8(ascii: "\"")
    }

    private func isWanted(_ value: Range<Int>, in line: Span<UInt8>) -> Bool {
        guard let names else { return true }
        let name = line.extracting(value.lowerBound + 1..<value.upperBound - 1)
        return names.contains(name.withUnsafeBufferPointer { Array($0) })
    }
}

extension Span<UInt8> {
    fileprivate func elements(are text: String) -> Bool {
        withUnsafeBufferPointer { $0.elementsEqual(text.utf8) }
    }
}
