// Work in a snapshot: a line for the last number, for each kind and for each item.

import OpsCore

extension SnapshotWriter {
    mutating func append(_ entry: WorkEntry, into buffer: inout [UInt8]) {
        switch entry {
        case .last(let last): append(last, into: &buffer)
        case .kind(let state): append(state, into: &buffer)
        case .item(let item): append(item, into: &buffer)
        }
    }
}
