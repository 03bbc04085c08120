// Entities in a snapshot: one line each, their objects unchanged.

import OpsCore
import OpsProtocol

extension SnapshotWriter {
    /// Appends an entity.
    mutating func append(_ entity: some CodedEntity, into buffer: inout [UInt8]) {
        let start = buffer.count
        // The closing brace is left off: ending the line appends it.
        buffer.append(contentsOf: entity.encoded.dropLast())
        endLine(start, nil, &buffer)
    }
}

extension SnapshotReader {
    /// Reads the whole line of an entity.
    func readEntity<Item: CodedEntity>(
        _ type: Item.Type, _ cursor: JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Item {
        do throws(EntityFault) {
            return try Item(parsing: bytes)
        } catch { throw cursor.fault(error.reason) }
    }
}
