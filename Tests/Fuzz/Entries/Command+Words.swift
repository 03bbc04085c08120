// A command as a client's words: the way back from what the parser made.

import OpsCore
import OpsProtocol

extension Command {
    /// The words that `RequestLine.make` turns into a line of this command.
    var words: [String] {
        switch self {
        case .ping: ["ping"]
        case .version: ["version"]
        case .commands: ["commands"]
        case .status: ["status"]
        case .health: ["health"]
        case .metrics: ["metrics"]
        case .metricsHistory(let hours, let step, let after):
            ["metrics", "history", "--hours=\(hours)"] + key("step", step)
                + key("after", after.map { Self.time($0 * 1_000) })
        case .processes(let top): ["processes", "top=\(top)"]
        case .disks: ["disks"]
        case .systemStats: ["stats", "system"]
        case .check(let targets): ["check"] + targets.words
        case .hit(let target, let route): ["hit"] + key("route", route?.text) + ["--", target.word]
        case .strike(let target, let terms):
            ["strike"] + key("weight", terms.weight) + key("reason", terms.reason)
                + key("source", terms.source) + key("at", terms.at.map(Self.time))
                + key("place", terms.place.map { "\($0.stream):\($0.number)" })
                + ["--", target.word]
        case .success(let target, let source): ["success", target.word] + key("source", source)
        case .clear(let target): ["clear", target.word]
        case .ban(let targets, let terms):
            ["ban"] + (terms.lifetime?.words ?? []) + key("reason", terms.reason)
                + key("confirm", terms.confirmMilliseconds.map { $0 / 1_000 })
                + (terms.isForced ? ["force=true"] : [])
                + (terms.isExact ? ["exact=true"] : [])
                + key("source", terms.source) + targets.words
        case .confirm(let targets, let source):
            ["confirm"] + key("source", source) + targets.words
        case .list(.begin(let name, let lifetime)):
            ["list", "begin", name] + lifetime.words
        case .list(.add(let token, let targets)):
            ["list", "add", "\(token)"] + targets.map(\.word)
        case .list(.commit(let token)): ["list", "commit", "\(token)"]
        case .list(.drop(let name)): ["list", "drop", name]
        case .list(.show(let name, let query)):
            ["list", "show"] + (name.map { [$0] } ?? []) + query.words
        case .unban(let targets, let source): ["unban"] + key("source", source) + targets.words
        case .bans(let query): ["bans"] + query.words
        case .strikes(let query): ["strikes"] + query.words
        case .places(let query):
            ["places", "--limit", "\(query.limit)"] + key("after", query.after)
                + key("stream", query.stream)
        case .why(let target): ["why", target.word]
        case .guardStats: ["guard", "stats"]
        case .guardCleanup: ["guard", "cleanup"]
        case .enforceAudit(let mends): ["enforce", mends ? "repair" : "verify"]
        case .events(let query): query.words
        case .watch(let topics, let after):
            ["watch"] + topics.map(\.rawValue) + key("after", after?.words)
        case .auditStatus: ["audit", "status"]
        case .snapshot: ["snapshot"]
        case .olderSnapshot(let release): ["snapshot", "for=\(release.rawValue)"]
        case .reload: ["reload"]
        case .config: ["config"]
        case .hello(let satellite, let version):
            ["hello", "name=\(satellite.rawValue)"] + key("version", version)
        case .detector(let command): command.words
        case .service(let command): command.words
        case .work(let command): command.words
        case .incident(let command): command.words
        case .pager(let command): command.words
        case .cost(let command): command.words
        case .endpoint(let command): command.words
        case .queue(let command): command.words
        case .forecast: ["forecast"]
        }
    }

    /// Milliseconds since 1970 as a request takes them.
    static func time(_ milliseconds: Int64) -> String {
        if milliseconds < 0 {
            var text: [UInt8] = []
            Timestamp.write(microseconds: milliseconds * 1_000, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}

/// `--name value`, or nothing.
func key(_ name: String, _ value: (some CustomStringConvertible)?) -> [String] {
    value.map { ["--" + name, "\($0)"] } ?? []
}

extension Target {
    /// As it was written: a bare address is written without a prefix, a whole one with it.
    fileprivate var word: String {
        let text = "\(network)"
        if isBare { return String(text.prefix { $0 != "/" }) }
        return network.isIPv4 && network.isAddress ? text + "/32" : text
    }
}

extension Targets {
    fileprivate var words: [String] { [first.word] + others.map(\.word) }
}

extension Lifetime {
    fileprivate var words: [String] {
        switch self {
        case .milliseconds(let length): ["--ttl", "\(length)ms"]
        case .until(let time): ["--until", Command.time(time)]
        case .permanent: ["--ttl", "permanent"]
        }
    }
}

extension PageQuery {
    fileprivate var words: [String] {
        ["--limit", "\(limit)"] + key("after", after) + key("source", source)
            + key("under", under?.word)
    }
}

extension EventQuery {
    fileprivate var words: [String] {
        ["events", "--limit", "\(limit)"] + key("topic", filter.topic?.rawValue)
            + key("event", filter.kind?.rawValue) + key("severity", filter.severity?.rawValue)
            + key("ip", filter.network) + key("since", filter.since.map { seconds($0) })
            + key("until", filter.until.map { seconds($0) }) + key("after", after?.words)
    }

    private func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(rest)"
    }
}

extension EventPlace {
    fileprivate var words: String {
        switch self {
        case .id(let id): "\(id)"
        case .line(let line): "\(line.id)-\(line.inode)-\(line.offset)-\(line.seen)"
        }
    }
}

extension EventMark {
    fileprivate var words: String { (run.map { WorkToken.text($0) + ":" } ?? "") + "\(id)" }
}
