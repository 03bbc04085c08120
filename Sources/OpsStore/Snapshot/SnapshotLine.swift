// The one table of the lines of a snapshot, by the member that each begins with, and who reads and
// writes them.  A domain adds the words of its entries here, a case to write them and a case to
// read them.

package import OpsCore

/// The first member of each kind of line between header and trailer.  Never reused: files outlive
/// versions.  A line that begins with another word is kept unchanged.
package enum SnapshotLine: String, CaseIterable, Sendable {
    case ban
    /// A claim on a network over which another one decides.
    case claim
    case place
    case strikes
    case offense
    case event
    case list
    /// Networks of the list that an earlier line began.
    case listed
    case objective = "slo"
    case objectiveMinutes = "slo_minutes"
    case objectiveHour = "slo_hour"
    case objectiveMinute = "slo_minute"
    case gateOverride = "gate_override"
    case workLast = "work_last"
    case workKind = "work_kind"
    case workItem = "work"
    case incident
    case incidentNote = "incident_note"
    case incidentEvidence = "incident_evidence"
    case silence
    /// The newest numbers of incidents and silences.
    case incidentNumbers = "incident_numbers"
    case costSummary = "cost_summary"
    case costCap = "cost_cap"
    case costModel = "cost_model"
    case costMinutes = "cost_minutes"
    case costHours = "cost_hours"
    case costEntry = "cost_entry"
    case endpoint
    case queue
    case trend
}

extension SnapshotReader {
    /// Reads the rest of a line.
    mutating func read(
        _ line: SnapshotLine, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>,
        into sink: inout some RecoverySink
    ) throws(StoreFault) {
        switch line {
        case .ban: sink.load(try readBan(&cursor, bytes))
        case .claim: sink.load(claim: try readBan(&cursor, bytes, isClaim: true))
        case .place: sink.load(.place(try readPlace(&cursor, bytes)))
        case .strikes: sink.load(try readStrikes(&cursor, bytes))
        case .offense: sink.load(try readOffense(&cursor, bytes))
        case .event: if let event = try readEvent(&cursor, bytes) { sink.load(event) }
        case .list: if let list = try readList(&cursor, bytes) { sink.load(.list(list)) }
        case .listed: if let list = try readListed(&cursor, bytes) { sink.load(.list(list)) }
        case .objective: sink.load(.service(try readObjective(&cursor, bytes)))
        case .objectiveMinutes, .objectiveHour, .objectiveMinute:
            sink.load(.service(try readPeriods(line, &cursor, bytes)))
        case .gateOverride: sink.load(.service(try readOverride(&cursor, bytes)))
        case .workLast:
            sink.load(.work(.last(try readEntity(WorkLastNumber.self, cursor, bytes))))
        case .workKind:
            sink.load(.work(.kind(try readEntity(WorkKindState.self, cursor, bytes))))
        case .workItem: sink.load(.work(.item(try readEntity(WorkItem.self, cursor, bytes))))
        case .incident, .incidentNote, .incidentEvidence, .silence, .incidentNumbers:
            sink.load(.incident(try readIncidentPart(line, cursor, bytes)))
        case .costSummary, .costCap, .costModel, .costMinutes, .costHours, .costEntry:
            sink.load(.cost(try readCost(line, &cursor, bytes)))
        case .endpoint: sink.load(.endpoint(try readEntity(Endpoint.self, cursor, bytes)))
        case .queue: sink.load(.queue(try readEntity(Queue.self, cursor, bytes)))
        case .trend: sink.load(.trend(try readEntity(Trend.self, cursor, bytes)))
        }
    }
}

extension SnapshotWriter {
    /// Appends an entry of a domain a step at a time, `0..<entry.steps`, all of them in order:
    /// between two steps the buffer may be emptied, and nothing else may be appended.
    package mutating func append(_ entry: DomainEntry, step: Int, into buffer: inout [UInt8]) {
        switch entry {
        case .list(let list):
            if step == 0 {
                append(list, into: &buffer)
            } else {
                append(list, chunk: step - 1, into: &buffer)
            }
        case .service(let part): append(part, into: &buffer)
        case .place(let stream): append(stream, into: &buffer)
        case .work(let entry): append(entry, into: &buffer)
        case .incident(let part): append(part, into: &buffer)
        case .cost(let part): append(part, into: &buffer)
        case .endpoint(let endpoint): append(endpoint, into: &buffer)
        case .queue(let queue): append(queue, into: &buffer)
        case .trend(let trend): append(trend, into: &buffer)
        }
    }
}

extension DomainEntry {
    /// The number of steps in which it is appended.
    package var steps: Int {
        switch self {
        case .list(let list): 1 + list.networks.runs.chunkCount
        case .service, .place, .work, .incident, .cost, .endpoint, .queue, .trend: 1
        }
    }
}
