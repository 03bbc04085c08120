// The scanner of read buffers beside a search line by line, and the repair of bytes that are not
// UTF-8 beside the standard library's.

@testable import OpsDetect

/// Two bytes: whether every line is given, and where the buffer is cut in two; then literals, each
/// behind a byte with its length and its bits, 0xff, and the buffer.
func fuzzScanner(_ bytes: [UInt8]) throws(Finding) {
    var feed = Feed(bytes)
    let everyLine = feed.byte() & 1 != 0
    let cut = Int(feed.byte())
    var literals: [(literal: Literal, group: Int)] = []
    while literals.count < 40, !feed.isEmpty {
        let head = feed.byte()
        if head == 0xff { break }
        // Literals are ASCII without line ends.
        let text = feed.piece(Int(head & 0x0f) + 1).map { $0 & 0x7f }.filter { $0 != 0x0a }
        let group = Int(head >> 5) * 20
        if !text.isEmpty { literals.append((Literal(text, isFolded: head & 0x10 != 0), group)) }
    }
    let buffer = feed.rest()
    let expected = lines(of: buffer, literals, everyLine: everyLine)
    try scan(buffer, literals, everyLine: everyLine, cut: buffer.count, expected)
    try scan(buffer, literals, everyLine: everyLine, cut: min(cut, buffer.count), expected)
}

/// A line that is given: its text, and the groups of which it has a literal.
private struct Given: Hashable {
    var text: [UInt8]
    var groups: Set<Int>
}

/// Through the scanner, in two pieces as they are read: what is left of the first is read again.
private func scan(
    _ buffer: [UInt8], _ literals: [(literal: Literal, group: Int)], everyLine: Bool, cut: Int,
    _ expected: [Given]
) throws(Finding) {
    var scanner = LineScanner(literals, everyLine: everyLine)
    var hits = LiteralHits()
    var found: [Given] = []
    var start = 0
    for end in [cut, buffer.count] {
        let part = Array(buffer[start..<end])
        var place = 0
        while true {
            let before = place
            let range = scanner.next(in: part.span, from: &place, hits: &hits)
            try hold((before...part.count).contains(place), "\(place) after \(before)")
            guard let range else { break }
            try hold(range.lowerBound >= before && range.upperBound < place, "\(range)")
            let groups = Set(literals.map(\.group)).filter { hits.contains($0) }
            found.append(Given(text: Array(part[range]), groups: groups))
        }
        start += place
    }
    try hold(found == expected, "cut at \(cut): \(found), and not \(expected)")
    let ended = buffer.count { $0 == 0x0a }
    try hold(scanner.lines == ended, "\(scanner.lines) of \(ended) lines are counted")
    try hold(!buffer[start...].contains(0x0a), "a line is left")
}

/// The lines that should be given.
private func lines(
    of buffer: [UInt8], _ literals: [(literal: Literal, group: Int)], everyLine: Bool
) -> [Given] {
    var all = buffer.split(separator: 0x0a, omittingEmptySubsequences: false)
    all.removeLast()
    var given: [Given] = []
    for line in all {
        var end = line.endIndex
        while end > line.startIndex, line[end - 1] == 0x0d { end -= 1 }
        let found = literals.filter { isIn(line, $0.literal) }
        if everyLine || !found.isEmpty {
            given.append(
                Given(text: Array(line[..<end]), groups: Set(found.map(\.group))))
        }
    }
    return given
}

private func isIn(_ line: ArraySlice<UInt8>, _ literal: Literal) -> Bool {
    line.indices.contains { place in
        var at = place
        for byte in literal.bytes {
            guard let next = isNext(line, at, byte, literal.isFolded) else { return false }
            at = next
        }
        return true
    }
}

/// Behind the byte at a place, if it is this one; two letters outside ASCII are letters folded.
private func isNext(
    _ line: ArraySlice<UInt8>, _ place: Int, _ byte: UInt8, _ isFolded: Bool
) -> Int? {
    guard place < line.endIndex else { return nil }
    let here = line[place]
    if here == byte || isFolded && Literal.lower(here) == byte { return place + 1 }
    guard isFolded else { return nil }
    if byte == UInt8(ascii: "s"), line[place...].starts(with: [0xc5, 0xbf]) { return place + 2 }
    let isKelvin = line[place...].starts(with: [0xe2, 0x84, 0xaa])
    return byte == UInt8(ascii: "k") && isKelvin ? place + 3 : nil
}

/// The bytes are a line.
func fuzzRepair(_ bytes: [UInt8]) throws(Finding) {
    var text: [UInt8] = [1, 2, 3]
    UTF8Repair.repair(bytes.span, into: &text)
    let known = Array(String(decoding: bytes, as: UTF8.self).utf8)
    try hold(text == known, "\(text), and not \(known)")
    let isValid = String(validating: bytes, as: UTF8.self) != nil
    try hold(UTF8Repair.isValid(bytes.span) == isValid, "valid: \(isValid)")
    try hold(UTF8Repair.isValid(text.span), "not valid when repaired")
    var short: [UInt8] = []
    LongLine.shorten(bytes.span, into: &short)
    try hold(short.count <= LongLine.limitBytes, "\(short.count) bytes")
    var buffer = bytes
    let end = LongLine.shorten(&buffer, from: 0, to: bytes.count)
    try hold(buffer[..<end] == short[...], "shortened in two ways")
}
