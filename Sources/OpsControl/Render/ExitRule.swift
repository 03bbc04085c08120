// From a reply to the exit status, which depends on the answer of the command, on refusals among
// several results, and on changes that are not durable or not enforced.

import OpsProtocol

/// When the answer of a command is a good one.
enum ExitRule: Sendable {
    /// Any `ok` reply is good.
    case done
    /// `ok` is true.
    case ok
    /// No ban was found.
    case notBanned
    /// The request is to be served.
    case allowed
    /// The kernel does what was asked.  `check` does not use this rule: it reports on the kernel
    /// too, but for a ban that somebody else made.
    case enforced
    /// The call may be made, with this model or a cheaper one.
    case notDenied
    /// The gate is open; an unknown state of the gate has an exit status of its own.
    case gateOpen
    /// No queue breaks a promise.
    case noQueueBad
    /// No objective fires.
    case nothingFires
    /// All components work, and the host has no issue; a store that does not work is trouble.
    case healthy

    /// The exit status after an `ok` reply: the worst of its answers.
    func code(of reply: JSONValue) -> ExitCode {
        var worst = ExitCode.done
        if let results = reply["results"] {
            for result in results.elements {
                let code = result["code"]?.text
                worst = max(worst, code.map { ExitCode(code: $0) } ?? answer(result))
            }
        } else {
            worst = answer(reply)
        }
        if reply["durable"]?.bool == false { worst = max(worst, .trouble) }
        if case .enforced = self, reply["enforced"]?.bool == false { worst = max(worst, .trouble) }
        return worst
    }

    private func answer(_ reply: JSONValue) -> ExitCode {
        switch self {
        case .done, .enforced: return .done
        case .ok: return reply["ok"]?.bool == true ? .done : .no
        case .notBanned: return reply["banned"]?.bool == true ? .no : .done
        case .allowed: return reply["allowed"]?.bool == false ? .no : .done
        case .notDenied: return reply["decision"]?.text == "deny" ? .no : .done
        case .gateOpen:
            switch reply["gate"]?.text {
            case "open": return .done
            case "closed": return .no
            default: return .unknown
            }
        case .nothingFires:
            let objectives = reply["objectives"]?.elements ?? []
            return objectives.contains { $0["state"]?.text == "firing" } ? .no : .done
        case .noQueueBad:
            let queues = reply["queues"]?.elements ?? []
            return queues.contains { $0["state"]?.text == "bad" } ? .no : .done
        case .healthy:
            let store = reply["components"]?.elements.first { $0["name"]?.text == "store" }
            if store?["ok"]?.bool == false { return .trouble }
            return reply["ok"]?.bool == true ? .done : .no
        }
    }
}
