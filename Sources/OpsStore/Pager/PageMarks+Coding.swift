// How pages stand, as a record of the log:
//
//     channel | item u64 | in digest u8 | end, or an empty text | at i64 | count u16
//     | (incident u64 | number u32 | reason) of each page

import OpsCore

extension PageMarks {
    /// The longest word of a reason or an end, bytes.
    private static let wordBytes = 24

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(channel, limit: PagerChannel.nameBytes)
        output.append(littleEndian: item)
        output.append(littleEndian: UInt8(isInDigest ? 1 : 0))
        output.append(end?.rawValue ?? "", limit: Self.wordBytes)
        output.append(littleEndian: at)
        output.append(littleEndian: UInt16(pages.count))
        for page in pages {
            output.append(littleEndian: page.incident)
            output.append(littleEndian: page.number)
            output.append(page.reason.rawValue, limit: Self.wordBytes)
        }
    }

    /// Reads the payload after the stamp.
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let start = cursor
        let channel = try cursor.string(limit: PagerChannel.nameBytes, bytes)
        let item = try cursor.number(UInt64.self, bytes)
        let isInDigest = try cursor.flag(bytes)
        let end = try cursor.string(limit: Self.wordBytes, bytes)
        let at = try cursor.wallSeconds(bytes)
        let count = Int(try cursor.number(UInt16.self, bytes))
        guard count <= Self.limit else {
            throw start.malformed("\(count) pages: expected at most \(Self.limit)")
        }
        var pages: [MarkedPage] = []
        for _ in 0..<count {
            let incident = try cursor.number(UInt64.self, bytes)
            let number = try cursor.number(UInt32.self, bytes)
            let reason = try cursor.string(limit: Self.wordBytes, bytes)
            guard let reason = PageReason(rawValue: reason) else {
                throw StoreFault(.newer, "unknown reason \"\(reason)\"", offset: start.at)
            }
            pages.append(MarkedPage(incident: incident, reason: reason, number: number))
        }
        guard end.isEmpty || PageEnd(rawValue: end) != nil else {
            throw StoreFault(.newer, "unknown end \"\(end)\"", offset: start.at)
        }
        self.init(
            channel: channel, item: item, isInDigest: isInDigest, end: PageEnd(rawValue: end),
            at: at, pages: pages)
    }
}
