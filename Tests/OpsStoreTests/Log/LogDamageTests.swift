// What a log says after truncation, flipped bits and power loss: an exact prefix or a refusal with
// its place, never anything else.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@Suite struct LogDamageTests {
    @Test func truncatedAtEveryByteItIsAnExactPrefix() throws {
        let log = SampleLog.random(11, batches: 6, size: 4)
        for count in 0..<log.bytes.count {
            let bytes = Array(log.bytes[..<count])
            guard count >= 96 else {
                #expect(throws: StoreFault.self) { _ = try readLog(bytes) }
                continue
            }
            let (reading, entries) = try readLog(bytes)
            let whole = log.ends.count { $0 <= count }
            #expect(entries == Array(log.entries[..<whole]))
            #expect(reading.nextSequence == UInt64(whole) + 1)
            switch reading.ending {
            case .clean: #expect(reading.goodBytes == UInt64(count))
            case .torn(let offset, let bytes, _):
                #expect(offset == reading.goodBytes && offset + bytes <= UInt64(count))
            case .refused(let fault): Issue.record("byte \(count): \(fault)")
            }
        }
    }

    /// In the header and in every batch but the last a flip is refused; in the last it is cut.
    @Test func everyFlippedBitIsRefusedOrCut() throws {
        let log = SampleLog.random(12, batches: 5, size: 3, padding: 64)
        let last = log.batches[log.batches.count - 1]
        for bit in 0..<log.bytes.count * 8 {
            var bytes = log.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            guard bit / 8 >= 96 else {
                #expect(throws: StoreFault.self) { _ = try readLog(bytes) }
                continue
            }
            let (reading, entries) = try readLog(bytes)
            // A flip in a mark leaves all entries before it; one in a record, those before that.
            let whole = log.ends.count { $0 <= bit / 8 }
            guard entries == Array(log.entries[..<whole]) else {
                Issue.record("bit \(bit): not an exact prefix")
                return
            }
            switch reading.ending {
            case .refused(let fault):
                #expect(bit / 8 < last && fault.kind == .damaged, "bit \(bit): \(fault)")
                #expect(fault.offset <= UInt64(bit / 8))
            case .torn(let offset, let count, _):
                #expect(bit / 8 >= last && offset <= UInt64(bit / 8), "bit \(bit)")
                // What is reported ends with the last byte that is not zero.
                #expect(offset + count >= UInt64(bit / 8) || bytes[bit / 8] == 0, "bit \(bit)")
            case .clean: Issue.record("bit \(bit) went unnoticed")
            }
        }
    }

    /// The guard's proof: without marks after it, the same flips can only be cut.
    @Test func withoutMarksNothingIsProven() throws {
        var random = SeededGenerator(seed: 13)
        var log = SampleLog()
        log.batch((0..<9).map { _ in (random.stamp(), random.change(.banned)) }, durable: 0)
        var bytes = log.bytes
        bytes[log.ends[3] + 30] ^= 4
        guard case .torn = try readLog(bytes).0.ending else { return #expect(Bool(false)) }
        // A lone mark of an idle log is enough.
        log.batch([])
        bytes = log.bytes
        bytes[log.ends[3] + 30] ^= 4
        let ending = try readLog(bytes).0.ending
        guard case .refused(let fault) = ending else { return #expect(Bool(false)) }
        #expect(fault.offset == UInt64(log.ends[3]))
        #expect(fault.reason.hasPrefix("record 5: the checksum is wrong, yet the mark at byte"))
    }

    @Test func aLostSectorOfAcknowledgedDataIsRefused() throws {
        let log = SampleLog.random(14, batches: 40, size: 3)
        let last = log.batches[log.batches.count - 1]
        for sector in stride(from: 512, to: last - 512, by: 512) {
            var bytes = log.bytes
            for at in sector..<sector + 512 { bytes[at] = 0 }
            let (reading, entries) = try readLog(bytes)
            // Bytes that were zero before are not lost.
            let lost = zip(bytes, log.bytes).prefix { $0 == $1 }.count
            let whole = log.ends.count { $0 <= lost }
            #expect(entries.count == whole && entries == Array(log.entries[..<whole]))
            guard case .refused = reading.ending else {
                Issue.record("sector \(sector) went unnoticed")
                continue
            }
        }
    }

    /// Power loss: sectors of the unsynced batches are old, new or torn, in any mix.
    @Test(arguments: 0..<400) func tornBatchesAlwaysStart(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &+ 1_000)
        var log = SampleLog.random(UInt64(seed), batches: 3, size: 6)
        let synced = log.bytes.count
        let acknowledged = log.entries.count
        // `always` has one batch under way, `everysec` many: marks know only what is synced.
        let batches = seed % 2 == 0 ? 1 : 1 + Int(random.next() % 6)
        for _ in 0..<batches {
            let count = 1 + Int(random.next() % 30)
            log.batch(
                (0..<count).map { _ in (random.stamp(), random.change()) },
                durable: UInt64(acknowledged))
        }
        let size = (log.bytes.count / 512 + 3) * 512
        let new = log.bytes + [UInt8](repeating: 0, count: size - log.bytes.count)
        let old = Array(log.bytes[..<synced]) + [UInt8](repeating: 0, count: size - synced)
        var disk = new
        for sector in stride(from: synced / 512 * 512, to: size, by: 512) {
            let cut: Int
            switch random.next() % 4 {
            case 0: cut = 0
            case 1: cut = Int(random.next() % 512)
            default: cut = 512
            }
            for at in sector + cut..<sector + 512 { disk[at] = old[at] }
        }
        let (reading, entries) = try readLog(disk)
        #expect(entries.count >= acknowledged)
        #expect(entries == Array(log.entries[..<min(entries.count, log.entries.count)]))
        switch reading.ending {
        case .clean: break
        case .torn(let offset, let bytes, _):
            #expect(offset >= UInt64(synced) && bytes > 0)
        case .refused(let fault): Issue.record("does not start: \(fault)")
        }
    }

    @Test func noiseBehindAHeaderNeverCrashes() throws {
        var random = SeededGenerator(seed: 99)
        let header = SampleLog().bytes
        for _ in 0..<3_000 {
            var bytes = header
            for _ in 0..<Int(random.next() % 120) {
                bytes.append(
                    random.pick([0, 0, 28, 0xff, UInt8(truncatingIfNeeded: random.next())]))
            }
            let (reading, entries) = try readLog(bytes)
            #expect(entries.isEmpty && reading.goodBytes == 96)
        }
    }
}
