// The ring file of history: any bytes, and records with a right check.

import OpsCore

/// The first byte chooses: even, the rest is the file; odd, 36 bytes a record, check and slot
/// right.
func fuzzHistory(_ bytes: [UInt8]) throws(Finding) {
    guard let mode = bytes.first else { return }
    var feed = Feed(Array(bytes.dropFirst()))
    var image = mode & 1 == 0 ? feed.rest() : []
    while !feed.isEmpty {
        let body = feed.piece(MinuteRecord.byteCount - 4)
        if body.count < MinuteRecord.byteCount - 4 { break }
        let sum = CRC32C.update(1, body.span)
        image += withUnsafeBytes(of: sum.littleEndian) { Array($0) } + body
    }
    if let record = MinuteRecord(image.span) {
        guard let again = MinuteRecord(record.encoded().span) else {
            throw Finding(description: "what is written again is refused")
        }
        try hold(again.minute == record.minute, "another minute")
    }
    var history = History()
    let restored = history.restore(image.span)
    try hold(restored <= image.count / MinuteRecord.byteCount, "\(restored) minutes")
    let now = Moment(boot: 1, wall: 1_767_225_600_000_000_000)
    for hours in [1, 24, 8_760] {
        for step in [nil, 1, 60, 86_400] {
            let page = history.points(hours: hours, stepSeconds: step, now: now)
            try hold(page.points.count <= History.pageLimit, "\(page.points.count) points")
        }
    }
}
