// A file of the zone database (TZif, versions 1 to 4) as bytes.
//
// 1. The 64-bit half counts where there is one, and its footer gives what holds after its last
//    change; a file of version 1 ends with its last offset.
// 2. The bytes are not trusted: counts are bounded before anything is read by them, times must
//    ascend, indexes must point into their table, offsets are those that RFC 9636 allows.
// 3. Files with leap seconds (`right/...`) are refused: no log counts them.
//
// Source: RFC 9636, tzfile(5).

extension LogZone {
    /// The largest file that is read, in bytes.
    package static let fileLimitBytes = 65_536

    /// A zone from the bytes of its file, such as /etc/localtime.  `name` is for messages.
    package init(file bytes: Span<UInt8>, name: String) throws(DateFault) {
        guard let reading = ZoneFile.zone(bytes) else {
            throw DateFault(
                message: "\(name): not a file of the time zone database that can be read"
                    + " (TZif, without leap seconds, at most \(Self.fileLimitBytes) bytes)")
        }
        self = reading
    }
}

/// The reading of the bytes.
private enum ZoneFile {
    private static let headerBytes = 44

    /// What a header says about the block after it.
    private struct Header {
        var version: UInt8
        var universalFlags: Int
        var standardFlags: Int
        var leapSeconds: Int
        var times: Int
        var types: Int
        var nameBytes: Int

        /// Bytes of the block, with times of this many bytes.
        func blockBytes(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + nameBytes + leapSeconds * (timeBytes + 4)
                + standardFlags + universalFlags
        }
    }

    static func zone(_ bytes: Span<UInt8>) -> LogZone? {
        guard bytes.count <= LogZone.fileLimitBytes, let first = header(bytes, at: 0) else {
            return nil
        }
        guard first.version >= UInt8(ascii: "2") else {
            return zone(bytes, first, at: headerBytes, timeBytes: 4, rule: nil)
        }
        let second = headerBytes + first.blockBytes(timeBytes: 4)
        guard let header = header(bytes, at: second) else { return nil }
        let block = second + headerBytes
        let footer = block + header.blockBytes(timeBytes: 8)
        guard footer < bytes.count, bytes[footer] == 0x0A else { return nil }
        var text: [UInt8] = []
        var position = footer + 1
        while position < bytes.count, bytes[position] != 0x0A {
            text.append(bytes[position])
            position += 1
        }
        guard position < bytes.count else { return nil }
        var rule: ZoneRule?
        if !text.isEmpty {
            guard let reading = ZoneRule(text) else { return nil }
            rule = reading
        }
        return zone(bytes, header, at: block, timeBytes: 8, rule: rule)
    }

    private static func header(_ bytes: Span<UInt8>, at position: Int) -> Header? {
        guard position >= 0, position + headerBytes <= bytes.count,
            number(bytes, at: position, bytes: 4) == 0x545A_6966
        else { return nil }
        var counts: [Int] = []
        for index in 0..<6 {
            let count = number(bytes, at: position + 20 + index * 4, bytes: 4)
            guard count >= 0, count <= LogZone.fileLimitBytes else { return nil }
            counts.append(Int(count))
        }
        return Header(
            version: bytes[position + 4], universalFlags: counts[0], standardFlags: counts[1],
            leapSeconds: counts[2], times: counts[3], types: counts[4], nameBytes: counts[5])
    }

    private static func zone(
        _ bytes: Span<UInt8>, _ header: Header, at start: Int, timeBytes: Int, rule: ZoneRule?
    ) -> LogZone? {
        guard header.leapSeconds == 0, header.times <= LogZone.transitionLimit,
            (1...256).contains(header.types),
            start + header.blockBytes(timeBytes: timeBytes) <= bytes.count
        else { return nil }
        let indexes = start + header.times * timeBytes
        let types = indexes + header.times
        var offsets: [Int64] = []
        for index in 0..<header.types {
            let offset = number(bytes, at: types + index * 6, bytes: 4)
            guard abs(offset) <= LogZone.offsetLimit else { return nil }
            offsets.append(offset)
        }
        var transitions: [LogZone.Transition] = []
        transitions.reserveCapacity(header.times)
        for index in 0..<header.times {
            let at = number(bytes, at: start + index * timeBytes, bytes: timeBytes)
            let type = Int(bytes[indexes + index])
            guard type < offsets.count, at >= transitions.last?.at ?? .min else { return nil }
            // Some files begin with "the big bang", long before any log.
            let bounded = max(at, -1 << 50)
            guard bounded < 1 << 50 else { return nil }
            transitions.append(LogZone.Transition(at: bounded, offset: offsets[type]))
        }
        return LogZone(first: offsets[0], transitions: transitions, rule: rule)
    }

    /// A big-endian number of two's complement, of 4 or 8 bytes.
    private static func number(_ bytes: Span<UInt8>, at position: Int, bytes count: Int) -> Int64 {
        var value: Int64 = 0
        for index in 0..<count { value = value << 8 | Int64(bytes[position + index]) }
        return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : value
    }
}
