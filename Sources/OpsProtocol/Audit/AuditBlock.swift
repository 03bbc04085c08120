// The block under way: what was written since the last chain line, as a sum.  A chain line ends it:
// its hash is SHA-256 over the 32 bytes of the hash before it, all bytes since, and the line's own
// bytes up to the member `hash`.

package import OpsCore

/// What the next chain line will cover so far; a copy goes on by itself.
package struct AuditBlock: Sendable {
    /// The chain line before it.
    package private(set) var head: AuditHead
    /// Lines so far.
    package private(set) var lines: UInt64 = 0
    private var sum = SHA256()

    /// An empty block.
    package init(after head: AuditHead) {
        self.head = head
        begin()
    }

    private mutating func begin() {
        lines = 0
        sum = SHA256()
        let hash = head.hash.bytes
        sum.add(hash.span)
    }

    /// Adds bytes in which this many lines end.
    package mutating func add(_ bytes: Span<UInt8>, lines count: UInt64) {
        sum.add(bytes)
        lines += count
    }

    /// Appends the chain line, which ends the block; what is in `output` has been added.
    /// - Parameter wall: nanoseconds since 1970.
    package mutating func end(through: UInt64, wall: Int64, into output: inout [UInt8]) {
        let start = output.count
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.member("audit", text: "chain")
            json.member("seq", integer: head.sequence + 1)
            json.member("ts", wall: wall)
            json.member("through", integer: through)
            json.member("lines", integer: lines)
            json.member("prev", text: head.hash.hexadecimal)
        }
        sum.add(output.span.extracting(start..<output.count))
        let hash = AuditHash(digest: sum.digest)
        output.append(addingCapacity: AuditChainLine.hashBytes) {
            $0.append(AuditChainLine.hashOpening)
        }
        output.append(contentsOf: hash.hexadecimal.utf8)
        output.append(contentsOf: "\"}\n".utf8)
        head = AuditHead(sequence: head.sequence + 1, hash: hash)
        begin()
    }

    /// How a chain line ends the block.  The next one begins after the line, whatever it says.
    /// - Parameter line: its bytes without the LF, which have not been added.
    mutating func end(with chain: AuditChainLine, _ line: Span<UInt8>) -> AuditFit {
        let fit: AuditFit
        if chain.head.sequence != head.sequence + 1 {
            fit = .sequence(expected: head.sequence + 1)
        } else if chain.previous != head.hash {
            fit = .previous
        } else {
            sum.add(line.extracting(0..<line.count - AuditChainLine.hashBytes))
            let isSame = AuditHash(digest: sum.digest) == chain.head.hash
            fit = isSame && chain.lines == lines ? .fits : .content
        }
        head = chain.head
        begin()
        return fit
    }
}

/// How a block and the chain line at its end fit to what is before them.
package enum AuditFit: Hashable, Sendable {
    case fits
    /// Its number is not the next one: blocks are missing, or are in another order.
    case sequence(expected: UInt64)
    /// It has the next number, and names another hash than the line before it has.
    case previous
    /// Something in the block, or in the line itself, is not as it was written.
    case content
}
