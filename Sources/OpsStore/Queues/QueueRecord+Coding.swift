// Records and lines of queues: entities, written as all are.

import OpsCore
import OpsProtocol

extension QueueRecord {
    var recordType: RecordType {
        switch self {
        case .queue(let record): record.kind == .put ? .queuePut : .queueDropped
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .queue(let record): record.encode(into: &output)
        }
    }

    /// Reads the payload after the stamp.
    init(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        self = .queue(
            try EntityRecord(type == .queuePut ? .put : .drop, &cursor, bytes))
    }
}
