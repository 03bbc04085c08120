// A reply about spending for every form that its members can have.

@testable import OpsCore
@testable import OpsProtocol

/// Every case of `CostReply`, with `text` wherever there is text.
func costShapes(_ text: String) -> [Shape] {
    let model = ModelName("gpt-4o") ?? .others
    let entry = CostEntry(
        id: 17, model: model, state: .open, amount: MicroUSD(12_500), minute: 0, deadline: 5,
        key: text, uid: 0, isExempt: false)
    let view = CostView(entry: entry, expires: 9, isRepeated: true)
    var bare = view
    bare.entry.key = ""
    bare.isRepeated = false
    let optional: Set<String> = ["key", "repeated"]
    let capped = CostFigures(
        spent: MicroUSD(5), reserved: .zero, cap: MicroUSD(9), configured: .some(nil),
        level: .warning)
    var free = capped
    free.cap = nil
    free.configured = nil
    let status = CostStatus(
        ts: 5, total: capped, models: [(model, capped), (.others, free)], level: .warning,
        capAt: 9, unpriced: [model], open: 1, remembered: 2, rememberedSince: 3)
    var plain = status
    plain.total = free
    plain.capAt = nil
    return [
        Shape(
            "cost record", .cost(.counted(model, .zero)),
            without: ["id", "model", "usd", "key", "expires", "repeated"]),
        Shape(
            "cost record", .cost(.counted(.others, .zero)),
            without: ["id", "usd", "key", "expires", "repeated"]),
        Shape("cost record", .cost(.recorded(view))),
        Shape(
            "cost reserve",
            .cost(.reserved(CostVerdict(.use(model), text), view))),
        Shape(
            "cost reserve", .cost(.reserved(CostVerdict(.allow), bare)),
            without: optional.union(["use", "reason"])),
        Shape(
            "cost reserve", .cost(.denied(CostVerdict(.deny, text), model)),
            without: optional.union(["use"])),
        Shape("cost settle", .cost(.closed(view))),
        Shape("cost release", .cost(.closed(bare)), without: optional),
        Shape("cost correct", .cost(.closed(view))),
        Shape("cost check", .cost(.checked(CostVerdict(.use(model), text), model))),
        Shape(
            "cost check", .cost(.checked(CostVerdict(.allow), model)), without: ["use", "reason"]),
        Shape("cost status", .cost(.status(status)), without: ["cut"]),
        Shape(
            "cost status", .cost(.status(plain)), without: ["cut", "configured_cap_usd"]),
        Shape("cost days", .cost(.days(nil, [CostDay(day: 86_400, amount: MicroUSD(5))]))),
        Shape("cost days", .cost(.days(model, []))),
        Shape("cost set-cap", .cost(.capSet(model, old: nil, new: MicroUSD(5)))),
        Shape("cost set-cap", .cost(.capSet(nil, old: MicroUSD(5), new: nil))),
    ]
}
