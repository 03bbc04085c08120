// The reply of `hello`, and satellites in `status`.

import OpsCore

extension Satellite {
    /// `hello`: its name, the version of opsd, and which start of it this is.
    func writeHello(_ version: String, _ run: UInt64, to json: inout JSONWriter) {
        json.member("name", text: rawValue)
        json.member("version", text: version)
        json.member("run", text: WorkToken.text(run))
        json.key("protocol")
        json.integer(1)
    }
}

extension [SatelliteReport] {
    /// `"satellites":[{...},...]`; there are six at most.
    func write(_ json: inout JSONWriter) {
        json.key("satellites")
        json.array { json in
            for report in self { json.object { report.writeMembers(to: &$0) } }
        }
    }
}

extension SatelliteReport {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: satellite.rawValue)
        json.key("version")
        if let version { json.string(version) } else { json.null() }
        json.key("connections")
        json.integer(connections)
        json.member("connected_seconds", integer: connectedSeconds)
        json.member("last_request_seconds", integer: lastRequestSeconds)
        json.member("silent", silentSeconds != nil)
    }
}
