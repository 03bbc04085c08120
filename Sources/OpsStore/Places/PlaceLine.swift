// The last place of a stream: a member of log records, and a line of a snapshot.

import OpsCore

extension Place {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(stream, limit: Bounds.streamBytes)
        output.append(littleEndian: number)
        output.append(littleEndian: uid)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            stream: try cursor.string(limit: Bounds.streamBytes, bytes),
            number: try cursor.number(bytes), uid: try cursor.number(bytes))
    }
}

extension SnapshotWriter {
    mutating func append(_ entry: StreamPlace, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append("{\"place\":", json: entry.place.stream)
        buffer.append(",\"number\":", entry.place.number)
        buffer.append(",\"uid\":", entry.place.uid)
        buffer.append(",\"use\":", entry.use)
        endLine(start, extras[.place(entry.place.stream, use: entry.use)], &buffer)
    }
}

extension SnapshotReader {
    mutating func readPlace(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> StreamPlace {
        let stream = try cursor.string(limit: Bounds.streamBytes, bytes)
        var (number, use): (UInt64?, UInt64?)
        var uid: UInt32?
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            switch name {
            case "number": number = try cursor.integer(bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "use": use = try cursor.integer(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        let entry = StreamPlace(
            Place(
                stream: stream, number: try cursor.require(number, "number"),
                uid: try cursor.require(uid, "uid")),
            use: try cursor.require(use, "use"))
        if !unknown.text.isEmpty {
            extras.keep(unknown.text, for: .place(stream, use: entry.use))
        }
        return entry
    }
}
