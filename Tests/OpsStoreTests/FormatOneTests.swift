// The bytes of format 1, as they were first written: read for ever, and still written the same.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@Suite struct FormatOneTests {
    static let segment = """
        4f50534457414c0a0100010000000000080706050403020141420f0000000000010000000000000002000000\
        0000000003000000000000000400000000000000000000000000000000000000000000000000000000000000\
        0000000022a15ca31c0000009dea49e241420f0000000000ffff010040420f00000000000000000000000000\
        60000000000000005ead043954000000f19fee2241420f000000000001000100141a99be1c000000045efae8\
        fe9c97177503900389030000000000000000097100cbffff000080c02709000000000000f153652100000001\
        140035206661696c656420226c6f67696e73220ac3a40400737368642c000000cf515fcb42420f0000000000\
        02000100141a99be1c000000045efae8fe9c971775039003890300000000b80d012000000000000000004000\
        e803000045000000110d2b9b43420f000000000003000100141a99be1c000000045efae8fe9c971775039003\
        890300000000000000000000000affff000068e19304000000000002f153650300e803000003003430340500\
        6e67696e782c000000aa09a67c44420f000000000004000100141a99be1c000000045efae8fe9c9717750390\
        03890300000000000000000000000affff000068012100000030000000503dc59845420f0000000000050001\
        00141a99be1c000000045efae8fe9c9717750390038903c0270900000000000000000000000000097100cbff\
        ff000080011a00000026419d9e46420f000000000006000100141a99be1c000000045efae8fe9c9717750390\
        038903701101001c00000001f8b18647420f0000000000ffff010046420f000000000040420f000000000043\
        02000000000000a7b611062f0000003a9207eb47420f000000000007000100141a99be1c000000045efae8fe\
        9c9717750390038903c0270900000000000000000000000000097100cbffff00008027000000263caae24842\
        0f000000000008000100141a99be1c000000045efae8fe9c97177503900389030068e5cf8b010000018011c9\
        ffffffffff46000000126df7fe49420f000000000009000100141a99be1c000000045efae8fe9c9717750390\
        038903d823090000000000c025d6cf8b0100008813000000000000a023f3cf8b010000ef4dab8967452301ef\
        cdab8967452381480000007a2e19884a420f00000000000a000100141a99be1c000000045efae8fe9c971775\
        03900389030e0072656c6f61645f726566757365640800637269746963616c010000000011006c696e652033\
        3a2067756172642e62616e27000000fc00f8674b420f000000000008000100141a99be1c000000045efae8fe\
        9c9717750390038903ffffffffffffffff0000000000000000002c000000be5770704c420f00000000000a00\
        0100141a99be1c000000045efae8fe9c97177503900389030700737461727465640400696e666f0000000000\
        0000
        """

    static let snapshot = #"""
        {"opsd":"snapshot","format":1,"min_reader":1,"lsn":1000000,"boot_id":"01234567-89ab-\#
        4def-8123-456789abcdef","boot_ns":123456789012,"wall_ns":1700000003000000004,"offset\#
        _ms":1699999876543,"last_event_id":17}
        {"ban":"203.0.113.9","deadline_ms":600000,"created":1700000000,"reason":"5 failed \"\#
        logins\"\nä","source":"sshd","uid":33,"automatic":true}
        {"ban":"2001:db8::/64","deadline_ms":null,"created":1700000001,"reason":"","source":\#
        "","uid":0,"automatic":false}
        {"strikes":"10.0.0.0/8","items":[{"deadline_ms":300001,"at":1700000002,"weight":3,"r\#
        eason":"404","source":"nginx","uid":1000},{"deadline_ms":300001,"at":1700000002,"wei\#
        ght":3,"reason":"404","source":"nginx","uid":1000}]}
        {"event":17,"kind":"ban","severity":"warning","wall_ns":1700000003000000004,"cpu_per\#
        mille":885,"memory_permille":912,"details":"banned by its strikes","network":"203.0.\#
        113.9","reason":"404","source":"nginx","uid":33,"expires":1700000600}
        {"end":"snapshot","count":4,"through":1000004,"crc32c":"98231a6c"}

        """#

    static var segmentBytes: [UInt8] {
        let digits = segment.utf8.compactMap {
            Unicode.Scalar($0).properties.numericType == nil ? $0 - 87 : $0 - 48
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func theSegmentIsRead() throws {
        let (reading, entries) = try readLog(Self.segmentBytes)
        #expect(reading.ending == .clean && reading.namedSnapshot == 1_000_000)
        #expect(entries.map(\.change) == FormatOne.changes)
        #expect(entries.map(\.sequence) == Array(1_000_001...1_000_012))
        #expect(entries.allSatisfy { $0.stamp == FormatOne.stamp })
    }

    @Test func theSegmentIsWrittenTheSame() {
        #expect(FormatOne.log.bytes == Self.segmentBytes)
    }

    @Test func theSnapshotIsRead() throws {
        let (memory, trailer, extras) = try readSnapshot(Array(Self.snapshot.utf8))
        #expect(memory.bans == [FormatOne.ban, FormatOne.permanent] && extras.isEmpty)
        #expect(memory.strikes == [[FormatOne.strike, FormatOne.strike]])
        #expect(memory.events == [FormatOne.event])
        #expect(memory.header?.sequence == 1_000_000 && memory.header?.bootID == FormatOne.bootID)
        #expect(trailer == SnapshotTrailer(count: 4, through: 1_000_004))
    }

    @Test func theSnapshotIsWrittenTheSame() {
        #expect(FormatOne.snapshot == Array(Self.snapshot.utf8))
    }
}
