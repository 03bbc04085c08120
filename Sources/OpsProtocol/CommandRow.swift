// One row of the command table: everything there is to say about a command, said once.

package import OpsCore

/// A member of a reply.
package struct ReplyField: Sendable {
    package let name: String
    /// Type and unit, in a few words.
    package let type: String

    init(_ name: String, _ type: String) {
        self.name = name
        self.type = type
    }
}

/// A command: its words, its arguments, who may say it, what it answers.
package final class CommandRow: Sendable {
    /// One or two words.
    package let verb: String
    package let role: Role
    package let summary: String
    /// More, for the manual; may be empty.
    package let details: String
    package let arguments: [Argument]
    /// The arguments that are written `name=value`.
    package let keywords: [Argument]
    /// The others, in order.
    package let positionals: [Argument]
    package let reply: [ReplyField]
    /// A request line.
    package let example: String
    let build: @Sendable (ArgumentValues) throws(Refusal) -> Command

    init(
        _ verb: String, _ role: Role, _ summary: String, details: String = "",
        _ arguments: [Argument] = [], reply: [ReplyField], example: String? = nil,
        build: @escaping @Sendable (ArgumentValues) throws(Refusal) -> Command
    ) {
        self.verb = verb
        self.role = role
        self.summary = summary
        self.details = details
        self.arguments = arguments
        self.reply = reply
        self.example = example ?? verb
        self.build = build
        keywords = arguments.filter { $0.place == .keyword }
        positionals = arguments.filter { $0.place != .keyword }
    }

    /// `ban IP|CIDR... [ttl=TTL] ...`
    package var synopsis: String {
        synopsis { "\($0.name)=\($0.type.placeholder)" }
    }

    /// `ban IP|CIDR... [--ttl TTL] ...`
    package var clientSynopsis: String {
        synopsis { "--\($0.name) \($0.type.placeholder)" }
    }

    private func synopsis(_ keyword: (Argument) -> String) -> String {
        var words = [verb]
        for argument in arguments {
            switch argument.place {
            case .positional: words.append(argument.type.placeholder)
            case .repeated(let least, let most):
                let word = argument.type.placeholder + (most > 1 ? "..." : "")
                words.append(least == 0 ? "[\(word)]" : word)
            case .keyword: words.append("[\(keyword(argument))]")
            }
        }
        return words.joined(separator: " ")
    }
}
