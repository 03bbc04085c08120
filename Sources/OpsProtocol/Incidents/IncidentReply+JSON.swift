// The replies about incidents and silences.

import OpsCore

extension IncidentReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .raised(let raised): raised.writeMembers(to: &json)
        case .changed(let incident): incident.writeShown(to: &json)
        case .noted(let id, let number):
            json.member("id", integer: id)
            json.member("note", integer: number)
        case .shown(let view): view.writeMembers(to: &json)
        case .page(let page): page.writeMembers(to: &json, budget)
        case .summary(let summary): summary.writeMembers(to: &json)
        case .silence(let view): view.writeMembers(to: &json)
        case .silences(let views):
            json.list("silences", views) { json, view in
                json.object { view.writeMembers(to: &$0) }
            }
        }
    }
}

extension Raised {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("id", integer: incident.id)
        json.member("fingerprint", text: incident.fingerprint)
        json.member("new", outcome == .opened)
        json.member("suppressed", outcome.isSuppressed)
        json.member("outcome", text: outcome.rawValue)
        json.member("count", integer: incident.raises)
        json.member("severity", text: incident.highest.rawValue)
        json.member("stage", text: incident.stage.rawValue)
        json.member("silenced", integer: incident.silence)
        if isFlooded { json.member("flood", true) }
    }
}

extension IncidentPage {
    /// The incidents that fit, then `total` and `next`.
    fileprivate func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        let last = json.pageRows("incidents", incidents, budget) { json, incident in
            incident.writeShown(to: &json)
        }
        json.member("total", integer: total)
        json.member("next", integer: last?.id ?? next)
    }
}
