// Records with a right checksum and wrong content: refused wherever they stand, never cut, never a
// crash.  The forger below chains them as the writer would.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

/// Makes records that the writer would not make.
struct Forger {
    var bytes: [UInt8]
    private var chain: UInt32

    /// Starts an empty segment whose first sequence number is 1.
    init() {
        bytes = SampleLog(salt: 0).bytes
        chain = CRC32C.of([UInt8](repeating: 0, count: 8))
    }

    mutating func record(
        type: UInt16, version: UInt16 = 1, sequence: UInt64 = 1, _ payload: [UInt8]
    ) {
        let length = Self.little(UInt32(payload.count))
        let rest = Self.little(sequence) + Self.little(type) + Self.little(version) + payload
        chain = CRC32C.update(chain, (length + rest).span)
        bytes += length + Self.little(chain) + rest
    }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static let stamp = [UInt8](repeating: 1, count: 22)
    static let network = [UInt8](repeating: 0, count: 12) + [0xff, 0xff, 0, 0, 96]
}

@Suite struct LogForgeryTests {
    private func fault(_ forger: Forger) throws -> StoreFault? {
        guard case .refused(let fault) = try readLog(forger.bytes).0.ending else { return nil }
        return fault
    }

    @Test func aRightRecordPasses() throws {
        var forger = Forger()
        forger.record(type: 6, Forger.stamp + Forger.little(UInt32(4)))
        let (reading, entries) = try readLog(forger.bytes)
        #expect(reading.ending == .clean && entries.map(\.change) == [.bansExpiredMany(count: 4)])
    }

    @Test(arguments: [0, 200, 999, 0xfffe] as [UInt16]) func unknownTypes(type: UInt16) throws {
        var forger = Forger()
        forger.record(type: type, version: 3, Forger.stamp)
        let fault = try fault(forger)
        #expect(fault?.kind == .newer && fault?.offset == 96)
        #expect(String(describing: fault).contains("unknown type \(type), version 3"))
    }

    @Test func laterVersionsMayGrowAtTheEnd() throws {
        var forger = Forger()
        let payload = Forger.stamp + Forger.little(UInt32(4)) + [9, 9, 9]
        forger.record(type: 6, version: 2, payload)
        #expect(try readLog(forger.bytes).1.count == 1)
        forger = Forger()
        forger.record(type: 6, version: 1, payload)
        #expect(try fault(forger)?.reason == "the record is longer than its type")
    }

    @Test func wrongOrder() throws {
        for sequence: UInt64 in [0, 2, .max] {
            var forger = Forger()
            forger.record(
                type: 6, sequence: sequence, Forger.stamp + Forger.little(UInt32(4)))
            #expect(try fault(forger)?.kind == .damaged)
        }
    }

    static let nonsense: [(UInt16, [UInt8], String)] = [
        (6, Array(Forger.stamp.dropLast()), "too short"),
        (6, Forger.stamp + [1, 2, 3], "too short"),
        (2, Forger.stamp + Forger.network + [99, 0, 0, 0, 0], "unknown reason 99 for clearing"),
        (2, Forger.stamp + Forger.network.dropLast() + [129, 0, 0, 0, 0, 0], "length 129"),
        (2, Forger.stamp + [UInt8](repeating: 1, count: 16) + [8, 0, 0, 0, 0, 0], "beyond its"),
        (5, Forger.stamp + [UInt8](repeating: 0, count: 8) + Forger.network + [2], "flag"),
        (10, Forger.stamp + [3, 0] + Array("wat".utf8), "too short"),
        (
            10, Forger.stamp + [3, 0] + Array("wat".utf8) + [4, 0] + Array("info".utf8),
            "unknown kind of event \"wat\""
        ),
        (10, Forger.stamp + [2, 0, 0xff, 0xfe], "not UTF-8"),
        (10, Forger.stamp + [0xff, 0xff, 1], "65535 bytes: expected at most 64"),
        (10, Forger.stamp + [64, 0, 1], "extends beyond its record"),
        (0xffff, [UInt8](repeating: 0, count: 28), "contradicts itself"),
        (0xffff, [], "contradicts itself"),
    ]

    @Test(arguments: nonsense) func nonsenseIsRefused(
        _ type: UInt16, _ payload: [UInt8], _ words: String
    ) throws {
        var forger = Forger()
        forger.record(type: type, payload)
        if payload.isEmpty {
            // A length of zero is the end; with a frame after it, a torn one.
            guard case .torn = try readLog(forger.bytes).0.ending else {
                return #expect(Bool(false))
            }
            return
        }
        let fault = try fault(forger)
        #expect(fault?.reason.contains(words) == true, "\(String(describing: fault))")
        #expect(fault.map { $0.offset >= 96 } == true)
    }
}

/// Numbers far out that the writer would write if it ever had them: refused, for arithmetic must
/// never meet them.
@Suite struct LogRangeTests {
    static let far: [Int64] = [.min, .max - 1, -1, 1 << 43 + 1, 1 << 62 + 1]
    static let network = Network(ipv4: 0x0a00_0001)

    private func fault(_ change: Change, _ stamp: Stamp = FormatOne.stamp) throws -> StoreFault? {
        var log = SampleLog()
        log.batch([(stamp, change)])
        guard case .refused(let fault) = try readLog(log.bytes).0.ending else { return nil }
        return fault
    }

    @Test(arguments: far) func deadlines(number: Int64) throws {
        var ban = FormatOne.ban
        ban.deadline = number
        var unconfirmed = FormatOne.ban
        unconfirmed.confirmedDeadline = number
        var strike = FormatOne.strike
        strike.deadline = number
        let mark = ExpiryMark(deadline: number, network: Self.network)
        let changes: [Change] = [
            .banned(ban), .banned(unconfirmed), .struck(strike),
            .bansExpired(mark, announce: true), .strikesExpired(mark), .forgotten(mark),
            .confirmed(Self.network, deadline: number, uid: 0),
            .remembered(Offense(network: Self.network, count: 1, deadline: number)),
            .list(.expired(ListEnd(name: "drop", deadline: number, entries: 1))),
        ]
        for change in changes {
            let fault = try fault(change)
            #expect(fault?.kind == .damaged, "\(change)")
            #expect(fault?.reason == "\(number) is not a valid deadline", "\(change)")
        }
    }

    @Test(arguments: [.min, .max, 1 << 44 + 1, -1 << 44 - 1] as [Int64])
    func clocks(number: Int64) throws {
        let id = FormatOne.bootID
        let changes: [Change] = [
            .clockSet(offset: number, step: nil),
            .rebased(Rebase(lastBoot: number, earlierOffset: 0, boot: 0, wall: 0, bootID: id)),
            .rebased(Rebase(lastBoot: 0, earlierOffset: number, boot: 0, wall: 0, bootID: id)),
            .rebased(Rebase(lastBoot: 0, earlierOffset: 0, boot: number, wall: 0, bootID: id)),
            .rebased(Rebase(lastBoot: 0, earlierOffset: 0, boot: 0, wall: number, bootID: id)),
        ]
        for change in changes {
            #expect(try fault(change)?.kind == .damaged, "\(change)")
        }
    }

    @Test(arguments: [.min, -1, 1 << 62 + 1, .max] as [Int64])
    func bootTimes(number: Int64) throws {
        let stamp = Stamp(moment: Moment(boot: number, wall: 0))
        #expect(try fault(.bansExpiredMany(count: 1), stamp)?.kind == .damaged)
        var bytes: [UInt8] = []
        let header = SegmentHeader(
            salt: 1, firstSequence: 1, bootID: FormatOne.bootID,
            created: Moment(boot: number, wall: 0))
        _ = SegmentWriter(header, into: &bytes)
        let fault = #expect(throws: StoreFault.self) { _ = try readLog(bytes) }
        #expect(fault?.offset == 48)
    }
}
