// How all parsers here read: bytes are split into whole lines, and lines into fields, without
// copies and without strings.
//   1. A line counts only with its line feed: a number cut off by a full buffer is never used.
//   2. A field that is not a number, or does not fit, is nil; the caller skips the line.
//   3. Every access goes through Span, which checks its bounds in release builds too.

import OpsCore

/// The whole lines of some bytes, one after another.
struct Lines {
    /// Where the next line begins: all before it has been returned.
    private(set) var at = 0

    init() {}

    /// The next line without its line feed; nil when no whole line is left.
    mutating func next(_ bytes: Span<UInt8>) -> Fields? {
        guard let end = bytes.lineFeed(from: at) else { return nil }
        defer { at = end + 1 }
        return Fields(at: at, end: end)
    }
}

/// A range of bytes that is read field by field; fields are separated by spaces and tabs.
struct Fields {
    var at: Int
    let end: Int

    /// A range of bytes, which the caller has checked to be within the span.
    init(at: Int, end: Int) {
        self.at = at
        self.end = end
    }

    /// All of `bytes`.
    init(_ bytes: Span<UInt8>) {
        at = 0
        end = bytes.count
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
    }

    /// The next field; nil at the end.
    mutating func word(_ bytes: Span<UInt8>) -> Range<Int>? {
        skipBlanks(bytes)
        let start = at
        while at < end, bytes[at] != 0x20, bytes[at] != 0x09 { at += 1 }
        return start < at ? start..<at : nil
    }

    /// Skips `count` fields; false when there are fewer.
    mutating func skip(_ count: Int, _ bytes: Span<UInt8>) -> Bool {
        for _ in 0..<count where word(bytes) == nil { return false }
        return true
    }

    /// The digits that follow, as a number; nil when there are none or it does not fit.  Stops
    /// after the last digit.
    mutating func number(_ bytes: Span<UInt8>) -> UInt64? {
        skipBlanks(bytes)
        let start = at
        var value: UInt64 = 0
        while at < end, bytes[at] &- 0x30 < 10 {
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(bytes[at] &- 0x30))
            guard !over, !carry else { return nil }
            value = sum
            at += 1
        }
        return at > start ? value : nil
    }

    /// A number that must fit an Int.
    mutating func count(_ bytes: Span<UInt8>) -> Int? {
        number(bytes).flatMap { Int(exactly: $0) }
    }

    /// Digits with or without a fraction (`0.04`), of which at most nine decimals count.
    mutating func decimal(_ bytes: Span<UInt8>) -> Double? {
        guard let whole = number(bytes) else { return nil }
        guard at < end, bytes[at] == 0x2e else { return Double(whole) }
        at += 1
        var fraction = 0.0
        var unit = 1.0
        while at < end, bytes[at] &- 0x30 < 10 {
            if unit < 1e9 {
                fraction = fraction * 10 + Double(bytes[at] &- 0x30)
                unit *= 10
            }
            at += 1
        }
        return Double(whole) + fraction / unit
    }

    /// Skips `text` and returns true if exactly that text follows.
    mutating func consume(_ text: StaticString, _ bytes: Span<UInt8>) -> Bool {
        guard text.utf8CodeUnitCount <= end - at else { return false }
        for index in 0..<text.utf8CodeUnitCount
        where bytes[at + index] != text.utf8Start[index] {
            return false
        }
        at += text.utf8CodeUnitCount
        return true
    }
}

extension Span<UInt8> {
    /// Whether the bytes of `range` are those of `text`.
    func matches(_ range: Range<Int>, _ text: String) -> Bool {
        let other = text.utf8
        guard other.count == range.count else { return false }
        var at = range.lowerBound
        for byte in other {
            if self[at] != byte { return false }
            at += 1
        }
        return true
    }

    /// The bytes of `range` as text; bad UTF-8 is replaced.
    func text(_ range: Range<Int>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for at in range { copy.append(self[at]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
