// The reply of `audit status`.

import OpsCore

extension AuditChainReport {
    /// The name of the file that is written.
    private static var file: String { "events.ndjson" }

    func writeMembers(to json: inout JSONWriter) {
        json.member("directory", text: directory)
        json.member("file", text: Self.file)
        json.member("seq", integer: head?.sequence)
        json.member("hash", optional: head?.hash.hexadecimal)
        json.member("short", optional: head?.hash.short)
        json.member("through", integer: through)
        json.member("durable_seq", integer: durable?.sequence)
        json.member("durable_hash", optional: durable?.hash.hexadecimal)
        json.member("lost_lines", integer: lostLines)
        json.member("since", seconds: since.map { $0 / 1_000_000_000 })
        json.member("fault", optional: fault)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, optional text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}
