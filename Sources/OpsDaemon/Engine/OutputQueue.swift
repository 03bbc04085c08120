// The bytes a connection has yet to be sent, in order, and what holds some of them back.  A reply
// that shows state carries a gate: the log sequence number that was current when it was made, and
// for a ban the ticket of the kernel's transaction.  It is sent once both are done, and everything
// after it waits too, so replies keep their order.

/// Output of one connection.
struct OutputQueue {
    /// A stretch of held output; offsets count all bytes this connection was ever given.
    private struct Gate {
        var start: UInt64
        var end: UInt64
        /// 0: the log holds it no longer.
        var sequence: UInt64
        /// 0: the kernel does not hold it.
        var ticket: UInt64
        /// The reply acknowledges a change.
        var isAcknowledgement: Bool
    }

    /// The last member of a reply that waits for the kernel.
    private static let enforced = Array(",\"enforced\":true".utf8)

    /// Lends `bytes` while there is output.
    private let pool: BufferPool
    private var bytes: [UInt8] = []
    /// How many of `bytes` have been sent.
    private var sent = 0
    /// The offset of `bytes[0]`.
    private var base: UInt64 = 0
    private var gates: [Gate] = []
    /// How many of `gates` have opened.
    private var opened = 0
    /// The bytes before `bytes[0]` ended with a whole line.
    private var beganWithLine = true

    init(_ pool: BufferPool = BufferPool()) { self.pool = pool }

    /// Bytes not sent yet.
    var count: Int { bytes.count - sent }

    /// Replies that wait for the log or the kernel.
    var held: Int { gates.count - opened }

    /// Bytes of memory that it holds, used or not.
    var footprint: Int {
        (bytes.isEmpty ? 0 : bytes.capacity) + gates.capacity * MemoryLayout<Gate>.stride
    }

    /// Whether what was sent so far ends with a whole line.
    var isBetweenLines: Bool {
        sent > 0 ? bytes[sent - 1] == 0x0a : beganWithLine
    }

    private var end: UInt64 { base + UInt64(bytes.count) }

    /// Appends what `write` writes, free to go at once unless something before it is held.
    @inline(__always)
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        if bytes.isEmpty { bytes = pool.borrow() }
        write(&bytes)
    }

    /// Appends what `write` writes, to be sent when `sequence` is safe and, where there is a
    /// `ticket`, the kernel has answered it.  Such a reply is an object with members, and gets
    /// `"enforced":true`.
    @inline(__always)
    mutating func append(
        heldFor sequence: UInt64, ticket: UInt64 = 0, isAcknowledgement: Bool,
        _ write: (inout [UInt8]) -> Void
    ) {
        if bytes.isEmpty { bytes = pool.borrow() }
        let start = end
        write(&bytes)
        if ticket > 0 {
            bytes.removeLast(2)
            bytes += Self.enforced
            bytes += [UInt8(ascii: "}"), 0x0a]
        }
        gates.append(
            Gate(
                start: start, end: end, sequence: sequence, ticket: ticket,
                isAcknowledgement: isAcknowledgement))
    }

    /// How many bytes may be sent: the log is durable through `safe`, and the kernel has answered
    /// tickets through `answered`.
    mutating func sendable(safe: UInt64, answered: UInt64 = .max) -> Int {
        while opened < gates.count && gates[opened].sequence <= safe
            && gates[opened].ticket <= answered
        { opened += 1 }
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

    /// Hands the next `count` bytes to `send`, which returns how many of them were sent.
    mutating func send(_ count: Int, _ send: (RawSpan) -> Int) -> Int {
        let went = send(bytes.span.extracting(sent..<sent + count).bytes)
        sent += went
        if sent == bytes.count {
            base += UInt64(sent)
            pool.giveBack(&bytes)
            sent = 0
            beganWithLine = true
        } else if sent >= 65_536 {
            beganWithLine = bytes[sent - 1] == 0x0a
            base += UInt64(sent)
            bytes.removeFirst(sent)
            sent = 0
        }
        return went
    }

    /// The rest of a line whose beginning was sent by another way; there must be no output.
    mutating func appendRest(_ rest: ArraySlice<UInt8>) {
        precondition(bytes.isEmpty, "the rest of a line comes after other output")
        if rest.isEmpty { return }
        // Of the right size: it may be for long.
        bytes = Array(rest)
        beganWithLine = false
    }

    /// The rest may have to wait for long: holds no more memory than it needs.
    mutating func shrink() {
        if bytes.capacity <= 2 * count + 1_024 { return }
        let rest = Array(bytes[sent...])
        if sent > 0 { beganWithLine = bytes[sent - 1] == 0x0a }
        base += UInt64(sent)
        sent = 0
        pool.giveBack(&bytes)
        bytes = rest
    }
}

// MARK: - Acknowledgements that no longer hold

extension OutputQueue {
    /// The log broke: it holds nothing any more, and what would have acknowledged a change says
    /// `"durable":false` instead.
    mutating func releaseUndurable() {
        let note = Array(",\"durable\":false".utf8)
        rewrite { gate in
            gate.sequence = 0
            if !gate.isAcknowledgement { return nil }
            // `enforced` stays the last member: the kernel may still refuse.
            return (note, cut: 0, tail: gate.ticket > 0 ? Self.enforced.count + 2 : 2)
        }
    }

    /// The kernel refused, or has not answered in time: what waits for tickets up to `ticket` waits
    /// no longer, and says `"enforced":false` and why.
    mutating func releaseUnenforced(above answered: UInt64, through ticket: UInt64, error: String) {
        let note = Array(",\"enforced\":false,\"enforce_error\":\"\(error)\"".utf8)
        rewrite { gate in
            guard gate.ticket > answered, gate.ticket <= ticket else { return nil }
            gate.ticket = 0
            return (note, cut: Self.enforced.count, tail: 2)
        }
    }

    /// Goes through the replies that are held.  `change` may open a gate, and may insert a note
    /// into the reply: before its last `tail` bytes, in place of the `cut` bytes before those.
    private mutating func rewrite(
        _ change: (inout Gate) -> (note: [UInt8], cut: Int, tail: Int)?
    ) {
        guard held > 0 else { return }
        var patched: [UInt8] = []
        var from = 0
        var shift: UInt64 = 0
        var waiting: [Gate] = []
        for var gate in gates[opened...] {
            let end = Int(gate.end - base)
            gate.start += shift
            if let (note, cut, tail) = change(&gate) {
                // Every such reply is an object with members: `...}\n`.
                patched += bytes[from..<end - tail - cut]
                patched += note
                patched += bytes[end - tail..<end]
                from = end
                shift += UInt64(note.count - cut)
            }
            gate.end += shift
            if gate.sequence > 0 || gate.ticket > 0 { waiting.append(gate) }
        }
        gates = waiting
        opened = 0
        if from == 0 { return }
        patched += bytes[from...]
        bytes = patched
    }
}
