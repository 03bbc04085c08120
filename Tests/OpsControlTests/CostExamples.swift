// Example replies about spending.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static let big = ModelName("gpt-4o") ?? .others
    private static let small = ModelName("gpt-4o-mini") ?? .others

    private static func view(
        _ state: CostState, _ micros: Int64, key: String = "", isRepeated: Bool = false
    ) -> CostView {
        CostView(
            entry: CostEntry(
                id: 17, model: big, state: state, amount: MicroUSD(micros), minute: 0,
                deadline: 0, key: key, uid: 0, isExempt: false),
            expires: noon + 600, isRepeated: isRepeated)
    }

    private static func figures(_ spent: Int64, _ cap: Int64?, _ level: CostLevel) -> CostFigures {
        CostFigures(
            spent: MicroUSD(spent), reserved: MicroUSD(30_000), cap: cap.map { MicroUSD($0) },
            configured: nil, level: level)
    }

    private static let spending: CostStatus = {
        var total = figures(18_500_000, 25_000_000, .fine)
        total.configured = .some(MicroUSD(20_000_000))
        return CostStatus(
            ts: noon, total: total,
            models: [
                (big, figures(12_300_000, 15_000_000, .fine)),
                (small, figures(9_200_000, 10_000_000, .warning)),
                (.others, figures(1_250, nil, .fine)),
            ], level: .warning, capAt: noon + 16_800, unpriced: [.others], open: 2, remembered: 5,
            rememberedSince: noon - 3_600)
    }()

    static let costs: [Example] = [
        Example("cost record", .cost(.counted(big, MicroUSD(12_500)))),
        Example("cost record", "with a key", .cost(.recorded(view(.recorded, 12_500, key: "a")))),
        Example("cost reserve", .cost(.reserved(CostVerdict(.allow), view(.open, 11_000)))),
        Example(
            "cost reserve", "a cheaper model",
            .cost(
                .reserved(
                    CostVerdict(.use(small), "the cap of gpt-4o is 15.00 USD"),
                    view(.open, 900, key: "job-17")))),
        Example(
            "cost reserve", "denied",
            .cost(.denied(CostVerdict(.deny, "the daily cap is 25.00 USD"), big))),
        Example("cost settle", .cost(.closed(view(.settled, 8_100)))),
        Example("cost release", .cost(.closed(view(.released, 0, isRepeated: true)))),
        Example("cost correct", .cost(.closed(view(.settled, 810_000)))),
        Example("cost check", .cost(.checked(CostVerdict(.allow), big))),
        Example(
            "cost check", "denied",
            .cost(.checked(CostVerdict(.deny, "the daily cap is 25.00 USD"), big))),
        Example("cost status", .cost(.status(spending))),
        Example(
            "cost days",
            .cost(
                .days(
                    nil,
                    [
                        CostDay(day: noon, amount: MicroUSD(18_500_000)),
                        CostDay(day: noon - 86_400, amount: MicroUSD(125)),
                    ]))),
        Example("cost days", "none", .cost(.days(big, []))),
        Example(
            "cost set-cap",
            .cost(.capSet(nil, old: MicroUSD(25_000_000), new: MicroUSD(30_000_000)))),
        Example("cost set-cap", "of a model", .cost(.capSet(big, old: nil, new: nil))),
    ]
}
