// The objectives at a glance, as the member `slo` of `status`.

import OpsCore

extension ServiceSummary {
    /// Writes `"slo":{"objectives":3,"firing":1,...,"worst":[{"slo","state"}]}`.
    func writeMember(to json: inout JSONWriter) {
        json.key("slo")
        json.object { json in
            json.key("objectives")
            json.integer(total)
            for state in PromiseState.allCases {
                json.key(text: state.rawValue)
                json.integer(counts[state] ?? 0)
            }
            json.key("worst")
            json.array { json in
                for entry in worst {
                    json.object { json in
                        json.member("slo", text: entry.name.description)
                        json.member("state", text: entry.state.rawValue)
                    }
                }
            }
        }
    }
}
