// Spending in the engine: the rules of the configuration, the hot path of what was spent, and what
// opsd raises by itself.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol

extension Engine {
    /// Takes the rules of the configuration; names of users are looked up.
    func adoptCosts() {
        var rules = configuration.costs
        for principal in configuration.costsExempt {
            switch principal {
            case .userID(let number): rules.exemptUsers.insert(number)
            case .user(let name):
                if let number = try? Accounts.userID(named: name) {
                    rules.exemptUsers.insert(number)
                }
            // Not in a configuration that was loaded.
            case .group, .groupID: continue
            }
        }
        update { $0.adopt(rules) }
    }

    /// Answers `cost record` in its plainest form, which changes nothing durable.
    /// - Returns: false: it is another request, or the general path has to answer it.
    @inline(__always)
    func answerSpend(_ line: Span<UInt8>, _ session: Session) -> Bool {
        guard let (model, amount) = RequestParser.spend(line),
            let row = CommandTable.costRecord, row.roles.meets(session.caller.roles),
            update({ $0.spend(amount, on: model, at: now) })
        else { return false }
        session.output.append { CostReply.writeCounted(to: &$0) }
        return true
    }

    /// Levels that were told and are not over, in the eyes of the rules.
    var costConditions: [IncidentCondition] {
        ask { $0.toldCostLevels }.flatMap { model, level -> [IncidentCondition] in
            let thing = model?.description ?? ""
            let whose = model.map { "on \($0) " } ?? ""
            let near = IncidentCondition(
                .costAlert, thing: thing, "Spending \(whose)comes near its cap")
            if level < .critical { return [near] }
            return [
                near,
                IncidentCondition(.costCap, thing: thing, "Spending \(whose)has reached its cap"),
            ]
        }
    }
}
