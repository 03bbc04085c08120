// A state with a clock the test moves: requests in, answers out, and the log that replay reads.

import OpsTestKit

@testable import OpsCore

struct World {
    static let start = Moment(boot: 1_000_000_000_000, wall: 1_761_069_366_000_000_000)

    var state: State
    var now = World.start
    var log: [(Change, Stamp)] = []
    let key: (UInt64, UInt64)

    init(
        _ rules: GuardRules = GuardRules(), key: (UInt64, UInt64) = (0x0123_4567, 0x89ab_cdef)
    ) {
        self.key = key
        state = State(rules: rules, hashKey: key)
        commit(.clockSet(offset: now.wallMilliseconds - now.bootMilliseconds, step: nil))
    }

    mutating func advance(milliseconds: Int64) {
        now.boot += milliseconds * 1_000_000
        now.wall += milliseconds * 1_000_000
    }

    mutating func commit(_ change: Change) {
        let stamp = Stamp(moment: now)
        state.apply(change, stamp)
        log.append((change, stamp))
    }

    @discardableResult
    mutating func ask(
        _ command: Command, uid: UInt32 = 0
    ) throws(Refusal) -> Reply? {
        let decision = try state.decide(command, by: Caller(uid: uid, role: .admin), at: now)
        for change in decision.changes.all { commit(change) }
        if let telemetry = decision.telemetry { state.apply(telemetry) }
        return decision.reply
    }

    /// What a daemon's turn does with what has ended.
    mutating func expire() {
        while let change = state.dueBan(at: now) { commit(change) }
        while let change = state.dueClaim(at: now) { commit(change) }
        while let change = state.dueStrikes(at: now) { commit(change) }
        while let change = state.dueOffense(at: now) { commit(change) }
        if let change = state.expirySummary(at: now) { commit(change) }
        expireDomains()
    }

    /// Ends what is due in the domains, a few at a time.
    mutating func expireDomains() {
        while true {
            let changes = state.dueInDomains(at: now, atMost: 2)
            if changes.isEmpty { return }
            for change in changes { commit(change) }
        }
    }

    /// A state that has seen only the log.
    func replayed(from first: Int = 0, onto state: State? = nil) -> State {
        var copy = state ?? State(rules: self.state.rules, hashKey: (7, 9))
        for (change, stamp) in log[first...] { copy.apply(change, stamp) }
        return copy
    }
}

extension Target {
    /// A bare IPv4 address.
    init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        let address = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
        self.init(network: Network(ipv4: address), isBare: true)
    }

    /// A bare IPv6 address.
    init(high: UInt64, low: UInt64) {
        self.init(network: Network(high: high, low: low, length: 128), isBare: true)
    }

    static func network(_ network: Network) -> Target { Target(network: network, isBare: false) }
}

extension World {
    mutating func strike(
        _ target: Target, _ terms: StrikeTerms = StrikeTerms()
    ) throws -> StrikeAnswer {
        guard case .strike(let answer)? = try ask(.strike(target, terms)) else { throw Wrong() }
        return answer
    }

    mutating func hit(_ target: Target) throws -> HitAnswer {
        guard case .hit(let answer)? = try ask(.hit(target, route: nil)) else { throw Wrong() }
        return answer
    }

    mutating func check(_ target: Target) throws -> BanView? {
        guard case .check(let answer)? = try ask(.check(Targets(target))) else { throw Wrong() }
        return answer.ban
    }

    @discardableResult
    mutating func ban(_ target: Target, _ lifetime: Lifetime? = nil) throws -> BanView {
        let command = Command.ban(Targets(target), BanTerms(lifetime: lifetime))
        guard case .banned(let view)? = try ask(command) else { throw Wrong() }
        return view
    }

    func refusal(_ command: Command) -> Refusal? {
        var copy = self
        do throws(Refusal) {
            try copy.ask(command)
            return nil
        } catch {
            return error
        }
    }
}

struct Wrong: Error {}
