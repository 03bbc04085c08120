// The fast path of `list add TOKEN IP,IP,...`: no word becomes a String.  It accepts only correct
// requests in this form; for all others it returns nil, and the table parses them.

import OpsCore

extension RequestParser {
    static func parseListAdd(_ line: Span<UInt8>) -> (command: Command, row: CommandRow)? {
        guard let row = CommandTable.listAdd else { return nil }
        var at = 9  // after "list add "
        var token: UInt64 = 0
        while at < line.count, case let digit = line[at] &- 0x30, digit < 10 {
            // The token has too many digits, or a leading zero.
            if at == 27 || (token == 0 && at > 9) { return nil }
            token = token * 10 + UInt64(digit)
            at += 1
        }
        guard at > 9, at < line.count, line[at] == 0x20 else { return nil }
        at += 1
        var targets: [Target] = []
        targets.reserveCapacity(min((line.count - at) / 12 + 1, ListBounds.entriesAtOnce))
        while true {
            var end = at
            while end < line.count && line[end] != 0x2c { end &+= 1 }
            guard targets.count < ListBounds.entriesAtOnce,
                let target = try? Target(parsing: line.extracting(at..<end))
            else { return nil }
            targets.append(target)
            if end == line.count { return (.list(.add(token: token, targets)), row) }
            at = end + 1
        }
    }
}
