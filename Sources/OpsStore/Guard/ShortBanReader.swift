// The short way to read ban lines, since nearly all lines of a snapshot are bans.  It knows exactly
// the bytes that `SnapshotWriter` makes of a ban without escapes, and gives up (nil) at the first
// byte that differs; then the general reader decides.  Tests compare the two.

import OpsCore

/// The numbers of the texts seen lately.  Reasons and sources repeat, and making a String for each
/// ban would cost more than the rest of its line.  The bytes are kept beside the numbers, so that a
/// lookup compares words.
struct NumberCache: Sendable {
    private static let slots = 256
    private static let slotBytes = Bounds.reasonBytes
    private var numbers = [UInt32](repeating: 0, count: slots)
    private var counts = [Int](repeating: -1, count: slots)
    private var bytes = [UInt8](repeating: 0, count: slots * slotBytes)

    /// The number of the text at `range`, which is ASCII and no longer than a reason; `find` gives
    /// the number of a text not seen lately.
    @inline(__always)
    mutating func number(
        _ text: Span<UInt8>, _ range: Range<Int>, find: (String) -> UInt32
    ) -> UInt32 {
        let count = range.count
        if count == 0 { return 0 }
        var hash = UInt64(truncatingIfNeeded: count)
        if count >= 8 {
            hash ^= text.number(UInt64.self, at: range.lowerBound)
            hash = hash &* 0x9e37_79b9_7f4a_7c15
            hash ^= text.number(UInt64.self, at: range.upperBound &- 8)
        } else {
            for index in range { hash = hash << 8 ^ UInt64(text[index]) }
        }
        hash = hash &* 0x9e37_79b9_7f4a_7c15
        let slot = Int(hash >> 56)
        if counts[slot] == count && isSame(slot, text, range) { return numbers[slot] }
        let number = find(text.extracting(range).text)
        numbers[slot] = number
        counts[slot] = count
        for index in 0..<count {
            bytes[slot * Self.slotBytes + index] = text[range.lowerBound + index]
        }
        return number
    }

    @inline(__always)
    private func isSame(_ slot: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let held = bytes.span
        let start = slot &* Self.slotBytes
        let count = range.count
        var at = 0
        while at &+ 8 <= count {
            if !isSameWord(text, range.lowerBound &+ at, held, start &+ at) { return false }
            at &+= 8
        }
        if at == count { return true }
        if count >= 8 {
            let last = count &- 8
            return isSameWord(text, range.lowerBound &+ last, held, start &+ last)
        }
        while at < count {
            if text[range.lowerBound &+ at] != held[start &+ at] { return false }
            at &+= 1
        }
        return true
    }

    @inline(__always)
    private func isSameWord(
        _ text: Span<UInt8>, _ at: Int, _ held: Span<UInt8>, _ place: Int
    ) -> Bool {
        text.number(UInt64.self, at: at) == held.number(UInt64.self, at: place)
    }
}

/// The numbers of both texts of bans.
struct BanNames: Sendable {
    var reasons = NumberCache()
    var sources = NumberCache()
}

/// `[]` of another module's type is made by generic code: a tenth of the time spent here.
private let noTraits = BanTraits(rawValue: 0)

/// Reads the ban line at `start`; returns the ban and where the next line starts.
@inline(__always)
func shortBan(
    _ bytes: Span<UInt8>, _ start: Int, _ names: inout BanNames, _ sink: inout some RecoverySink
) -> (BanEntry, Int)? {
    var at = start
    guard bytes.skip("{\"ban\":\"", &at) else { return nil }
    guard let address = bytes.plain(&at, limit: 64) else { return nil }
    guard let network = (try? Target(parsing: bytes.extracting(address)))?.network else {
        return nil
    }
    guard bytes.skip("\",\"deadline_ms\":", &at) else { return nil }
    var deadline = Ban.never
    if !bytes.skip("null", &at) {
        guard let number = bytes.digits(&at), Bounds.deadlineMilliseconds.contains(number)
        else { return nil }
        deadline = number
    }
    guard bytes.skip(",\"created\":", &at), let created = bytes.digits(&at),
        bytes.skip(",\"reason\":\"", &at), let reason = bytes.plain(&at, limit: Bounds.reasonBytes),
        bytes.skip("\",\"source\":\"", &at),
        let source = bytes.plain(&at, limit: Bounds.sourceBytes),
        bytes.skip("\",\"uid\":", &at), let uid = bytes.digits(&at),
        bytes.skip(",\"automatic\":", &at)
    else { return nil }
    let isAutomatic = bytes.skip("true}\n", &at)
    guard isAutomatic || bytes.skip("false}\n", &at) else { return nil }
    guard let created = UInt32(exactly: created), let uid = UInt32(exactly: uid) else { return nil }
    let sourceNumber = names.sources.number(bytes, source) { UInt32(sink.number(ofSource: $0)) }
    let entry = BanEntry(
        network: network, traits: isAutomatic ? .automatic : noTraits, source: UInt16(sourceNumber),
        reason: names.reasons.number(bytes, reason) { sink.number(ofReason: $0) },
        deadline: deadline, created: created, uid: uid)
    return (entry, at)
}

extension Span<UInt8> {
    /// Goes past `text`, of up to 16 bytes, if it is what comes next.
    @inline(__always)
    fileprivate func skip(_ text: StaticString, _ at: inout Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count &- at >= length else { return false }
        let letters = UnsafeRawPointer(text.utf8Start)
        if length >= 8 {
            // Compares two words that may overlap; the compiler knows those of `text`.
            let tail = length &- 8
            let isSame =
                number(UInt64.self, at: at)
                == UInt64(littleEndian: letters.loadUnaligned(as: UInt64.self))
                && number(UInt64.self, at: at &+ tail)
                    == UInt64(
                        littleEndian: letters.loadUnaligned(fromByteOffset: tail, as: UInt64.self))
            if !isSame { return false }
        } else {
            var index = 0
            while index < length {
                if self[at &+ index] != text.utf8Start[index] { return false }
                index &+= 1
            }
        }
        at &+= length
        return true
    }

    /// Goes to the next quote; nil at anything that is not plain ASCII, or past `limit` bytes.
    @inline(__always)
    fileprivate func plain(_ at: inout Int, limit: Int) -> Range<Int>? {
        let start = at
        let end = Swift.min(count, start &+ limit &+ 1)
        while at &+ 8 <= end {
            let special = number(UInt64.self, at: at).specialBytes
            if special == 0 {
                at &+= 8
                continue
            }
            at &+= special.trailingZeroBitCount >> 3
            return self[at] == 0x22 ? start..<at : nil
        }
        while at < end {
            let byte = self[at]
            if byte == 0x22 { return start..<at }
            if byte < 0x20 || byte >= 0x7f || byte == 0x5c { return nil }
            at &+= 1
        }
        return nil
    }

    /// A whole number of at most 18 digits, not negative.
    @inline(__always)
    fileprivate func digits(_ at: inout Int) -> Int64? {
        let start = at
        var value: Int64 = 0
        while at < count, case let digit = self[at] &- 0x30, digit <= 9, at &- start < 18 {
            value = value &* 10 &+ Int64(digit)
            at &+= 1
        }
        guard at > start, at &- start == 1 || self[start] != 0x30 else { return nil }
        return value
    }
}

extension UInt64 {
    /// The top bit of each byte that is not plain ASCII, or a quote or a backslash; right up to
    /// the lowest one set (a borrow may mark bytes above it wrongly).
    var specialBytes: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quote = self ^ ones &* 0x22
        let slash = self ^ ones &* 0x5c
        let delete = self ^ ones &* 0x7f
        let controls = self &- ones &* 0x20
        let matches = (quote &- ones) & ~quote | (slash &- ones) & ~slash
        return (matches | (delete &- ones) & ~delete | controls & ~self | self) & tops
    }
}
