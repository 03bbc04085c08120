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
    /// - Parameters:
    ///   - extras: what recovery found in the one before that this version does not know.
    ///   - minReader: the oldest reader that understands all that is to come.
    package init(
        _ header: SnapshotHeader, extras: SnapshotExtras = SnapshotExtras(), minReader: Int = 1,
        into buffer: inout [UInt8]
    ) {
        self.extras = extras
        let start = buffer.count
        buffer.put("{\"opsd\":\"snapshot\",\"format\":")
        buffer.putDecimal(SnapshotHeader.format)
        buffer.put(",\"min_reader\":")
        buffer.putDecimal(header.hasDryRuns ? 2 : minReader)
        buffer.put(",\"lsn\":")
        buffer.putDecimal(header.sequence)
        buffer.put(",\"boot_id\":\"")
        buffer.putUUID(header.bootID)
        buffer.put("\",\"boot_ns\":")
        buffer.putDecimal(header.taken.boot)
        buffer.put(",\"wall_ns\":")
        buffer.putDecimal(header.taken.wall)
        buffer.put(",\"offset_ms\":")
        buffer.putDecimal(header.clockOffset)
        buffer.put(",\"last_event_id\":")
        buffer.putDecimal(header.lastEventID)
        if let offset = header.serviceOffset {
            buffer.put(",\"service_offset_ms\":")
            buffer.putDecimal(offset)
        }
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
        if extra == nil && shortLine.put(ban, into: &buffer) {
            add(start, buffer)
        } else {
            buffer.put(ban)
            end(start, extra, &buffer)
        }
        count += 1
    }

    /// Strikes of one address, oldest first; none writes nothing.
    package mutating func append(_ strikes: [Strike], into buffer: inout [UInt8]) {
        var rest = strikes[...]
        while let network = rest.first?.network {
            let start = buffer.count
            buffer.put("{\"strikes\":\"")
            network.write(to: &buffer)
            buffer.put("\",\"items\":[")
            for (index, strike) in rest.prefix(Self.strikesPerLine).enumerated() {
                if index > 0 { buffer.append(0x2c) }
                put(strike, &buffer)
            }
            buffer.append(0x5d)
            rest = rest.dropFirst(Self.strikesPerLine)
            count += 1
            end(start, extras[.strikes(network)], &buffer)
        }
    }

    private func put(_ strike: Strike, _ buffer: inout [UInt8]) {
        buffer.put("{\"deadline_ms\":")
        buffer.putDecimal(strike.deadline)
        buffer.put(",\"at\":")
        buffer.putDecimal(strike.at)
        buffer.put(",\"weight\":")
        buffer.putDecimal(strike.weight)
        buffer.put(",\"reason\":")
        buffer.putJSON(strike.reason)
        buffer.put(",\"source\":")
        buffer.putJSON(strike.source)
        buffer.put(",\"uid\":")
        buffer.putDecimal(strike.uid)
        if let extra = extras[.strike(strike.network, deadline: strike.deadline)] {
            buffer.append(0x2c)
            buffer.append(contentsOf: extra.utf8)
        }
        buffer.append(0x7d)
    }

    package mutating func append(_ offense: Offense, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.put("{\"offense\":\"")
        offense.network.write(to: &buffer)
        buffer.put("\",\"count\":")
        buffer.putDecimal(offense.count)
        buffer.put(",\"deadline_ms\":")
        buffer.putDecimal(offense.deadline)
        count += 1
        end(start, extras[.offense(offense.network)], &buffer)
    }

    package mutating func append(_ event: Event, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.put("{\"event\":")
        buffer.putDecimal(event.id)
        buffer.put(",\"kind\":")
        buffer.putJSON(event.kind.rawValue)
        buffer.put(",\"severity\":")
        buffer.putJSON(event.severity.rawValue)
        buffer.put(",\"wall_ns\":")
        buffer.putDecimal(event.wall)
        buffer.putGauge(",\"cpu_permille\":", event.gauges.cpu)
        buffer.putGauge(",\"memory_permille\":", event.gauges.memory)
        buffer.putGauge(",\"disk_permille\":", event.gauges.disk)
        buffer.put(",\"details\":")
        buffer.putJSON(event.details)
        if let network = event.network {
            buffer.put(",\"network\":\"")
            network.write(to: &buffer)
            buffer.append(0x22)
        }
        if let reason = event.reason {
            buffer.put(",\"reason\":")
            buffer.putJSON(reason)
        }
        if let source = event.source {
            buffer.put(",\"source\":")
            buffer.putJSON(source)
        }
        if let uid = event.uid {
            buffer.put(",\"uid\":")
            buffer.putDecimal(uid)
        }
        if let expires = event.expires {
            buffer.put(",\"expires\":")
            buffer.putDecimal(expires)
        }
        if let subject = event.subject { put(subject, &buffer) }
        count += 1
        end(start, extras[.event(event.id)], &buffer)
    }

    private func put(_ subject: EventSubject, _ buffer: inout [UInt8]) {
        buffer.put(",\"slo\":")
        buffer.putJSON(subject.objective.description)
        if let alert = subject.alert {
            buffer.put(",\"alert\":")
            buffer.putJSON(alert)
        }
        if let since = subject.since {
            buffer.put(",\"since\":")
            buffer.putDecimal(since)
        }
        if let peak = subject.peakBurn {
            buffer.put(",\"peak_permille\":")
            buffer.putDecimal(peak)
        }
        if let duration = subject.durationSeconds {
            buffer.put(",\"duration_seconds\":")
            buffer.putDecimal(duration)
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
        buffer.put(Self.opening)
        buffer.put("\"snapshot\",\"count\":")
        buffer.putDecimal(count)
        buffer.put(",\"through\":")
        buffer.putDecimal(through)
        buffer.put(",\"crc32c\":\"")
        let sum = CRC32C.update(before, buffer.span.extracting(start..<buffer.count))
        buffer.putHex(UInt64(sum), digits: 8)
        buffer.put("\"}\n")
    }
}
