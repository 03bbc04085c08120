// The head of the audit chain of events.ndjson: which chain line is the newest, and its hash.  Who
// knows a head by another way than this host can tell whether anything before it was changed.

/// A digest of SHA-256 as a plain value.
package struct AuditHash: Hashable, Sendable {
    /// Hexadecimal digits of the short form, which people read off a page.
    package static let shortDigits = 12
    /// Hexadecimal digits of the whole.
    package static let digits = 64

    private var words: SIMD4<UInt64>

    /// What comes before the first chain line: zeros.
    package static let zero = AuditHash(words: SIMD4(repeating: 0))

    private init(words: SIMD4<UInt64>) { self.words = words }

    /// - Parameter digest: 32 bytes.
    package init(digest: [UInt8]) {
        precondition(digest.count == SHA256.digestBytes, "a digest of SHA-256 has 32 bytes")
        words = SIMD4(repeating: 0)
        for (index, byte) in digest.enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
    }

    /// The 64 lower case digits at `start`; nil: something else is there.
    package init?(hexadecimal bytes: Span<UInt8>, at start: Int) {
        guard start >= 0, bytes.count - start >= Self.digits else { return nil }
        words = SIMD4(repeating: 0)
        for index in 0..<Self.digits {
            let digit: UInt64
            switch bytes[start + index] {
            case let byte where byte &- 0x30 < 10: digit = UInt64(byte &- 0x30)
            case let byte where byte &- 0x61 < 6: digit = UInt64(byte &- 0x61 + 10)
            default: return nil
            }
            words[index / 16] = words[index / 16] << 4 | digit
        }
    }

    /// 64 lower case digits; nil: it is something else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.digits else { return nil }
        self.init(hexadecimal: bytes.span, at: 0)
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        (0..<SHA256.digestBytes).map {
            UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - $0 % 8 * 8))
        }
    }

    /// 64 lower case digits.
    package var hexadecimal: String { SHA256.hexadecimal(bytes) }

    /// The first 12 of them.
    package var short: String { String(hexadecimal.prefix(Self.shortDigits)) }
}

/// A chain line by its number and its hash.
package struct AuditHead: Hashable, Sendable, CustomStringConvertible {
    /// Counts chain lines from 1; 0: before the first.
    package var sequence: UInt64
    /// Over all that is in the chain so far.
    package var hash: AuditHash

    /// Before the first chain line.
    package static let origin = AuditHead(sequence: 0, hash: .zero)

    package init(sequence: UInt64, hash: AuditHash) {
        self.sequence = sequence
        self.hash = hash
    }

    /// `1234:ab12cd34ef56`, as pages have it.
    package var description: String { "\(sequence):\(hash.short)" }
}

/// `audit status`.
package struct AuditChainReport: Hashable, Sendable {
    /// The directory of the files.
    package var directory: String
    /// The newest chain line; nil: none is written yet.
    package var head: AuditHead?
    /// The newest that is on the disk: what snapshots and pages have.
    package var durable: AuditHead?
    /// The id of the newest event in the chain.
    package var through: UInt64 = 0
    /// Lines that never got into the file, since this opsd started.
    package var lostLines: UInt64 = 0
    /// When this opsd wrote its first chain line, nanoseconds since 1970; nil: not yet.
    package var since: Int64?
    /// What is wrong with the files now; nil: nothing.
    package var fault: String?

    package init(directory: String) { self.directory = directory }
}
