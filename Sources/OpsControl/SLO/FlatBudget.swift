// `slo budget --flat`: the S2-01 figures of one objective in the flat form, for scripts that were
// written for it.  That form knows no "unknown": an objective without data is one whose budget is
// untouched.  The daemon's own reply, which `--json` shows, says `unknown`.

import OpsProtocol

enum FlatBudget {
    /// Asks for the budget and prints the object.
    static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let reply = try connection.ask(try words.line())
        let value = try reply.value()
        if reply.kind == .err {
            Output.report(refusal: value)
            return ExitCode(code: value["code"]?.text ?? "")
        }
        guard let budget = chosen(value) else {
            throw .usage("slo budget --flat: there is no objective", hint: nil)
        }
        try output.write(text(budget) + "\n")
        return .done
    }

    /// The objective named `default`, or else the first.
    private static func chosen(_ reply: JSONValue) -> JSONValue? {
        guard let all = reply["results"]?.elements else { return reply }
        return all.first { $0["slo"]?.text == "default" } ?? all.first
    }

    /// The flat form of a budget.
    static func text(_ budget: JSONValue) -> String {
        let band = budget["burn_alert"]?.text ?? "UNKNOWN"
        let isUnknown = budget["state"]?.text == "unknown" && band != "CRITICAL"
        let isOK = budget["ok"]?.bool == true || isUnknown
        let left = Figures.short(budget["remaining_budget_pct"]?.double ?? 100, 2)
        return "{\"ok\": \(isOK), \"burn_alert\": \"\(band == "UNKNOWN" ? "OK" : band)\", "
            + "\"remaining_budget_pct\": \(left)}"
    }
}
