// Replies about objectives and the gate, as examples.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    static let services: [Example] = [
        Example("slo observe", .service(.counted(1))), Example("slo add", .service(.counted(100))),
        Example("slo budget", .service(.budgets([budget(known: true), budget(known: false)]))),
        Example("slo budget", "one", .service(.budgets([budget(known: true)]))),
        Example("slo budget", "broken", .service(.budgets([brokenBudget()]))),
        Example("slo status", "broken", .service(.status([brokenReport()], gateView()))),
        Example(
            "slo status",
            .service(
                .status(
                    [serviceReport(known: true), serviceReport(known: false)],
                    gateView(reason: "api burns 250 % of its daily budget")))),
        Example("slo rebaseline", .service(.rebaselined(budget(known: false)))),
        Example("gate status", .service(.gateStatus(gateView(reason: "api burns its budget")))),
        Example("gate check", .service(.gateCheck(gateView(.open, reason: "hotfix")))),
        Example("gate override", .service(.gateOverridden(isClosed: true, expires: noon + 60))),
        Example("gate override", "ended", .service(.gateOverrideEnded)),
    ]
}
