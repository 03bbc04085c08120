// What opsctl tells the shell.  Of several answers the worst decides, and worse is higher.

import OpsCore
package import OpsProtocol

/// The exit statuses of opsctl, from best to worst.
package enum ExitCode: Int32, Comparable, CaseIterable, Sendable {
    case done = 0
    /// The answer is no: `check` found a ban, `hit` was refused, `health` is not ok, `enforce verify`
    /// found a difference, the gate is closed.
    case no = 1
    /// The words are wrong: usage, bad-request, bad-argument, unknown-command, too-long.
    case usage = 2
    /// The daemon cannot be reached, does not answer, or went away.
    case unreachable = 3
    /// forbidden, refused, not-found, too-many.
    case refused = 4
    /// busy, degraded, internal; and a change that is not durable, or not enforced.
    case trouble = 5
    /// `gate check` cannot tell; or a code that this opsctl does not know.
    case unknown = 6

    package static func < (one: ExitCode, other: ExitCode) -> Bool {
        one.rawValue < other.rawValue
    }

    /// The status for a code of an `err` reply, or of a refusal among `results`.
    package init(code: String) {
        switch RefusalCode(rawValue: code) {
        case .badRequest, .unknownCommand, .badArgument, .tooLong: self = .usage
        case .forbidden, .refused, .notFound, .tooMany: self = .refused
        case .busy, .degraded, .internal: self = .trouble
        case nil: self = .unknown
        }
    }

    /// The status for an answer to `verb`.
    package init(verb: String, reply: JSONValue) {
        var worst = ExitCode.done
        if let results = reply["results"] {
            for result in results.elements {
                let code = result["code"]?.text
                worst = max(worst, code.map { ExitCode(code: $0) } ?? Self.answer(verb, result))
            }
        } else {
            worst = Self.answer(verb, reply)
        }
        if reply["durable"]?.bool == false { worst = max(worst, .trouble) }
        // `check` says it too, of a ban that somebody else made.
        if verb == "ban" || verb == "unban", reply["enforced"]?.bool == false {
            worst = max(worst, .trouble)
        }
        self = worst
    }

    private static func answer(_ verb: String, _ reply: JSONValue) -> ExitCode {
        switch verb {
        case "check": return reply["banned"]?.bool == true ? .no : .done
        case "hit": return reply["allowed"]?.bool == false ? .no : .done
        case "enforce verify", "enforce repair":
            return reply["ok"]?.bool == true ? .done : .no
        case "gate check":
            switch reply["gate"]?.text {
            case "open": return .done
            case "closed": return .no
            default: return .unknown
            }
        case "health":
            let store = reply["components"]?.elements.first { $0["name"]?.text == "store" }
            if store?["ok"]?.bool == false { return .trouble }
            return reply["ok"]?.bool == true ? .done : .no
        default: return .done
        }
    }
}
