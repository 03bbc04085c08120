// The inbox in a snapshot: a line for each entity, and one for the newest numbers.

import OpsCore
import OpsProtocol

extension SnapshotWriter {
    /// Appends a part of the inbox.
    mutating func append(_ part: IncidentPart, into buffer: inout [UInt8]) {
        switch part {
        case .numbers(let numbers): append(numbers, into: &buffer)
        case .incident(let incident): append(incident, into: &buffer)
        case .note(let note): append(note, into: &buffer)
        case .evidence(let evidence): append(evidence, into: &buffer)
        case .silence(let silence): append(silence, into: &buffer)
        }
    }

    private mutating func append(_ numbers: IncidentNumbers, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append("{\"incident_numbers\":", numbers.incident)
        buffer.append(",\"silence\":", numbers.silence)
        endLine(start, nil, &buffer)
    }
}

extension SnapshotReader {
    /// Reads the whole line of a part.
    func readIncidentPart(
        _ line: SnapshotLine, _ cursor: JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> IncidentPart {
        switch line {
        case .incident: .incident(try readEntity(Incident.self, cursor, bytes))
        case .incidentNote: .note(try readEntity(IncidentNote.self, cursor, bytes))
        case .incidentEvidence: .evidence(try readEntity(IncidentEvidence.self, cursor, bytes))
        case .silence: .silence(try readEntity(Silence.self, cursor, bytes))
        default: .numbers(try readNumbers(cursor, bytes))
        }
    }

    private func readNumbers(
        _ cursor: JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> IncidentNumbers {
        do throws(EntityFault) {
            var members = try EntityMembers(parsing: bytes)
            return IncidentNumbers(
                incident: try members.integer("incident_numbers"),
                silence: try members.integer("silence"))
        } catch { throw cursor.fault(error.reason) }
    }
}
