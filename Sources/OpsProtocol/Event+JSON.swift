// Events in the S5-07 shape, with what they are about behind it.

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
        JSONWriter.append(to: &output) { json in json.object { members(&$0) } }
    }

    /// Tells a watcher how many events it has missed.
    package static func writeLostLine(_ count: UInt64, to output: inout [UInt8]) {
        output.append(contentsOf: "event {\"lost\":\(count)}\n".utf8)
    }

    func members(_ json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("event", text: kind.rawValue)
        json.member("cpu", tenths: gauges.cpu)
        json.member("ram", tenths: gauges.memory)
        json.member("disk", tenths: gauges.disk)
        json.member("details", text: details)
        json.member("severity", text: severity.rawValue)
        json.member("timestamp", wall: wall)
        if let network { json.member("ip", network) }
        if let reason { json.member("reason", text: reason) }
        if let source { json.member("source", text: source) }
        if let uid { json.member("uid", integer: uid) }
        if let expires { json.member("expires", seconds: expires) }
        if let subject { subject.members(&json) }
    }
}

extension EventSubject {
    fileprivate func members(_ json: inout JSONWriter) {
        json.member("slo", objective)
        if let alert { json.member("alert", text: alert) }
        if let since { json.member("since", seconds: since) }
        if let peakBurn { json.member("peak_burn", Double(peakBurn) / 1_000, decimals: 3) }
        if let durationSeconds { json.member("duration_seconds", integer: durationSeconds) }
    }
}

extension EventPage {
    func members(_ json: inout JSONWriter, _ budget: PageBudget) {
        json.key("total")
        json.integer(total)
        let last = json.pageRows("events", events, budget) { $1.members(&$0) }
        json.member("next", integer: last?.id ?? next)
    }
}

extension JSONWriter {
    /// Tenths of a per cent as a per cent, or null.
    mutating func member(_ name: StaticString, tenths: UInt16) {
        key(name)
        if tenths == Gauges.absent { return null() }
        number(Double(tenths) / 10, decimals: 1)
    }
}
