// Records of what fills up: entities, written as all are.

import OpsCore
import OpsProtocol

extension TrendRecord {
    var recordType: RecordType {
        switch self {
        case .put: .trendPut
        case .drop: .trendDropped
        }
    }

    private var entity: EntityRecord<Trend> {
        switch self {
        case .put(let trend, let event): .put(trend, event: event)
        case .drop(let id, let event): .drop(id, event: event)
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) { entity.encode(into: &output) }

    /// Reads the payload after the stamp.
    init(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        switch try EntityRecord<Trend>(type == .trendPut ? .put : .drop, &cursor, bytes) {
        case .put(let trend, let event): self = .put(trend, event: event)
        case .drop(let id, let event): self = .drop(id, event: event)
        }
    }
}
