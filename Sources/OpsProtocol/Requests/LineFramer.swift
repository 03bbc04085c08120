// Bytes in, lines out: what a socket delivers in pieces of any size, cut at its line feeds.
//   1. The lines are the same however the bytes were split.
//   2. A line over the limit is reported once, whether or not its end has come; after that nothing
//      more is held or handed out.
//   3. Every byte is searched once and moved a bounded number of times.
// It never looks into a line, and holds hardly any memory while there is nothing to read.

import OpsCore

/// What `LineFramer.next` found.
package enum LineOutcome: Hashable, Sendable {
    /// A complete line was handed out.
    case line
    /// A line exceeds the limit; the framer has ended.
    case tooLong
}

/// Cuts a stream of bytes into lines of at most `limitBytes` bytes, the line feed not counted.
///
/// It holds what it was fed until `next` hands it out: if the caller drains it before each feed,
/// that is at most `limitBytes` and one feed.
package struct LineFramer: Sendable {
    @usableFromInline
    enum Found: Sendable {
        /// No line is complete.
        case nothing
        /// The line from `start` ends before the line feed at this index.
        case line(end: Int)
        /// The line from `start` is over the limit, and `next` has not reported it yet.
        case tooLong
        /// The line over the limit has been reported.
        case ended
    }

    /// The capacity that empty storage may keep, in bytes; also how many consumed bytes may stay
    /// before the unread ones.
    @usableFromInline static let keptBytes = 4096

    private let limitBytes: Int
    @usableFromInline var storage: [UInt8] = []
    // `@inlinable` properties: they are read for each connection in each turn, and this way the
    // framer is read in place and not copied.

    /// Where the first line not yet handed out begins; all bytes before it are consumed.
    @usableFromInline var start = 0
    /// The bytes from `start` up to this index hold no line feed.
    private var searched = 0
    @usableFromInline var found = Found.nothing

    /// - Parameter limitBytes: the longest line, without its line feed; not negative.
    package init(limitBytes: Int) {
        precondition(limitBytes >= 0)
        self.limitBytes = limitBytes
    }

    /// Whether `next` would return something.
    @inlinable package var hasLine: Bool {
        switch found {
        case .line, .tooLong: true
        case .nothing, .ended: false
        }
    }

    /// Whether bytes are held beyond the line that `next` would hand out.
    @inlinable package var hasSeveral: Bool {
        if case .line(let end) = found { end + 1 < storage.count } else { false }
    }

    /// Whether the last byte held is not a line feed: a line has begun but is not complete.
    @inlinable package var isPartial: Bool {
        start < storage.count && storage[storage.count - 1] != UInt8(ascii: "\n")
    }

    /// The bytes held that `next` has not handed out.
    package var count: Int { storage.count - start }

    /// The bytes of memory held, used or not.
    var capacity: Int { storage.capacity }

    /// The bytes of memory held beyond what every framer may keep.
    @inlinable package var heldBytes: Int {
        let capacity = storage.capacity
        return capacity > Self.keptBytes ? capacity : 0
    }

    /// Adds bytes from the peer, in order.  After a line over the limit all bytes are dropped.
    package mutating func feed(_ bytes: Span<UInt8>) {
        switch found {
        case .tooLong, .ended: return
        case .line: bytes.withUnsafeBufferPointer { storage.append(contentsOf: $0) }
        case .nothing:
            bytes.withUnsafeBufferPointer { storage.append(contentsOf: $0) }
            search()
        }
    }

    /// Removes the next line and hands it, without its line feed, to `body`, which is called for
    /// `.line` only.
    ///
    /// - Returns: nil where no line is complete, and always after `.tooLong`.
    package mutating func next(_ body: (Span<UInt8>) -> Void) -> LineOutcome? {
        switch found {
        case .nothing, .ended: return nil
        case .tooLong:
            found = .ended
            return .tooLong
        case .line(let end):
            body(storage.span.extracting(start..<end))
            start = end + 1
            searched = start
            compact()
            search()
            return .line
        }
    }

    /// Shows the lines that `next` will hand out, up to `most` of those that are complete.  It
    /// changes nothing: it is `mutating` so that a framer inside an object is not copied for the
    /// call.
    @inline(__always)
    package mutating func lookAhead(_ most: Int, _ body: (Span<UInt8>) -> Void) {
        guard case .line(var end) = found else { return }
        var begin = start
        for _ in 0..<most {
            body(storage.span.extracting(begin..<end))
            begin = end + 1
            guard let next = storage.span.lineFeed(from: begin) else { return }
            end = next
        }
    }

    /// Looks at the bytes not searched yet and sets `found`.
    private mutating func search() {
        let end = storage.span.lineFeed(from: searched)
        if (end ?? storage.count) - start > limitBytes {
            found = .tooLong
            release()
        } else if let end {
            found = .line(end: end)
        } else {
            found = .nothing
            searched = storage.count
        }
    }

    /// Frees consumed bytes: at once if nothing is left, else when they exceed `keptBytes` and the
    /// bytes left, so that no more bytes are moved than are freed.
    private mutating func compact() {
        if start == storage.count {
            release()
        } else if start > Self.keptBytes, start > storage.count - start {
            storage.removeFirst(start)
            start = 0
            searched = 0
        }
    }

    /// Empties the storage, and frees it if a long line has grown it.
    private mutating func release() {
        if storage.capacity > Self.keptBytes {
            storage = []
        } else {
            storage.removeAll(keepingCapacity: true)
        }
        start = 0
        searched = 0
    }
}
