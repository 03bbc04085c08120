// What opspager tells, and what is asked of it: telemetry, except for a test, which is an item of
// work.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// How long a test is tried: milliseconds.
    private static let testMilliseconds: Int64 = 3_600_000

    /// Carries out a request about channels.
    func perform(_ command: PagerCommand, _ session: Session) throws(Refusal) {
        switch command {
        case .report(let report):
            channels.note(report, at: now)
            send(.pager(.noted), session, isGated: false, acknowledges: false)
        case .status:
            let rows = configuration.pager.channels.map { channel in
                ask { $0.row(of: channel, told: channels.report(of: channel.name, at: now)) }
            }
            send(.pager(.status(rows)), session, isGated: true, acknowledges: false)
        case .test(let name): try test(name, session)
        }
    }

    private func test(_ name: String, _ session: Session) throws(Refusal) {
        guard let channel = configuration.pager.channels.first(where: { $0.name == name }) else {
            let names = configuration.pager.channels.map(\.name).joined(separator: ", ")
            throw Refusal(
                .notFound, "channel: there is no [pager.channel.\(name)]",
                hint: names.isEmpty ? "no channel is configured" : "there are \(names)")
        }
        guard channel.kind != .heartbeat else {
            throw Refusal(.refused, "\(name) is a heartbeat, which takes no pages")
        }
        if log.isFull { throw Self.logIsFull }
        var page = PageMessage(
            reason: .test, host: hostName, made: now.wallMilliseconds / 1_000, subjects: [])
        page.uid = session.caller.uid
        page.audit = audit.durable?.description
        let draft = WorkDraft(
            kind: channel.workKind, key: "test/\(now.wallMilliseconds)", payload: page.json(),
            isUrgent: true,
            expires: now.bootMilliseconds + Self.testMilliseconds)
        guard let change = ask({ $0.put([draft], at: now) }).first else {
            throw Refusal(.tooMany, "there is no room for more work", hint: "opsctl work list")
        }
        commit(change)
        guard let item = ask({ $0.openWork(kind: draft.kind, key: draft.key) }) else {
            throw Refusal(.internal, "the item was not kept")
        }
        send(
            .pager(.test(channel: name, item: item.id)), session, isGated: true,
            acknowledges: true)
    }
}
