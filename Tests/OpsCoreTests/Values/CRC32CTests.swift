// Proves the checksum, by instruction and by tables, by the vectors of RFC 3720 B.4 and against a
// bit-by-bit sum.

import OpsCore
import Testing

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4: bytes and their CRC.
    static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e),
        ([UInt8]((0..<32).reversed()), 0x113f_db5c),
        (
            [0x01, 0xc0, 0, 0] + [UInt8](repeating: 0, count: 12) + [
                0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0,
                0,
                0x02, 0, 0, 0, 0, 0, 0, 0,
            ], 0xd996_3a56
        ),
        ([UInt8]("123456789".utf8), 0xe306_9283),
        ([], 0),
    ]

    @Test(arguments: vectors) func knownSums(_ bytes: [UInt8], _ sum: UInt32) {
        #expect(CRC32C.of(bytes) == sum)
        #expect(CRC32C.updateByTables(0, bytes.span) == sum)
    }

    @Test func chainedAtEveryCutItIsTheSame() {
        let bytes = (0..<97).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for cut in 0...bytes.count {
            let first = CRC32C.of(Array(bytes[..<cut]))
            #expect(CRC32C.update(first, Array(bytes[cut...]).span) == CRC32C.of(bytes))
        }
    }

    @Test func everyLengthAgreesWithTheBitwiseSum() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ 7) }
            var crc = ~UInt32(0)
            for byte in bytes {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
            }
            #expect(CRC32C.of(bytes) == ~crc)
            #expect(CRC32C.updateByTables(0, bytes.span) == ~crc)
        }
    }
}
