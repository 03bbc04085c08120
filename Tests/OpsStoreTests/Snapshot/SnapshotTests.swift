// Proves that a snapshot gives back what went in, however it is cut, and nothing when it is broken.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@Suite struct SnapshotTests {
    @Test(arguments: 0..<40) func roundTrip(seed: Int) throws {
        let sample = SampleSnapshot(UInt64(seed), through: 99)
        let (memory, trailer, extras) = try readSnapshot(sample.bytes)
        #expect(memory == sample.expected)
        let lines = sample.bytes.count { $0 == 0x0a }
        #expect(trailer == SnapshotTrailer(count: UInt64(lines - 2), through: 99))
        #expect(extras.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 97, 100, 1_000]) func piecesOfAnySize(piece: Int) throws {
        let sample = SampleSnapshot(5, entities: 60)
        #expect(try readSnapshot(sample.bytes, piece: piece).0 == sample.expected)
    }

    @Test func emptyOne() throws {
        let sample = SampleSnapshot(1, entities: 0)
        #expect(try readSnapshot(sample.bytes).0 == sample.expected)
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let sample = SampleSnapshot(21, entities: 6)
        for bit in 0..<sample.bytes.count * 8 {
            var bytes = sample.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            do {
                _ = try readSnapshot(bytes)
                Issue.record("bit \(bit) went unnoticed")
            } catch {
                #expect(error.offset <= UInt64(bytes.count), "\(error)")
            }
        }
    }

    @Test func everyTruncationIsNoticed() throws {
        let sample = SampleSnapshot(22, entities: 10)
        for count in 0..<sample.bytes.count {
            #expect(throws: StoreFault.self) { _ = try readSnapshot(Array(sample.bytes[..<count])) }
        }
    }

    @Test func bytesBehindTheEndAreRefused() {
        for more in ["\n", "{}", "{\"ban\":1}\n", "x"] {
            let bytes = SampleSnapshot(23).bytes + Array(more.utf8)
            #expect(throws: StoreFault.self) { _ = try readSnapshot(bytes) }
        }
    }

    @Test func faultsNameLineAndByte() throws {
        let text = String(decoding: SampleSnapshot(24, entities: 0).bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        try #require(lines.count == 2)
        let broken = "\(lines[0])\n{\"ban\":\"10.0.0.300\"}\n\(lines[1])\n"
        let fault = #expect(throws: StoreFault.self) {
            _ = try readSnapshot(Array(broken.utf8))
        }
        #expect(fault?.line == 2 && fault?.offset == UInt64(lines[0].utf8.count) + 1 + 7)
        #expect(fault?.reason == "not an address or network")
    }

    /// A line of a later version, `count` bytes long without its LF.
    private func later(_ count: Int) -> String {
        let (head, tail) = ("{\"later\":\"", "\"}")
        return head + String(repeating: "a", count: count - head.utf8.count - tail.utf8.count)
            + tail
    }

    /// In whatever pieces the file comes.
    @Test(arguments: [4_096, 65_536, 1 << 20, 1 << 30])
    func linesOverTheBoundAreRefused(piece: Int) throws {
        let bound = SnapshotReader.lineBytes
        #expect(bound == 1 << 20)
        let longest = SnapshotExtrasTests.closed([SnapshotExtrasTests.header, later(bound)])
        let extras = try readSnapshot(longest, piece: piece).2
        #expect(extras.dropped == 0 && extras.bytes >= bound)
        let long = SnapshotExtrasTests.closed([SnapshotExtrasTests.header, later(bound + 1)])
        let fault = #expect(throws: StoreFault.self) { _ = try readSnapshot(long, piece: piece) }
        #expect(fault?.reason == "a line of more than \(bound) bytes")
        #expect(fault?.kind == .damaged && fault?.line == 2)
        #expect(fault?.offset == UInt64(SnapshotExtrasTests.header.utf8.count) + 1)
    }

    /// It is refused before more than the bound is held.
    @Test func aLineWithoutAnEndIsRefused() throws {
        let bound = SnapshotReader.lineBytes
        var reader = SnapshotReader()
        var memory = RecordingSink()
        let piece = [UInt8](repeating: 0x61, count: bound / 4)
        for _ in 0..<4 { try reader.feed(piece.span, into: &memory) }
        let more: [UInt8] = [0x61]
        let fault = #expect(throws: StoreFault.self) {
            try reader.feed(more.span, into: &memory)
        }
        #expect(fault?.reason == "a line of more than \(bound) bytes" && fault?.line == 1)
    }

    @Test func aNewerFormatIsRefusedInWords() {
        let line = "{\"opsd\":\"snapshot\",\"format\":9,\"min_reader\":9,\"new\":[]}\n"
        let fault = #expect(throws: StoreFault.self) { _ = try readSnapshot(Array(line.utf8)) }
        #expect(fault?.kind == .newer)
        #expect(fault?.reason.contains("needs snapshot reader 9, this is 4") == true)
    }
}

@Suite struct SnapshotExtrasTests {
    /// A snapshot of a version that knows more: its lines, closed by a right trailer.
    static func closed(_ lines: [String], through: UInt64 = 7) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines { bytes += Array(line.utf8) + [0x0a] }
        let body =
            "{\"end\":\"snapshot\",\"count\":\(lines.count - 1),\"through\":\(through),\"crc32c\":\""
        bytes += Array(body.utf8)
        let digits = String(CRC32C.of(bytes), radix: 16)
        let zeros = String(repeating: "0", count: 8 - digits.utf8.count)
        return bytes + Array("\(zeros)\(digits)\"}\n".utf8)
    }

    static let header = """
        {"opsd":"snapshot","format":2,"min_reader":1,"lsn":7,"host":"a","boot_id":\
        "00000000-0000-0001-0000-000000000002","boot_ns":1,"wall_ns":2,"offset_ms":3,\
        "last_event_id":4,"x":{"y":[1,-2.5e3,null,"\\u00e4"]}}
        """
    static let lines = [
        header,
        """
        {"ban":"10.0.0.1","deadline_ms":5,"created":6,"reason":"","source":"","uid":7,\
        "automatic":true,"note":"kept","asn":64500}
        """,
        #"{"forecast":"web","burn":0.5,"windows":[]}"#,
        """
        {"strikes":"10.0.0.2","items":[{"deadline_ms":1,"at":2,"weight":3,"reason":"r",\
        "source":"s","uid":4,"seen":true}],"first":9}
        """,
        #"{"event":3,"kind":"tide_turned","severity":"info","wall_ns":5,"details":"later"}"#,
        #"{"event":4,"kind":"ban","severity":"info","wall_ns":5,"details":"d","trace":"t"}"#,
    ]

    @Test func unknownMembersAndLinesSurviveASave() throws {
        let (memory, _, extras) = try readSnapshot(Self.closed(Self.lines))
        #expect(memory.bans.count == 1 && memory.strikes.count == 1 && memory.events.count == 1)
        let header = try #require(memory.header)
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(header, extras: extras, into: &bytes)
        for ban in memory.bans { writer.append(ban, into: &bytes) }
        for strikes in memory.strikes { writer.append(strikes, into: &bytes) }
        for event in memory.events { writer.append(event, into: &bytes) }
        writer.finish(through: 7, into: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        for kept in [
            #","host":"a","x":{"y":[1,-2.5e3,null,"\u00e4"]}}"#,
            #""automatic":true,"note":"kept","asn":64500}"#, Self.lines[2], Self.lines[4],
            #""uid":4,"seen":true}],"first":9}"#, #""details":"d","trace":"t"}"#,
        ] {
            #expect(text.contains(kept + "\n") || text.contains(kept), "\(kept)")
        }
        let again = try readSnapshot(bytes)
        #expect(again.0 == memory && again.2 == extras)
    }

    @Test func aBanMadeAnewTakesNothingOver() throws {
        let (memory, _, extras) = try readSnapshot(Self.closed(Self.lines))
        var ban = try #require(memory.bans.first)
        ban.created += 1
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(try #require(memory.header), extras: extras, into: &bytes)
        writer.append(ban, into: &bytes)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("kept"))
    }

    @Test func theBoundHolds() throws {
        let big = "{\"later\":\"" + String(repeating: "x", count: 1_000_000) + "\"}"
        let lines = [Self.header] + [String](repeating: big, count: 20)
        let extras = try readSnapshot(Self.closed(lines)).2
        #expect(extras.bytes <= SnapshotExtras.limitBytes && extras.dropped == 4)
    }

    static let strange = [
        #"{}"a":1,"b":2}"#, #"{}1"#,
        "[]", "{", "{}", "\"ban\"", "{\"ban\":}", "{\"x\":1,}", "{\"x\":01}", "{\"x\":1.}",
        "{\"x\":tru}", "{\"x\":\"\u{1}\"}", "{\"x\":\"\\q\"}", "{\"x\":\"\\ud800\"}", "{\"x\":1}}",
        "{\"x\":" + String(repeating: "[", count: 10_000), "{\"ban\":\"10.0.0.1\"}",
        "{\"ban\":\"10.0.0.1/24\",\"deadline_ms\":1}", "{\"x\":-}", "{\"x\":1e}", " ", "",
        "{\"event\":-1}", "{\"event\":18446744073709551616}", "{\"strikes\":\"::/129\"}",
        "{\"event\":9223372036854775808,\"kind\":\"ban\"}",
    ]

    @Test(arguments: strange) func strangeLinesAreRefusedWithTheirPlace(line: String) {
        let bytes = Self.closed([Self.header, line])
        let fault = #expect(throws: StoreFault.self) { _ = try readSnapshot(bytes) }
        #expect(fault?.line == 2 && fault?.kind == .damaged, "\(String(describing: fault))")
    }

    /// Every byte of a ban line changed to something else: both ways agree on what it means.
    @Test func theShortWayAgreesWithTheLongOne() throws {
        let line = """
            {"ban":"203.0.113.9","deadline_ms":1700000000123,"created":1700000000,"reason":"x y",\
            "source":"ssh","uid":33,"automatic":false}
            """
        let letters: [UInt8] = Array("0159/.:,\"\\ {}nutf-".utf8) + [0x7f, 0x1f, 0xc3, 0x0a]
        var both = 0
        for index in line.utf8.indices {
            let at = line.utf8.distance(from: line.utf8.startIndex, to: index)
            for letter in letters {
                var changed = Array(line.utf8)
                changed[at] = letter
                for bytes in [changed, Array(changed[..<at]) + [letter] + Array(changed[at...])] {
                    let text = Self.closed([Self.header, String(decoding: bytes, as: UTF8.self)])
                    let short = Result { try readSnapshot(text).0 }
                    let long = Result { try readSnapshot(text, usesShortWay: false).0 }
                    switch (short, long) {
                    case (.success(let one), .success(let other)):
                        both += 1
                        #expect(one == other)
                    case (.failure, .failure): break
                    default:
                        Issue.record("they differ over \(String(decoding: bytes, as: UTF8.self))")
                    }
                }
            }
        }
        #expect(both > 100)
    }

    @Test(arguments: 0..<20) func theShortWayAgreesOnRandomState(seed: Int) throws {
        let sample = SampleSnapshot(UInt64(seed) + 500, entities: 80)
        let short = try readSnapshot(sample.bytes, piece: 777)
        let long = try readSnapshot(sample.bytes, piece: 777, usesShortWay: false)
        #expect(short.0 == long.0 && short.0 == sample.expected)
    }
}

@Suite struct BanLineTests {
    /// Bans that the writer's short way takes, and bans it must not, make the bytes of the plain
    /// way.
    @Test func bothWaysOfWritingMakeTheSameBytes() {
        var random = SeededGenerator(seed: 31)
        var bytes: [UInt8] = []
        var plain: [UInt8] = []
        let header = SnapshotHeader(
            sequence: 1, bootID: BootID(high: 1, low: 2), taken: Moment(boot: 3, wall: 4),
            clockOffset: 5, lastEventID: 6)
        var writer = SnapshotWriter(header, into: &bytes)
        for count in 0..<4_000 {
            var ban = random.ban()
            if count % 2 == 0 {
                ban.network = Network(ipv4: UInt32(truncatingIfNeeded: random.next()), prefix: 32)
                ban.deadline = abs(ban.deadline / 2)
                ban.reason = String(
                    decoding: (0..<count % 300).map { _ in
                        random.next() % 900 == 0 ? 0x22 : UInt8(0x20 + random.next() % 0x5f)
                    }, as: UTF8.self)
            }
            bytes.removeAll()
            plain.removeAll()
            writer.append(ban, into: &bytes)
            plain.append(ban)
            #expect(bytes == plain + Array("}\n".utf8))
        }
    }
}

/// Numbers far out, with a checksum that is right: arithmetic must never meet them.
@Suite struct SnapshotRangeTests {
    static let ban = """
        {"ban":"10.0.0.1","deadline_ms":5,"created":6,"reason":"","source":"","uid":7,\
        "automatic":true}
        """
    static let far: [Int64] = [
        .min, .max, .min + 1, .max - 1, -1, 1 << 43 + 1, 1 << 62 + 1, 9_223_372_036_853,
    ]

    private func fault(_ lines: [String]) -> StoreFault? {
        do throws(StoreFault) {
            _ = try readSnapshot(SnapshotExtrasTests.closed(lines))
            return nil
        } catch { return error }
    }

    @Test(arguments: far) func deadlines(number: Int64) {
        let lines = [
            Self.ban.replacing("deadline_ms\":5", with: "deadline_ms\":\(number)"),
            #"{"offense":"10.0.0.1","count":2,"deadline_ms":\#(number)}"#,
            SnapshotExtrasTests.lines[3].replacing("_ms\":1", with: "_ms\":\(number)"),
            Self.ban.replacing("5,", with: "5,\"confirmed_deadline_ms\":\(number),"),
        ]
        for line in lines {
            let fault = fault([SnapshotExtrasTests.header, line])
            let isFar = !Bounds.deadlineMilliseconds.contains(number)
            #expect(fault?.line == (isFar ? 2 : nil), "\(line): \(String(describing: fault))")
        }
    }

    @Test(arguments: far) func clocks(number: Int64) {
        let header = SnapshotExtrasTests.header
        let boot = fault([header.replacing("boot_ns\":1", with: "boot_ns\":\(number)")])
        #expect(boot?.line == (Bounds.bootNanoseconds.contains(number) ? nil : 1))
        let offset = fault([header.replacing("offset_ms\":3", with: "offset_ms\":\(number)")])
        #expect(offset?.line == (Bounds.wallMilliseconds.contains(number) ? nil : 1))
        let event = fault([header.replacing("event_id\":4", with: "event_id\":\(number)")])
        #expect(event?.line == (number < 0 ? 1 : nil))
    }
}
