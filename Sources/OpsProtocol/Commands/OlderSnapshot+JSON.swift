// The reply of `snapshot for=...`.

import OpsCore

extension OlderSnapshot {
    /// Each kind that can be left out is there, with 0 too.
    func writeMembers(to json: inout JSONWriter) {
        json.key("lsn")
        json.integer(sequence)
        json.key("for")
        json.string(release.rawValue)
        json.key("directory")
        json.string(directory)
        json.key("left_out")
        json.object { json in
            for kind in LeftOut.allCases {
                json.key(text: kind.rawValue)
                json.integer(leftOut[kind] ?? 0)
            }
        }
    }
}
