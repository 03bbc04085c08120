// The files in which the detector keeps how far it has read: any bytes are read, whole or as
// damaged, and what was read is written and read again as the same.

import OpsCore

@testable import OpsWatch

/// The first byte chooses: 0, the file of positions; 1, its lines without their checksums, which
/// are put behind them; 2 and 3, the same of the file of the journal's position.
func fuzzPositions(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    switch first & 3 {
    case 0: try positions(rest)
    case 1:
        var file: [UInt8] = []
        let empty = PositionStore.text(of: StoredPositions())
        file += empty[...(empty.firstIndex(of: 0x0a) ?? 0)]
        for line in rest.split(separator: 0x0a) {
            file += line
            let sum = PositionText.hexadecimal(UInt64(CRC32C.of(Array(line))))
            file += " crc=\(sum.suffix(8))\n".utf8
        }
        try positions(file)
    case 2: try journal(rest)
    default: try journal(rest + "end crc=\(String(CRC32C.of(rest), radix: 16))\n".utf8)
    }
}

private func positions(_ bytes: [UInt8]) throws(Finding) {
    let (found, _) = PositionStore.parse(bytes[...])
    for file in found.files {
        try hold(file.generations.count <= 2 && file.ends.count == 2, "\(file)")
        for one in file.generations { try hold(one.offset >= 0 && one.base >= 0, "\(one)") }
    }
    let written = PositionStore.text(of: found)
    let (again, isWhole) = PositionStore.parse(written[...])
    try hold(isWhole, "damaged when it is written: \(found)")
    try hold(again == found, "\(found) is read again as \(again)")
}

private func journal(_ bytes: [UInt8]) throws(Finding) {
    guard let found = JournalStore.parse(bytes) else { return }
    let again = JournalStore.parse(JournalStore.text(found))
    try hold(again == found, "\(found) is read again as \(again.map { "\($0)" } ?? "nothing")")
}
