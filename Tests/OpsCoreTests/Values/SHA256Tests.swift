// SHA-256 against the vectors that its standard gives, by instructions and without, in pieces of
// every length; HMAC against RFC 4231.

import Testing

@testable import OpsCore

@Suite struct SHA256Tests {
    /// Text, how often, digest.  Source: NIST, "Secure Hash Standard (SHS) test vectors", and the
    /// examples of FIPS 180-2, appendix B.
    static let vectors: [(String, Int, String)] = [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    static let ways = checksumWays()

    @Test(arguments: vectors, ways)
    func vector(_ vector: (String, Int, String), byInstructions: Bool) {
        var sum = SHA256(byInstructions: byInstructions)
        for _ in 0..<vector.1 { sum.add(Array(vector.0.utf8).span) }
        #expect(SHA256.hexadecimal(sum.digest) == vector.2)
    }

    @Test(arguments: ways) func piecesGiveTheSumOfTheWhole(byInstructions: Bool) {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for length in 0...bytes.count {
            var plain = SHA256(byInstructions: false)
            plain.add(Array(bytes[..<length]).span)
            for piece in [1, 13, 63, 64, 65, 130] {
                var sum = SHA256(byInstructions: byInstructions)
                for start in stride(from: 0, to: length, by: piece) {
                    sum.add(Array(bytes[start..<min(length, start + piece)]).span)
                }
                #expect(sum.digest == plain.digest, "\(length) bytes by \(piece)")
            }
        }
    }

    @Test func aCopyGoesOnByItself() {
        var one = SHA256()
        one.add(Array("a".utf8).span)
        var other = one
        other.add(Array("bc".utf8).span)
        one.add(Array("bc".utf8).span)
        #expect(one.digest == other.digest)
        #expect(one.digest == one.digest)
    }

    /// RFC 4231, test cases 1, 2, 4 and 6.
    @Test func authentication() {
        let cases: [([UInt8], [UInt8], String)] = [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                Array(1...25), [UInt8](repeating: 0xcd, count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for (key, text, expected) in cases {
            #expect(SHA256.hexadecimal(SHA256.authentication(of: text, key: key)) == expected)
        }
    }

    /// S2-10: the two that are given.
    @Test func fingerprints() {
        #expect(
            Incident.fingerprint(
                .critical, source: "healthcheck", message: "Database connection lost")
                == "c75893c52574")
        #expect(
            Incident.fingerprint(.info, source: "api", message: "Test") == "f582d812d413")
        let long = String(repeating: "ä", count: 50)
        #expect(
            Incident.fingerprint(.info, source: "api", message: long + "x")
                == Incident.fingerprint(.info, source: "api", message: long + "y"))
    }
}

/// By instructions only where this processor has them.
private func checksumWays() -> [Bool] { SHA256.hasInstructions ? [false, true] : [false] }
