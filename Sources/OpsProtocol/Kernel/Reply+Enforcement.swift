// Whether the kernel enforces a ban, in replies.  These members are present only if bans are
// enforced.

import OpsCore

extension Enforcement {
    /// `,"enforced":true`, or false and why.
    @inline(__always)
    func write(to output: inout OutputSpan<UInt8>) {
        switch self {
        case .enforced: output.member(#","enforced":"#, true)
        case .pending: output.member(#","enforced":"#, false)
        case .refused(let name):
            output.member(#","enforced":"#, false)
            output.member(#","enforce_error":"#, text: name)
        }
    }

    /// Writes the same members to a `JSONWriter`.
    func writeMembers(to json: inout JSONWriter) {
        json.member("enforced", self == .enforced)
        if case .refused(let name) = self { json.member("enforce_error", text: name) }
    }

    /// The most bytes that these members take.
    var limitBytes: Int {
        if case .refused(let name) = self { return 64 + JSONText.limitBytes(of: name) }
        return 32
    }
}

extension [DroppedBy] {
    /// `dropped`, one object per set.
    func writeMembers(to json: inout JSONWriter) {
        if isEmpty { return }
        json.key("dropped")
        json.array { json in
            for count in self {
                json.object { json in
                    json.member("set", text: count.set)
                    json.key("packets")
                    json.integer(count.packets)
                    json.key("bytes")
                    json.integer(count.bytes)
                }
            }
        }
    }
}

extension AuditReport {
    /// `enforce verify` and `enforce repair`.
    func writeMembers(to json: inout JSONWriter) {
        json.member("ok", isOK || isRepaired == true)
        if let isRepaired { json.member("repaired", isRepaired) }
        json.key("elements")
        json.integer(elements)
        json.key("missing")
        json.integer(missing)
        json.key("extra")
        json.integer(extra)
        json.key("wrong_end")
        json.integer(wrong)
        json.member("altered", isAltered)
        json.key("examples")
        json.array { json in for example in examples { json.string(example) } }
    }
}
