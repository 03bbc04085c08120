// The line framer against the plainest framer there is: the same lines, however the bytes came.

import OpsProtocol
import OpsTestKit

/// The first byte is the limit, the second sows the sizes of the pieces; the rest is the stream.
func fuzzFramer(_ bytes: [UInt8]) throws(Finding) {
    guard bytes.count > 2 else { return }
    let limit = Int(bytes[0])
    var random = SeededGenerator(seed: UInt64(bytes[1]))
    let stream = bytes[2...]
    var framer = LineFramer(limitBytes: limit)
    var lines: [[UInt8]] = []
    var isTooLong = false
    var at = stream.startIndex
    while at < stream.endIndex {
        let end = min(stream.endIndex, at + 1 + Int(random.next() % 40))
        let piece = Array(stream[at..<end])
        framer.feed(piece.span)
        at = end
        // Sometimes the reader falls behind.
        if random.next() % 3 == 0 && at < stream.endIndex { continue }
        while framer.hasLine {
            switch framer.next({ line in lines.append(line.copied) }) {
            case .line: break
            case .tooLong:
                try hold(!isTooLong, "too long is reported twice")
                isTooLong = true
            case nil: throw Finding(description: "hasLine without a line")
            }
        }
    }
    let (expected, over) = plainLines(stream, limit)
    try hold(lines == expected, "\(lines.count) lines, \(expected.count) expected")
    try hold(isTooLong == over, "too long: \(isTooLong), expected \(over)")
    if !over {
        try hold(framer.count == stream.count - expected.reduce(0) { $0 + $1.count + 1 }, "rest")
        try hold(framer.isPartial == (stream.last.map { $0 != 0x0a } ?? false), "half a line")
    }
}

/// The lines to the first that is too long, and whether there is one.
private func plainLines(_ stream: ArraySlice<UInt8>, _ limit: Int) -> ([[UInt8]], Bool) {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    for byte in stream {
        if byte == 0x0a {
            lines.append(line)
            line = []
        } else {
            line.append(byte)
            if line.count > limit { return (lines, true) }
        }
    }
    return (lines, false)
}
