// A world in which money is spent: what a daemon's seconds do, without a daemon.

import OpsTestKit
import Testing

@testable import OpsCore

struct Wrongly: Error {}

extension ModelName {
    static let big = named("gpt-4o")
    static let small = named("gpt-4o-mini")
    static let tiny = named("tiny")

    static func named(_ text: String) -> ModelName { ModelName(text) ?? .others }
}

func usd(_ text: String) -> MicroUSD { MicroUSD(parsing: text) ?? MicroUSD(-1) }

struct Spending {
    var world = World()
    var rules: CostRules { didSet { world.state.adopt(rules) } }
    /// Events about spending, in order.
    var told: [Event] { world.state.events.all.filter { $0.kind.topic == .cost } }

    /// Caps as in the document, and prices.
    static let example: CostRules = {
        var rules = CostRules()
        rules.dailyCap = usd("25")
        var big = ModelRules()
        big.cap = usd("15")
        big.priceInput = usd("2.50")
        big.priceOutput = usd("10")
        big.cheaper = .small
        var small = ModelRules()
        small.cap = usd("10")
        small.priceInput = usd("0.15")
        small.priceOutput = usd("0.60")
        rules.models = [.big: big, .small: small]
        return rules
    }()

    init(_ rules: CostRules = Spending.example) {
        self.rules = rules
        world.state.adopt(rules)
        // The edge of a minute is not a place to begin an exact test.
        world.advance(milliseconds: 60_000 - world.now.wallMilliseconds % 60_000)
    }

    /// What the daemon does once a second.
    mutating func keep() {
        for change in world.state.drainObservations() { world.commit(change) }
        for change in world.state.costChanges(at: world.now) { world.commit(change) }
        world.expireDomains()
    }

    mutating func pass(seconds: Int64) {
        world.advance(milliseconds: seconds * 1_000)
        keep()
    }

    @discardableResult
    mutating func ask(
        _ command: CostCommand, uid: UInt32 = 7, role: Role = .admin
    ) throws -> CostReply {
        let decision = try world.state.decide(
            .cost(command), by: Caller(uid: uid, role: role), at: world.now)
        for change in decision.changes.all { world.commit(change) }
        if let telemetry = decision.telemetry { world.state.apply(telemetry) }
        guard case .cost(let reply)? = decision.reply else { throw Wrongly() }
        return reply
    }

    mutating func record(_ model: ModelName, _ amount: String, key: String? = nil) throws {
        try ask(.record(CostReport(model: model, amount: usd(amount), key: key)))
    }

    mutating func reserve(
        _ model: ModelName, _ estimate: CostEstimate, key: String? = nil, ttl: Int = 600,
        isExempt: Bool = false
    ) throws -> (verdict: CostVerdict, view: CostView?) {
        let reply = try ask(
            .reserve(
                CostRequest(
                    model: model, estimate: estimate, key: key, ttlSeconds: ttl,
                    isExempt: isExempt)))
        switch reply {
        case .reserved(let verdict, let view): return (verdict, view)
        case .denied(let verdict, model): return (verdict, nil)
        default: throw Wrongly()
        }
    }

    mutating func reserve(_ model: ModelName, _ amount: String) throws -> UInt64? {
        try reserve(model, .amount(usd(amount))).view?.entry.id
    }

    mutating func close(_ command: CostCommand) throws -> CostView {
        guard case .closed(let view) = try ask(command) else { throw Wrongly() }
        return view
    }

    func refusal(_ command: CostCommand, role: Role = .admin) -> Refusal? {
        do throws(Refusal) {
            _ = try world.state.decide(
                .cost(command), by: Caller(uid: 7, role: role), at: world.now)
            return nil
        } catch {
            return error
        }
    }

    var status: CostStatus { world.state.costStatus(at: world.now) }

    func figures(_ model: ModelName) -> CostFigures? {
        status.models.first { $0.name == model }?.figures
    }

    /// Records of a micro-USD with the keys `k0`, `k1` and so on, without asking for each.
    mutating func fill(_ count: Int) {
        let minute = world.state.serviceMinute(at: world.now)
        for number in 0..<count {
            let entry = CostEntry(
                id: UInt64(number + 1), model: .tiny, state: .recorded, amount: MicroUSD(1),
                minute: minute,
                deadline: world.now.bootMilliseconds + CostBounds.closedMilliseconds,
                key: "k\(number)", uid: 7, isExempt: false)
            let delta = SpendDelta(
                model: .tiny, number: UInt64(number + 1), minute: minute, amount: MicroUSD(1))
            world.commit(.cost(.closed(entry, delta)))
        }
    }

    /// The log replayed, onto nothing or a snapshot: the same as what is there.
    func isReplayed(onto state: State? = nil, from first: Int = 0) -> Bool {
        var copy = world.replayed(from: first, onto: state)
        copy.recoveryEnded()
        copy.adopt(rules)
        return copy.image(at: world.now).entries == world.state.image(at: world.now).entries
            && copy.costStatus(at: world.now) == status
    }
}
