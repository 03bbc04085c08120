// What a fake daemon plays where a script would be too long: requests are parsed, decided and
// carried out by the daemon's own rooms.  There is no loop, no log and no kernel.

import OpsProtocol
import OpsTestKit
import Synchronization

@testable import OpsCore

final class CoreDaemon: Sendable {
    private let state = Mutex(State(hashKey: (0x0123_4567, 0x89ab_cdef)))
    private let role: Role
    private let lineBytes: Int
    private let now = Moment(boot: 1_000_000_000_000, wall: 1_795_257_708_000_000_000)

    init(role: Role = .admin, lineBytes: Int = 65_536) {
        self.role = role
        self.lineBytes = lineBytes
        let offset = now.wallMilliseconds - now.bootMilliseconds
        state.withLock { [now] state in
            _ = state.apply(.clockSet(offset: offset, step: nil), Stamp(moment: now))
        }
    }

    /// The networks that are banned.
    var banned: Set<Network> {
        state.withLock { Set($0.bans.table.shards.flatMap(\.entries).map(\.network)) }
    }

    /// The sources whose claims are on a network, the one that decides first.
    func sources(of network: Network) -> [String] {
        state.withLock { state in
            state.bans.claims(on: network).map { state.bans.texts(of: $0).source }
        }
    }

    /// Bans these many addresses of 198.18.0.0/15, from one of them on.
    func ban(_ numbers: Range<Int>, source: String = "", ttl: String = "1h") {
        let words = source.isEmpty ? "" : " source=\(source)"
        for number in numbers {
            let address = Network(ipv4: 0xc612_0000 + UInt32(number))
            _ = reply(to: "ban \(address) ttl=\(ttl)\(words)", as: .admin)
        }
    }

    /// What the daemon answers, without its line feed.
    func answer(_ request: String) -> String {
        request.utf8.count > lineBytes
            ? #"err {"code":"too-long","message":"the request is too long"}"#
            : reply(to: request, as: role)
    }

    private func reply(to request: String, as role: Role) -> String {
        var line: [UInt8] = []
        do throws(Refusal) {
            let (command, row) = try RequestParser.parse(Array(request.utf8).span)
            guard row.roles.meets(RoleSet(role)) else {
                throw Refusal(
                    .forbidden,
                    "\(row.verb) needs the role \(row.role.name), and yours is \(role.name)")
            }
            if case .config = command {
                let json = #""limits":{"line_bytes":\#(lineBytes)}"#
                Reply.config(json: json).writeLine(to: &line, limitBytes: 1 << 20)
            } else {
                try decide(command, role)?.writeLine(to: &line, limitBytes: 1 << 20)
            }
        } catch {
            error.writeLine(to: &line)
        }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    private func decide(_ command: Command, _ role: Role) throws(Refusal) -> Reply? {
        let outcome = state.withLock { [now] state -> Result<Reply?, Refusal> in
            do throws(Refusal) {
                let decision = try state.decide(
                    command, by: Caller(uid: 0, role: role), at: now)
                for change in decision.changes.all { _ = state.apply(change, Stamp(moment: now)) }
                return .success(decision.reply)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
