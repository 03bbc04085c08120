// A world in which queues are reported: what a daemon's seconds do, without a daemon.

import OpsTestKit
import Testing

@testable import OpsCore

extension QueueName {
    static func named(_ text: String) -> QueueName {
        guard let name = QueueName(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }

    static let mail = named("mail")
}

struct Reporting {
    var world = World()
    var rules: [QueueName: QueueRules] { didSet { world.state.adopt(rules, at: world.now) } }
    /// Events about queues, in order.
    var told: [EventKind] {
        world.state.events.all.filter { $0.kind.topic == .queue }.map(\.kind)
    }

    init(_ rules: [QueueName: QueueRules] = [:]) {
        self.rules = rules
        world.state.adopt(rules, at: world.now)
    }

    /// What the daemon does once a second.
    mutating func keep() {
        for change in world.state.queueChanges(at: world.now) { world.commit(change) }
    }

    mutating func pass(seconds: Int64) {
        world.advance(milliseconds: seconds * 1_000)
        keep()
    }

    @discardableResult
    mutating func report(
        _ name: QueueName = .mail, _ depth: UInt64, _ processed: UInt64? = nil,
        failed: UInt64? = nil, oldest: Int? = nil, uid: UInt32 = 7, role: Role = .admin
    ) throws(Refusal) -> QueueState {
        let command = QueueCommand.report(
            QueueReport(
                name, depth: depth, processed: processed, failed: failed, oldestSeconds: oldest))
        let decision = try world.state.decide(
            .queue(command), by: Caller(uid: uid, role: role), at: world.now)
        for change in decision.changes.all { world.commit(change) }
        if let telemetry = decision.telemetry { world.state.apply(telemetry) }
        guard case .queue(.noted(_, let state))? = decision.reply else { return .unknown }
        return state
    }

    subscript(name: QueueName) -> Queue? { world.state.queues[name] }

    func verdict(_ promise: QueuePromise, of name: QueueName = .mail) -> QueueState? {
        self[name]?[promise].state
    }

    func views(_ names: [QueueName] = []) -> [QueueView] {
        guard
            case .queue(.status(let views))? = try? world.state.decide(
                .queue(.status(names)), by: Caller(uid: 0, role: .read), at: world.now
            ).reply
        else { return [] }
        return views
    }

    /// The rules by which something is wrong now.
    var wrong: [String] {
        world.state.queueConditions(at: world.now).filter { $0.standing == .wrong }.map(\.key)
    }

    /// The log replayed: the same as what was logged.
    func isReplayed() -> Bool {
        var copy = world.replayed()
        copy.recoveryEnded()
        return copy.image(at: world.now).entries == world.state.image(at: world.now).entries
    }
}
