// Proves that the log gives back what went in, and stops where it should.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@Suite struct LogTests {
    @Test(arguments: ChangeKind.allCases) func everyKindOfChangeComesBack(kind: ChangeKind) throws {
        var random = SeededGenerator(seed: 1)
        var log = SampleLog(first: 41)
        for _ in 0..<20 {
            log.batch((0..<25).map { _ in (random.stamp(), random.change(kind)) })
        }
        let (reading, entries) = try readLog(log.bytes)
        #expect(entries == log.entries)
        #expect(reading.ending == .clean)
        #expect(reading.nextSequence == 541)
        #expect(reading.goodBytes == UInt64(log.bytes.count))
        #expect(log.writer.length == UInt64(log.bytes.count))
        #expect(reading.lastStamp == log.entries.last?.stamp)
        #expect(reading.header == log.writer.header)
    }

    @Test func emptySegmentsAreClean() throws {
        let log = SampleLog(first: 7)
        #expect(try readLog(log.bytes).0.ending == .clean)
        let (reading, entries) = try readLog(log.bytes + [UInt8](repeating: 0, count: 5_000))
        #expect(reading.ending == .clean && reading.nextSequence == 7 && entries.isEmpty)
    }

    @Test func batchesOfOneWriterContinueInFreshBuffers() throws {
        var log = SampleLog.random(1, batches: 2, size: 3)
        var more: [UInt8] = []
        let copy = log.writer
        log.writer.append(
            .bansExpiredMany(count: 5), SeededGenerator(seed: 1).once { $0.stamp() }, into: &more)
        #expect(try readLog(log.bytes + more).1.count == log.entries.count + 1)
        // A write that fell short: the kept copy writes the same bytes again.
        log.writer = copy
        var again: [UInt8] = []
        log.writer.append(
            .bansExpiredMany(count: 5), SeededGenerator(seed: 1).once { $0.stamp() }, into: &again)
        #expect(again == more)
    }

    @Test func textsOverTheBoundAreCutAtACharacter() throws {
        var log = SampleLog()
        var random = SeededGenerator(seed: 3)
        var ban = random.ban()
        ban.reason = String(repeating: "ä", count: 128) + "€"
        ban.source = "x" + String(repeating: "𝄞", count: 16)
        let note = Note(.started, .info, String(repeating: "€", count: 2_000))
        log.batch([(random.stamp(), .banned(ban)), (random.stamp(), .noted(note))])
        let entries = try readLog(log.bytes).1
        guard case .banned(let back) = entries[0].change, case .noted(let kept) = entries[1].change
        else { return #expect(Bool(false)) }
        #expect(back.reason == String(repeating: "ä", count: 128))
        #expect(back.source == "x" + String(repeating: "𝄞", count: 15))
        #expect(kept.details == String(repeating: "€", count: 341))
    }

    @Test func recordsOfAnotherSegmentAreNotBelieved() throws {
        let one = SampleLog.random(1, batches: 3, size: 4)
        let other = SampleLog.random(2, batches: 3, size: 4)
        let mixed = Array(one.bytes[..<96]) + Array(other.bytes[96...])
        let (reading, entries) = try readLog(mixed)
        #expect(entries.isEmpty)
        guard case .torn(96, _, _) = reading.ending else { return #expect(Bool(false)) }
    }

    @Test func headersOfNewerVersionsAreRefusedInWords() throws {
        var bytes = SampleLog().bytes
        bytes[10] = 9
        let sum = CRC32C.of(Array(bytes[..<92]))
        for index in 0..<4 { bytes[92 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
        #expect {
            _ = try readLog(bytes)
        } throws: { error in
            let fault = error as? StoreFault
            return fault?.kind == .newer && "\(error)".contains("needs log reader 9, this is 1")
        }
    }

    @Test func hugeLengthsAreRefusedBeforeAnythingIsMade() throws {
        for length: UInt32 in [65_537, 0x7fff_ffff, 0x8000_0000, .max] {
            var bytes = SampleLog().bytes
            for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * index))) }
            bytes += [UInt8](repeating: 1, count: 400)
            guard case .torn(96, 404, let reason) = try readLog(bytes).0.ending else {
                return #expect(Bool(false))
            }
            #expect(reason.contains("over the limit"))
        }
    }
}

extension SeededGenerator {
    /// One value out of a copy.
    func once<Value>(_ make: (inout SeededGenerator) -> Value) -> Value {
        var copy = self
        return make(&copy)
    }
}
