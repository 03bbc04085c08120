// Records of the inbox: encoding and its exact inverse, side by side.  Entities are written as all
// are; a raise that was only counted is a few numbers.

import OpsCore
import OpsProtocol

extension IncidentRecord {
    var recordType: RecordType {
        switch self {
        case .incident(let record): record.kind == .put ? .incidentPut : .incidentDropped
        case .repeated: .incidentRepeated
        case .note(let record): record.kind == .put ? .incidentNotePut : .incidentNoteDropped
        case .evidence(let record):
            record.kind == .put ? .incidentEvidencePut : .incidentEvidenceDropped
        case .silence(let record): record.kind == .put ? .silencePut : .silenceDropped
        case .silenced: .silenced
        case .marked: .incidentMarked
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .incident(let record): record.encode(into: &output)
        case .repeated(let record):
            output.append(littleEndian: record.id)
            output.append(littleEndian: UInt8(record.severity.rank))
            output.append(littleEndian: record.raises)
            output.append(littleEndian: record.repeats)
            output.append(littleEndian: record.updated)
        case .note(let record): record.encode(into: &output)
        case .evidence(let record): record.encode(into: &output)
        case .silence(let record): record.encode(into: &output)
        case .silenced(let id, let count):
            output.append(littleEndian: id)
            output.append(littleEndian: count)
        case .marked(let marks): marks.encode(into: &output)
        }
    }

    /// Reads the payload after the stamp.
    init(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        switch type {
        case .incidentPut: self = .incident(try EntityRecord(.put, &cursor, bytes))
        case .incidentDropped: self = .incident(try EntityRecord(.drop, &cursor, bytes))
        case .incidentRepeated:
            self = .repeated(
                IncidentRepeat(
                    id: try cursor.number(bytes), severity: try cursor.severity(bytes),
                    raises: try cursor.number(bytes), repeats: try cursor.number(bytes),
                    updated: try cursor.wallSeconds(bytes)))
        case .incidentNotePut: self = .note(try EntityRecord(.put, &cursor, bytes))
        case .incidentNoteDropped: self = .note(try EntityRecord(.drop, &cursor, bytes))
        case .incidentEvidencePut: self = .evidence(try EntityRecord(.put, &cursor, bytes))
        case .incidentEvidenceDropped: self = .evidence(try EntityRecord(.drop, &cursor, bytes))
        case .silencePut: self = .silence(try EntityRecord(.put, &cursor, bytes))
        case .silenceDropped: self = .silence(try EntityRecord(.drop, &cursor, bytes))
        case .silenced:
            self = .silenced(id: try cursor.number(bytes), count: try cursor.number(bytes))
        case .incidentMarked: self = .marked(try PageMarks(&cursor, bytes))
        default: throw cursor.malformed("not a record of the inbox")
        }
    }
}

extension PayloadCursor {
    fileprivate mutating func severity(_ bytes: Span<UInt8>) throws(StoreFault) -> Severity {
        let start = self
        let rank = Int(try number(UInt8.self, bytes))
        guard let severity = Severity.allCases.first(where: { $0.rank == rank }) else {
            throw StoreFault(.newer, "unknown severity \(rank)", offset: start.at)
        }
        return severity
    }

    /// Wall clock seconds since 1970.
    mutating func wallSeconds(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        let start = self
        let seconds = try number(Int64.self, bytes)
        guard Bounds.wallMilliseconds.contains(seconds.multipliedReportingOverflow(by: 1_000).0),
            seconds.magnitude < 1 << 40
        else { throw start.malformed("\(seconds) is not a valid time of day") }
        return seconds
    }
}
