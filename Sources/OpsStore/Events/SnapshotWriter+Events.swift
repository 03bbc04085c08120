// Event lines of a snapshot.

package import OpsCore

extension SnapshotWriter {
    /// Appends an event of the tail; they go in the order of their ids.
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
}
