// The rules of Recovery, by their numbers.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@Suite struct RecoveryTests {
    static let current = StateFiles.snapshot
    static let previous = StateFiles.previousSnapshot

    /// Snapshots at 12 and 25, segments from 1, 11, 21 and 31, up to 40.
    static var whole: MemoryStateDirectory {
        var disk = MemoryStateDirectory()
        disk.snapshot(previous, at: 12)
        disk.snapshot(current, at: 25, through: 33)
        for first: UInt64 in [1, 11, 21, 31] { disk.segment(first, 10) }
        return disk
    }

    @Test func nothingIsAFreshStart() throws {
        let (recovered, memory) = try #require(MemoryStateDirectory().started())
        #expect(recovered == RecoveryResult() && memory == RecordingSink())
    }

    @Test func rule1TheNewestSnapshotThenTheLog() throws {
        let (recovered, memory) = try #require(Self.whole.started())
        #expect(recovered.snapshot == Self.current && recovered.snapshotSequence == 25)
        #expect(recovered.sequence == 40 && memory.log.map(\.sequence) == Array(26...40))
        #expect(recovered.damaged.isEmpty && recovered.cut.isEmpty)
        #expect(memory.header?.sequence == 25)
        #expect(recovered.lastMoment == memory.log.last?.stamp.moment)
    }

    @Test func rule1ADamagedSnapshotGivesWayToTheOneBefore() throws {
        for at in [3, 40, 300] {
            var disk = Self.whole
            disk.flip(Self.current, at: at)
            let (recovered, memory) = try #require(disk.started(), "byte \(at)")
            #expect(recovered.snapshot == Self.previous && recovered.quarantine == [Self.current])
            #expect(memory.log.map(\.sequence) == Array(13...40))
            #expect(memory.header?.sequence == 12, "the damaged one's entities are forgotten")
        }
        var disk = Self.whole
        disk.files[Self.current] = nil
        let (recovered, memory) = try #require(disk.started())
        #expect(recovered.quarantine.isEmpty && memory.log.map(\.sequence) == Array(13...40))
    }

    @Test func rule1ADamagedSnapshotIsReplacedByTheWholeLogOnly() throws {
        var disk = Self.whole
        disk.flip(Self.current, at: 300)
        disk.flip(Self.previous, at: 300)
        #expect(try #require(disk.started()).1.log.map(\.sequence) == Array(1...40))
        disk.files[StateFiles.segment(1)] = nil
        let faults = disk.refused()
        #expect(faults.map(\.file) == [Self.current, Self.previous, StateFiles.segment(11)])
        #expect(faults.last?.reason == "numbers 1 to 10 are missing before it")
    }

    @Test func rule1TheLogMustReachADamagedSnapshot() {
        var disk = Self.whole
        disk.flip(Self.current, at: 300)
        disk.files[StateFiles.segment(31)] = nil
        #expect(disk.started() != nil, "up to 30 is past 25")
        disk.files[StateFiles.segment(21)] = nil
        #expect(disk.refused().last?.reason.contains("ends at number 20") == true)
        disk.files = disk.files.filter { !$0.key.hasPrefix("wal/") }
        #expect(disk.refused().count == 2, "without any log the older one alone says nothing")
    }

    @Test func rule2MissingNumbersAreDamage() {
        var disk = Self.whole
        disk.files[StateFiles.segment(31)] = nil
        disk.segment(32, 5)
        let fault = disk.refused().last
        #expect(fault?.reason == "number 31 is missing before it")
        #expect(fault?.file == StateFiles.segment(32))
        disk = Self.whole
        disk.segment(21, 12)
        #expect(disk.refused().last?.reason == "number 31 is here and in the segment before")
    }

    @Test func rule2ANameThatLiesIsDamage() {
        var disk = Self.whole
        disk.files[StateFiles.segment(41)] = disk.files[StateFiles.segment(31)]
        #expect(disk.refused().last?.reason == "its header says that it starts at number 31")
    }

    @Test func rule3ATornTailIsCutAndReported() throws {
        var disk = Self.whole
        let path = StateFiles.segment(31)
        let size = try #require(disk.files[path]).count
        disk.files[path]?.removeLast(3)
        let (recovered, memory) = try #require(disk.started())
        #expect(recovered.sequence == 39 && memory.log.last?.sequence == 39)
        let cut = try #require(recovered.cut.first)
        #expect(recovered.cut.count == 1 && cut.file == path)
        #expect(cut.offset + cut.bytes == UInt64(size - 3))
        // An opsd that starts a segment at 40 has seen that.
        disk.segment(40, 4)
        let next = try #require(disk.started())
        #expect(next.0.cut.isEmpty && next.1.log.map(\.sequence) == Array(26...43))
        // At 41, an opsd had seen a whole 40.
        disk.files[StateFiles.segment(40)] = nil
        disk.segment(41, 4)
        let fault = disk.refused().last
        #expect(fault?.file == path && fault?.offset == cut.offset)
        #expect(fault?.reason.contains("record 40: the file ends inside a record") == true)
    }

    @Test func rule3DamageIsRefusedWithFileAndOffset() {
        for (first, at) in [(21, 200), (31, 97), (31, 10)] as [(UInt64, Int)] {
            var disk = Self.whole
            disk.flip(StateFiles.segment(first), at: at)
            let fault = disk.refused().last
            #expect(fault?.file == StateFiles.segment(first) && fault?.kind == .damaged)
            #expect((fault?.offset).map { $0 <= UInt64(at) || at < 96 } == true)
        }
    }

    @Test func rule4ADetachedSegmentWithoutItsSnapshotIsDropped() throws {
        var disk = Self.whole
        disk.files[StateFiles.segment(31)]?.removeLast(3)  // 40 was never durable
        disk.segment(46, 3, isDetached: true)
        disk.segment(49, 2)
        disk.segment(60, 2, isDetached: true)
        let (recovered, memory) = try #require(disk.started())
        #expect(memory.log.map(\.sequence) == Array(26...39) && recovered.cut.count == 1)
        #expect(recovered.removable == [46, 49, 60].map(StateFiles.segment))
    }

    @Test func rule4WithItsSnapshotTheDetachedSegmentIsTheLog() throws {
        var disk = Self.whole
        disk.files[StateFiles.segment(31)]?.removeLast(3)
        disk.segment(46, 3, isDetached: true)
        disk.snapshot(Self.current, at: 45, through: 47)
        let (recovered, memory) = try #require(disk.started())
        #expect(memory.log.map(\.sequence) == [46, 47, 48] && recovered.removable.isEmpty)
    }

    @Test func rule4WhatMayHaveBeenAcknowledgedIsNotDropped() {
        var disk = Self.whole
        disk.segment(46, 3, isDetached: true, named: 45)
        #expect(disk.refused().last?.reason.contains("a snapshot at number 45 or later") == true)
        disk = Self.whole
        disk.segment(46, 3, isDetached: true)
        disk.flip(Self.current, at: 300)
        #expect(disk.refused().last?.file == StateFiles.segment(46))
    }

    @Test func rule5TheLogMustReachWhatTheSnapshotSaw() {
        var disk = Self.whole
        disk.files[StateFiles.segment(31)] = nil
        let fault = disk.refused().last
        #expect(fault?.file == Self.current)
        #expect(fault?.reason.contains("up to number 33, but the log ends at 30") == true)
    }

    @Test func rule6NewerIsRefusedForcedOrNot() {
        var disk = Self.whole
        var forger = Forger()
        forger.record(type: 777, Forger.stamp)
        disk.files = [StateFiles.segment(1): forger.bytes]
        for isForced in [false, true] {
            #expect(disk.refused(isForced: isForced).last?.kind == .newer)
        }
        disk.files = [Self.current: Array("{\"opsd\":\"snapshot\",\"min_reader\":9}\n".utf8)]
        for isForced in [false, true] {
            #expect(disk.refused(isForced: isForced).last?.kind == .newer)
        }
    }

    @Test func filesThatCannotBeReadAreDamage() {
        var recovery = Recovery(Self.whole.listing)
        var memory = RecordingSink()
        recovery.unreadable("Input/output error", into: &memory)
        #expect(recovery.step == .snapshot(Self.previous))
        recovery.unreadable("Input/output error", into: &memory)
        recovery.unreadable("Input/output error", into: &memory)
        guard case .refused(let faults) = recovery.step else { return #expect(Bool(false)) }
        #expect(faults.count == 3 && faults[2].file == StateFiles.segment(1))
    }
}

@Suite struct ForcedRecoveryTests {
    @Test func damageEndsTheLog() throws {
        var disk = RecoveryTests.whole
        disk.flip(StateFiles.segment(21), at: 700)
        let (recovered, memory) = try #require(disk.started(isForced: true))
        #expect(recovered.quarantine == [21, 31].map(StateFiles.segment))
        #expect(memory.log.map(\.sequence) == Array(26..<26 + UInt64(memory.log.count)))
        #expect(recovered.sequence == 25 + UInt64(memory.log.count))
        #expect(!recovered.damaged.isEmpty)
    }

    @Test func gapsEndTheLog() throws {
        var disk = RecoveryTests.whole
        disk.files[StateFiles.segment(21)] = nil
        let (recovered, memory) = try #require(disk.started(isForced: true))
        #expect(recovered.sequence == 25 && memory.log.isEmpty)
        #expect(recovered.quarantine == [StateFiles.segment(31)])
    }

    @Test func withoutAnySnapshotTheLogStartsWhereItCan() throws {
        var disk = RecoveryTests.whole
        disk.files[StateFiles.segment(1)] = nil
        disk.flip(StateFiles.snapshot, at: 300)
        disk.flip(StateFiles.previousSnapshot, at: 300)
        #expect(!disk.refused().isEmpty)
        let (recovered, memory) = try #require(disk.started(isForced: true))
        #expect(memory.log.map(\.sequence) == Array(11...40))
        #expect(recovered.quarantine == [StateFiles.snapshot, StateFiles.previousSnapshot])
    }

    @Test func aLogThatEndsTooEarlyIsTakenAsItIs() throws {
        var disk = RecoveryTests.whole
        disk.files[StateFiles.segment(31)] = nil
        let (recovered, _) = try #require(disk.started(isForced: true))
        #expect(recovered.sequence == 30 && recovered.quarantine.isEmpty)
    }
}

@Suite struct StateFilesTests {
    @Test func names() {
        #expect(StateFiles.segment(1) == "wal/00000000000000000001.wal")
        #expect(StateFiles.segment(.max) == "wal/18446744073709551615.wal")
        let files = StateFiles(
            state: ["snapshot.jsonl.new", "lock", "history"].map { FileEntry(name: $0, bytes: 1) },
            log: [
                "00000000000000000021.wal", "00000000000000000003.wal", "99999999999999999999.wal",
                "00000000000000000000.wal", "0000000000000000001.wal", "+0000000000000000001.wal",
                "00000000000000000099.wal.new", "00000000000000000001.wal.damaged", "core",
            ].map { FileEntry(name: $0, bytes: 2) })
        #expect(files.segments.map(\.first) == [3, 21] && files.snapshots.isEmpty)
        #expect(
            files.leftovers == ["snapshot.jsonl.new", "wal/00000000000000000099.wal.new"])
        #expect(files.strangers.count == 5)
    }

    @Test func onlyWhatTheOlderSnapshotDoesNotNeedMayGo() {
        let files = RecoveryTests.whole.listing
        let gone = [0, 9, 10, 19, 20, 30, 1_000].map { files.disposable(previous: $0).count }
        #expect(gone == [0, 0, 1, 1, 2, 3, 3])
    }

    /// Every crash between two steps of taking a snapshot leaves a start with the same state.
    @Test func everyStepOfASnapshotCanBeTheLast() throws {
        var disk = RecoveryTests.whole
        var steps = [disk]
        disk.snapshot("snapshot.jsonl.new", at: 38, through: 40)
        let new = try #require(disk.files["snapshot.jsonl.new"])
        disk.files["snapshot.jsonl.new"] = Array(new.prefix(new.count / 2))
        steps.append(disk)
        disk.files["snapshot.jsonl.new"] = new
        steps.append(disk)
        disk.files[StateFiles.previousSnapshot] = disk.files[StateFiles.snapshot]
        disk.files[StateFiles.snapshot] = nil
        steps.append(disk)
        disk.files[StateFiles.snapshot] = new
        disk.files["snapshot.jsonl.new"] = nil
        steps.append(disk)
        for path in disk.listing.disposable(previous: 25) {
            disk.files[path] = nil
            steps.append(disk)
        }
        #expect(disk.listing.segments.map(\.first) == [21, 31])
        for (index, step) in steps.enumerated() {
            let (recovered, memory) = try #require(step.started(), "step \(index)")
            #expect(recovered.sequence == 40 && memory.log.last?.sequence == 40)
            // The snapshot may rot afterwards: the other one still carries.
            var rotten = step
            let name = try #require(recovered.snapshot)
            rotten.flip(name, at: 200)
            #expect(rotten.started()?.0.sequence == 40, "step \(index)")
        }
    }
}
