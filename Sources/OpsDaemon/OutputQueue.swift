// The bytes a connection has yet to be sent, in order, and what holds some of them back.  A reply
// that shows state carries a gate: the log sequence number that was current when it was made.  It
// is sent once that number is safe, and so is everything behind it, so replies keep their order.

/// Output of one connection.
struct OutputQueue {
    /// A stretch of held output; offsets count all bytes this connection was ever given.
    private struct Gate {
        var start: UInt64
        var end: UInt64
        var sequence: UInt64
        /// The reply acknowledges a change.
        var isAcknowledgement: Bool
    }

    /// Where `bytes` come from and go when they are empty.
    private let pool: BufferPool
    private var bytes: [UInt8] = []
    /// How many of `bytes` have been sent.
    private var sent = 0
    /// The offset of `bytes[0]`.
    private var base: UInt64 = 0
    private var gates: [Gate] = []
    /// Gates before this one have opened.
    private var opened = 0

    init(_ pool: BufferPool = BufferPool()) { self.pool = pool }

    /// Bytes not sent yet.
    var count: Int { bytes.count - sent }

    /// Replies that wait for the log.
    var held: Int { gates.count - opened }

    private var end: UInt64 { base + UInt64(bytes.count) }

    /// Appends what `write` writes, free to go at once unless something before it is held.
    @inline(__always)
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        if bytes.isEmpty { bytes = pool.take() }
        write(&bytes)
    }

    /// Appends what `write` writes, to go when `sequence` is safe.
    @inline(__always)
    mutating func append(
        heldFor sequence: UInt64, isAcknowledgement: Bool, _ write: (inout [UInt8]) -> Void
    ) {
        if bytes.isEmpty { bytes = pool.take() }
        let start = end
        write(&bytes)
        gates.append(
            Gate(
                start: start, end: end, sequence: sequence, isAcknowledgement: isAcknowledgement))
    }

    /// How many bytes may be sent now that `safe` is safe.
    mutating func sendable(safe: UInt64) -> Int {
        while opened < gates.count && gates[opened].sequence <= safe { opened += 1 }
        if opened == gates.count {
            if opened > 0 {
                gates.removeAll(keepingCapacity: gates.capacity <= 64)
                opened = 0
            }
            return count
        }
        if opened >= 1_024 {
            gates.removeFirst(opened)
            opened = 0
        }
        return Int(gates[opened].start - base) - sent
    }

    /// Hands the next `count` bytes to `send`, which says how many of them went.
    mutating func send(_ count: Int, _ send: (RawSpan) -> Int) -> Int {
        let went = send(bytes.span.extracting(sent..<sent + count).bytes)
        sent += went
        if sent == bytes.count {
            base += UInt64(sent)
            pool.give(&bytes)
            sent = 0
        } else if sent >= 65_536 {
            base += UInt64(sent)
            bytes.removeFirst(sent)
            sent = 0
        }
        return went
    }

    /// The log broke: what is held goes out now, and what would have acknowledged a change says
    /// `"durable":false` instead.
    mutating func releaseUndurable() {
        defer {
            gates = []
            opened = 0
        }
        guard held > 0 else { return }
        let note = Array(",\"durable\":false".utf8)
        var patched: [UInt8] = []
        var from = 0
        for gate in gates[opened...] where gate.isAcknowledgement {
            let end = Int(gate.end - base)
            // Every such reply is an object with members: `...}\n`.
            patched += bytes[from..<end - 2]
            patched += note
            patched += bytes[end - 2..<end]
            from = end
        }
        patched += bytes[from...]
        bytes = patched
    }
}
