// A request about incidents or silences as a client's words.

import OpsCore
import OpsProtocol

extension IncidentCommand {
    /// The words of a request about incidents or silences.
    var words: [String] {
        switch self {
        case .raise(let terms):
            ["incident", "raise"] + key("severity", terms.severity.rawValue)
                + key("source", terms.source) + key("msg", terms.message)
                + key("key", terms.key)
                + (terms.details.isEmpty ? [] : key("details", terms.details))
                + (terms.links.isEmpty ? [] : key("links", terms.links.joined(separator: " ")))
        case .acknowledge(let name, let note):
            ["incident", "ack", name.word] + key("note", note)
        case .resolve(let name, let note):
            ["incident", "resolve", name.word] + key("note", note)
        case .note(let name, let text): ["incident", "note", name.word, "--", text]
        case .show(let name): ["incident", "show", name.word]
        case .list(let query):
            ["incidents", "--limit", "\(query.limit)"] + key("after", query.after)
                + key("state", query.stages.rawValue)
                + key("severity", query.severity?.rawValue) + key("source", query.source)
                + key("since", query.since.map { Command.time($0 * 1_000) })
        case .summary(let hours): ["incident", "summary", "--hours", "\(hours)"]
        case .silence(let terms):
            ["silence", "add"] + key("severity", terms.severity?.rawValue)
                + key("source", terms.source) + key("fingerprint", terms.fingerprint)
                + key("reason", terms.reason) + key("ttl", terms.milliseconds / 1_000)
        case .endSilence(let id): ["silence", "end", "\(id)"]
        case .silences: ["silence", "list"]
        }
    }
}

extension IncidentName {
    fileprivate var word: String {
        switch self {
        case .id(let id): "\(id)"
        case .fingerprint(let text): text
        }
    }
}
