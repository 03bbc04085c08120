// The bytes of the newest fixture: every kind of record and of line is in them, and this version
// writes each as it reads it.  The types in between may change; what is on disk may not.

import Foundation
import OpsCore
import OpsTestKit
import Testing

@testable import OpsStore

/// One record of a segment, by its frame alone.
private struct RecordFrame {
    var type: UInt16
    var end: Int
    /// The first two numbers of its payload: those of a mark.
    var numbers: (UInt64, UInt64)

    /// All of a segment.
    static func all(_ segment: [UInt8]) -> [RecordFrame] {
        let bytes = segment.span
        var frames: [RecordFrame] = []
        var at = SegmentHeader.bytes
        while at < bytes.count {
            let payload = at + RecordFormat.frameBytes
            let end = payload + Int(bytes.number(UInt32.self, at: at))
            frames.append(
                RecordFrame(
                    type: bytes.number(UInt16.self, at: at + 16), end: end,
                    numbers: (
                        bytes.number(UInt64.self, at: payload),
                        bytes.number(UInt64.self, at: payload + 8)
                    )))
            at = end
        }
        return frames
    }
}

@Suite struct FrozenFormatTests {
    /// Types of records that came after the newest fixture; empty again with the next one.
    private static let laterRecords: Set<RecordType> = []
    /// Types of records that are still read, in older fixtures, and no longer written.
    private static let formerRecords: Set<RecordType> = [.confirmed]
    /// The same for kinds of lines.
    private static let laterLines: Set<SnapshotEntryKind> = []

    private let fixture: Fixture

    init() throws { fixture = try Fixture(Fixture.newest) }

    // MARK: The log

    @Test func everyTypeOfRecordIsThere() throws {
        var types: Set<UInt16> = []
        for name in try fixture.segments {
            types.formUnion(RecordFrame.all(try fixture.bytes(name)).map(\.type))
        }
        let known = Set(RecordType.allCases).subtracting(Self.laterRecords)
            .subtracting(Self.formerRecords)
        #expect(types.sorted() == known.map(\.rawValue).sorted())
    }

    /// A segment read, and written again record by record; where a record is not the same, it ends.
    private func rewritten(_ bytes: [UInt8]) throws -> [UInt8] {
        var records: [(Change, Stamp)] = []
        let reading = try LogReader.read(bytes.span) { records.append(($2, $1)) }
        #expect(reading.ending == .clean && reading.goodBytes == UInt64(bytes.count))
        var written: [UInt8] = []
        var writer = SegmentWriter(reading.header, into: &written)
        var next = 0
        for frame in RecordFrame.all(bytes) {
            if frame.type == 0xffff {
                let (durable, snapshot) = frame.numbers
                writer.mark(durable: durable, snapshot: snapshot, into: &written)
            } else if next < records.count {
                writer.append(records[next].0, records[next].1, into: &written)
                next += 1
            }
            if !written.elementsEqual(bytes.prefix(frame.end)) {
                Issue.record("the record of type \(frame.type) that ends at byte \(frame.end)")
                break
            }
        }
        return written
    }

    @Test func everyRecordIsWrittenTheSame() throws {
        for name in try fixture.segments {
            let bytes = try fixture.bytes(name)
            #expect(try rewritten(bytes) == bytes, "\(name)")
        }
    }

    // MARK: Snapshots

    /// Reads a snapshot and writes it again; also what was read.
    private func rewritten(
        _ bytes: [UInt8], isShort: Bool
    ) throws -> (bytes: [UInt8], sink: RecordingSink) {
        var reader = SnapshotReader()
        reader.usesShortWay = isShort
        var sink = RecordingSink()
        try reader.feed(bytes.span, into: &sink)
        let trailer = try reader.finish().1
        #expect(sink.resets == 0, "a good snapshot was thought a bad one")
        return (sink.write(extras: reader.extras, through: trailer.through), sink)
    }

    @Test(arguments: [true, false]) func everyLineIsWrittenTheSame(isShort: Bool) throws {
        for name in fixture.snapshots {
            let bytes = try fixture.bytes(name)
            let (written, sink) = try rewritten(bytes, isShort: isShort)
            let (found, expected) = (SnapshotText.lines(written), SnapshotText.lines(bytes))
            #expect(found.count == expected.count)
            for (line, was) in zip(found, expected) { try #require(line == was, "\(name)") }
            #expect(written == bytes, "\(name)")
            let known = Set(SnapshotEntryKind.allCases).subtracting(Self.laterLines)
            #expect(Set(sink.items.compactMap(\.kind)) == known, "\(name)")
        }
    }

    /// The members that a line may have; nested ones are `items.at` and the like.
    private static let members: [String: String] = [
        "opsd": """
        opsd format min_reader lsn boot_id boot_ns wall_ns offset_ms last_event_id \
        service_offset_ms audit_seq audit_hash later later.of
        """,
        "ban": """
        ban deadline_ms created reason source uid automatic dry_run subnet own \
        confirmed_deadline_ms later later.of
        """,
        "claim": """
        claim deadline_ms created reason source uid automatic dry_run own confirmed_deadline_ms \
        later later.of
        """,
        "place": "place number uid use",
        "strikes": """
        strikes items items.deadline_ms items.at items.weight items.reason items.source \
        items.uid items.own items.seen later later.of
        """,
        "offense": "offense count deadline_ms later later.of",
        "event": """
        event kind severity wall_ns cpu_permille memory_permille disk_permille details network \
        reason source uid expires slo alert since peak_permille duration_seconds work work_kind \
        incident incident_source fingerprint silence model queue endpoint later later.of
        """,
        "slo": """
        slo number baseline_ms alerts alerts.alert alerts.started_ms alerts.peak_permille \
        latency_alerts latency_alerts.alert latency_alerts.started_ms \
        latency_alerts.peak_permille gate gate_since_ms gate_turning_ms later later.of
        """,
        "slo_minutes": "slo_minutes entries",
        "slo_hour": "slo_hour period bins",
        "slo_minute": "slo_minute period bins",
        "gate_override": "gate_override since_ms until_ms reason uid",
        "list": "list deadline_ms committed uid ipv4 ipv6 later later.of",
        "listed": "listed ips",
        "work_last": "work_last",
        "work_kind": """
        work_kind held parked_since next_probe_ms limited_until_ms failures last_success \
        last_failure last_error
        """,
        "work": """
        work kind key payload urgent created deadline_ms expires_ms stage not_before_ms since \
        ended end_number taken failures may_repeat token uid lease_ms receipt error attempts \
        attempts.number attempts.uid attempts.taken attempts.begun attempts.ended \
        attempts.outcome attempts.error later later.of
        """,
        "incident": """
        incident source key keyed severity highest message details links stage rule uid opened \
        updated resolved raises repeats earlier_repeats window_ends_ms window since_ms \
        acknowledged_severity changes flood silence steps pages deadline_ms later later.of
        """,
        "incident_note": "incident_note text uid at",
        "incident_evidence": "incident_evidence text at",
        "silence": """
        silence severity source fingerprint reason uid created silenced deadline_ms later \
        later.of
        """,
        "incident_numbers": "incident_numbers silence",
        "cost_summary": "cost_summary told later later.of",
        "cost_cap": "cost_cap micro_usd",
        "cost_model": "cost_model number told later later.of",
        "cost_minutes": "cost_minutes entries",
        "cost_hours": "cost_hours entries",
        "cost_entry": """
        cost_entry model state micro_usd minute deadline_ms key uid exempt later later.of
        """,
        "queue": """
        queue uid depth head_ms processed failed reported_ms stored_ms progress_ms busy_ms silent \
        points verdicts later later.of
        """,
        "trend": """
        trend size_kib first_hour used_kib first_miss misses_kib guesses later later.of
        """,
        "endpoint": """
        endpoint state since checked reason cert_days hour hours day days deadline_ms later \
        later.of
        """,
        "forecast": "forecast burn windows",
        "end": "end count through crc32c",
    ]

    private static func names(_ value: Any, under prefix: String = "") -> Set<String> {
        var names: Set<String> = []
        if let object = value as? [String: Any] {
            for (name, value) in object {
                names.insert(prefix + name)
                names.formUnion(Self.names(value, under: prefix + name + "."))
            }
        } else if let list = value as? [Any] {
            for value in list { names.formUnion(Self.names(value, under: prefix)) }
        }
        return names
    }

    /// The newer snapshot has every kind of line, and somewhere each of its members.
    @Test func everyMemberIsThere() throws {
        var found: [String: Set<String>] = [:]
        for line in SnapshotText.lines(try fixture.bytes("snapshot.jsonl")) {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            found[SnapshotText.kind(line), default: []].formUnion(Self.names(object))
        }
        #expect(found.keys.sorted() == Self.members.keys.sorted())
        for (kind, members) in Self.members {
            let expected = members.split(separator: " ").map(String.init).sorted()
            #expect(found[kind]?.sorted() == expected, "\(kind)")
        }
    }

    /// A list that is longer than a line, one without an end and one with.
    @Test func longListsAreThere() throws {
        let lines = SnapshotText.lines(try fixture.bytes("snapshot.jsonl"))
        #expect(lines.count { $0.hasPrefix("{\"listed\":\"drop\"") } == 3)
        let lists = lines.filter { $0.hasPrefix("{\"list\":") }
        #expect(lists.count { $0.contains("\"deadline_ms\":null") } == 1 && lists.count == 2)
    }
}
