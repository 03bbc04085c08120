// SHA-256 (FIPS 180-4), for fingerprints, signatures and chains.  The processor's instructions are
// used where it has them.

import CChecksum

/// A sum over bytes that come in pieces; a copy goes on by itself.
package struct SHA256: Sendable {
    /// Bytes of a digest.
    package static let digestBytes = 32

    static let hasInstructions = checksum_has_sha256() != 0

    private var sum = checksum_sha256()

    /// The sum of nothing so far.
    package init() { self.init(byInstructions: Self.hasInstructions) }

    /// - Parameter byInstructions: true only where the processor has them.
    init(byInstructions: Bool) { checksum_sha256_begin(&sum, byInstructions ? 1 : 0) }

    /// Adds bytes to it.
    package mutating func add(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer {
            checksum_sha256_add(&sum, $0.baseAddress, $0.count)
        }
    }

    /// The 32 bytes of the digest of what was added so far.
    package var digest: [UInt8] {
        var last = sum
        return [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { digest, count in
            if let start = digest.baseAddress { checksum_sha256_end(&last, start) }
            count = Self.digestBytes
        }
    }

    /// The digest of `bytes`.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var sum = SHA256()
        sum.add(bytes.span)
        return sum.digest
    }

    /// The digest of `bytes`, 64 lower case hexadecimal digits.
    package static func hexadecimal(of bytes: [UInt8]) -> String {
        hexadecimal(digest(of: bytes))
    }

    /// HMAC-SHA256 of `bytes`.  Source: RFC 2104.
    package static func authentication(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? digest(of: key) : key
        block += [UInt8](repeating: 0, count: 64 - block.count)
        let inner = digest(of: block.map { $0 ^ 0x36 } + bytes)
        return digest(of: block.map { $0 ^ 0x5c } + inner)
    }

    /// Bytes as lower case hexadecimal digits.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
