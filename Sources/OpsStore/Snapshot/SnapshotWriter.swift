// A snapshot as JSON Lines, an entity a line, into a buffer the caller owns and empties to disk as
// it likes.  The machine fields are exact (boot time, milliseconds); for people:
//
//     jq -r '.offset_ms as $o | inputs | select(.ban)
//            | [.ban, (if .deadline_ms then (.deadline_ms + $o) / 1000 | floor | todate
//                      else "permanent" end), .reason] | @tsv' snapshot.jsonl
//
// Members of an entity are written in a fixed order: the reader's short way knows it.

package import OpsCore

/// Writes one snapshot: header, entities in any order, trailer.
package struct SnapshotWriter: Sendable {
    /// Strikes in one line; an address with more gets more lines.
    static let strikesPerLine = 256
    let extras: SnapshotExtras
    private var checksum: UInt32 = 0
    var count: UInt64 = 0
    private var shortLine = ShortBanLine()

    /// Begins a snapshot.
    /// - Parameter extras: what recovery found in the one before that this version does not know.
    package init(
        _ header: SnapshotHeader, extras: SnapshotExtras = SnapshotExtras(),
        into buffer: inout [UInt8]
    ) {
        self.extras = extras
        let start = buffer.count
        buffer.append("{\"opsd\":\"snapshot\",\"format\":", SnapshotHeader.format)
        buffer.append(",\"min_reader\":", header.minReader)
        buffer.append(",\"lsn\":", header.sequence)
        buffer.append(",\"boot_id\":\"")
        buffer.appendUUID(header.bootID)
        buffer.append("\",\"boot_ns\":", header.taken.boot)
        buffer.append(",\"wall_ns\":", header.taken.wall)
        buffer.append(",\"offset_ms\":", header.clockOffset)
        buffer.append(",\"last_event_id\":", header.lastEventID)
        buffer.append(",\"service_offset_ms\":", header.serviceOffset)
        end(start, extras.header.isEmpty ? nil : extras.header, &buffer)
        for line in extras.lines {
            let start = buffer.count
            buffer.append(contentsOf: line.utf8)
            buffer.append(0x0a)
            add(start, buffer)
        }
        count = UInt64(extras.lines.count)
    }

    package mutating func append(_ ban: Ban, into buffer: inout [UInt8]) {
        let start = buffer.count
        let extra = extras[.ban(ban.network, created: ban.created)]
        if extra == nil && shortLine.append(ban, into: &buffer) {
            add(start, buffer)
        } else {
            buffer.append(ban)
            end(start, extra, &buffer)
        }
        count += 1
    }

    /// Strikes of one address, oldest first; none writes nothing.
    package mutating func append(_ strikes: [Strike], into buffer: inout [UInt8]) {
        var rest = strikes[...]
        while let network = rest.first?.network {
            let start = buffer.count
            buffer.append("{\"strikes\":\"")
            network.write(to: &buffer)
            buffer.append("\",\"items\":[")
            for (index, strike) in rest.prefix(Self.strikesPerLine).enumerated() {
                if index > 0 { buffer.append(0x2c) }
                append(strike, &buffer)
            }
            buffer.append(0x5d)
            rest = rest.dropFirst(Self.strikesPerLine)
            endLine(start, extras[.strikes(network)], &buffer)
        }
    }

    private func append(_ strike: Strike, _ buffer: inout [UInt8]) {
        buffer.append("{\"deadline_ms\":", strike.deadline)
        buffer.append(",\"at\":", strike.at)
        buffer.append(",\"weight\":", strike.weight)
        buffer.append(",\"reason\":", json: strike.reason)
        buffer.append(",\"source\":", json: strike.source)
        buffer.append(",\"uid\":", strike.uid)
        if let extra = extras[.strike(strike.network, deadline: strike.deadline)] {
            buffer.append(0x2c)
            buffer.append(contentsOf: extra.utf8)
        }
        buffer.append(0x7d)
    }

    package mutating func append(_ offense: Offense, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append("{\"offense\":\"")
        offense.network.write(to: &buffer)
        buffer.append("\",\"count\":", offense.count)
        buffer.append(",\"deadline_ms\":", offense.deadline)
        endLine(start, extras[.offense(offense.network)], &buffer)
    }

    package mutating func append(_ event: Event, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append("{\"event\":", event.id)
        buffer.append(",\"kind\":", json: event.kind.rawValue)
        buffer.append(",\"severity\":", json: event.severity.rawValue)
        buffer.append(",\"wall_ns\":", event.wall)
        buffer.appendGauge(",\"cpu_permille\":", event.gauges.cpu)
        buffer.appendGauge(",\"memory_permille\":", event.gauges.memory)
        buffer.appendGauge(",\"disk_permille\":", event.gauges.disk)
        buffer.append(",\"details\":", json: event.details)
        if let network = event.network {
            buffer.append(",\"network\":\"")
            network.write(to: &buffer)
            buffer.append(0x22)
        }
        buffer.append(",\"reason\":", json: event.reason)
        buffer.append(",\"source\":", json: event.shownSource)
        buffer.append(",\"uid\":", event.uid)
        buffer.append(",\"expires\":", event.expires)
        for field in event.subject?.fields ?? [] { append(field, &buffer) }
        endLine(start, extras[.event(event.id)], &buffer)
    }

    private func append(_ field: SubjectField, _ buffer: inout [UInt8]) {
        guard let name = field.stored else { return }
        buffer.append(",\"")
        buffer.append(name)
        buffer.append("\":")
        switch field.value {
        case .text(let text): buffer.appendJSON(text)
        case .integer(let number), .time(let number), .thousandths(let number):
            buffer.appendDecimal(number)
        }
    }

    /// Ends the snapshot.  `through`: the log's last sequence number now; it must be durable before
    /// the snapshot gets its name.
    package mutating func finish(through: UInt64, into buffer: inout [UInt8]) {
        SnapshotTrailer(count: count, through: through).encode(checksum, into: &buffer)
    }

    /// Ends a line that counts.
    mutating func endLine(_ start: Int, _ extra: String?, _ buffer: inout [UInt8]) {
        count += 1
        end(start, extra, &buffer)
    }

    /// Closes the object that starts at `start`, and its line.
    mutating func end(_ start: Int, _ extra: String?, _ buffer: inout [UInt8]) {
        if let extra {
            buffer.append(0x2c)
            buffer.append(contentsOf: extra.utf8)
        }
        buffer.append(0x7d)
        buffer.append(0x0a)
        add(start, buffer)
    }

    private mutating func add(_ start: Int, _ buffer: borrowing [UInt8]) {
        checksum = CRC32C.update(checksum, buffer.span.extracting(start..<buffer.count))
    }
}

extension SnapshotTrailer {
    /// What the trailer's line begins with, and no other line does.
    static let opening: StaticString = "{\"end\":"

    /// Appends the line; `before` is the checksum of all lines before.  The sum covers this line
    /// too, up to its own digits.
    func encode(_ before: UInt32, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append(Self.opening)
        buffer.append("\"snapshot\",\"count\":", count)
        buffer.append(",\"through\":", through)
        buffer.append(",\"crc32c\":\"")
        let sum = CRC32C.update(before, buffer.span.extracting(start..<buffer.count))
        buffer.appendHex(UInt64(sum), digits: 8)
        buffer.append("\"}\n")
    }
}
