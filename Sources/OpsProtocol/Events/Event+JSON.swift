// Events in the S5-07 form, followed by what they are about.

package import OpsCore

extension Event {
    /// Appends `event {...}` and LF, for watchers.
    package func writeLine(to output: inout [UInt8]) {
        output.append(contentsOf: "event ".utf8)
        writeObject(to: &output)
        output.append(0x0a)
    }

    /// Appends `{...}`, as in `events.ndjson`.
    package func writeObject(to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in json.object { writeMembers(to: &$0) } }
    }

    /// Tells a watcher how many events it has missed.
    package static func writeLostLine(_ count: UInt64, to output: inout [UInt8]) {
        output.append(contentsOf: "event {\"lost\":\(count)}\n".utf8)
    }

    /// Tells a watcher that at most this many events of its topics before that id are not kept.
    package static func writeMissingLine(
        _ count: UInt64, before id: UInt64, to output: inout [UInt8]
    ) {
        output.append(contentsOf: "event {\"lost\":\(count),\"before\":\(id)}\n".utf8)
    }

    func writeMembers(to json: inout JSONWriter) {
        json.appendMembers(limitBytes: limitBytes) { write(to: &$0) }
        for field in subject?.fields ?? [] { json.member(field) }
    }

    /// The most bytes the members take.
    private var limitBytes: Int {
        400 + JSONText.limitBytes(of: details) + JSONText.limitBytes(of: reason ?? "")
            + JSONText.limitBytes(of: shownSource ?? "")
    }

    private func write(to output: inout OutputSpan<UInt8>) {
        output.member(#""id":"#, integer: id)
        output.member(#","event":"#, text: kind.rawValue)
        output.member(#","cpu":"#, tenths: gauges.cpu)
        output.member(#","ram":"#, tenths: gauges.memory)
        output.member(#","disk":"#, tenths: gauges.disk)
        output.member(#","details":"#, text: details)
        output.member(#","severity":"#, text: severity.rawValue)
        output.member(#","timestamp":"#, wall: wall)
        if let network { output.member(#","ip":"#, network) }
        if let reason { output.member(#","reason":"#, text: reason) }
        if let source = shownSource { output.member(#","source":"#, text: source) }
        if let uid { output.member(#","uid":"#, integer: uid) }
        if let expires { output.member(#","expires":"#, seconds: expires) }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ field: SubjectField) {
        switch field.value {
        case .text(let text): member(field.name, text: text)
        case .integer(let number): member(field.name, integer: number)
        case .time(let seconds): member(field.name, seconds: seconds)
        case .thousandths(let number):
            member(field.name, Double(number) / 1_000, decimals: 3)
        }
    }
}
