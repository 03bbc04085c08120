// A client of the fake loop.

import OpsLinux

@testable import OpsDaemon

/// A connection as its client sees it.
final class FakeClient {
    let slot: Int
    /// Bytes the socket still takes before it blocks.
    var room = Int.max
    /// What has come and was not taken yet.
    private(set) var bytes: [UInt8] = []
    /// All that ever came.
    private(set) var received = 0
    var isClosed = false
    /// The peer is gone; the loop may not know it yet.
    var isGone = false
    /// What the poller would watch it for.
    var interest = Interest.read

    init(slot: Int) { self.slot = slot }

    func accept(_ span: RawSpan) -> Int {
        let count = min(room, span.byteCount)
        for place in 0..<count {
            bytes.append(span.unsafeLoad(fromByteOffset: place, as: UInt8.self))
        }
        if room != .max { room -= count }
        received += count
        return count
    }

    /// Removes and returns the complete lines that have come.
    func take() -> [String] {
        guard let end = bytes.lastIndex(of: 0x0a) else { return [] }
        let lines = bytes[...end].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        bytes.removeFirst(end + 1)
        return lines
    }
}

/// A line, `count` times.
func repeated(_ line: String, _ count: Int) -> String {
    String(repeating: line + "\n", count: count)
}

extension LogJob {
    /// For tests that look at the order of jobs.
    var words: String {
        switch self {
        case .open(let path, _, let isDetached): "open \(path)\(isDetached ? " detached" : "")"
        case .write(let batch): "write \(batch.sequence)\(batch.sync ? " sync" : "")"
        case .sync(let sequence): "sync \(sequence)"
        case .look: "look"
        }
    }
}
