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

/// What the loop must know of a command.
package struct RowTraits: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its reply shows durable state, which a crash must not be able to take back: it waits for the log.
    package static let showsState = RowTraits(rawValue: 1)
    /// It may look at much of a table, or its reply has some ten kilobytes or more: it stands in line.
    package static let heavy = RowTraits(rawValue: 2)
    /// The same, where it names many targets.
    package static let heavyIfMany = RowTraits(rawValue: 4)
    /// It shows, or starts anew, what observations have made: those since the last second count first.
    package static let readsObservations = RowTraits(rawValue: 8)
    /// Its reply may come in a later turn; its connection is not read meanwhile.
    package static let mayWait = RowTraits(rawValue: 16)
}

/// A command: its words, its arguments, who may say it, what it answers.
package final class CommandRow: Sendable {
    /// One or two words.
    package let verb: String
    /// The lowest role that may say it.
    package let role: Role
    /// All who may say it.
    package let roles: RoleSet
    package let traits: RowTraits
    package let summary: String
    /// More, for the manual; may be empty.
    package let details: String
    /// A step of another command, seldom given by a person: the first page of the help leaves it out.
    package let isPlumbing: Bool
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
        _ verb: String, _ role: Role, _ traits: RowTraits, _ summary: String,
        details: String = "", isPlumbing: Bool = false,
        _ arguments: [Argument] = [], reply: [ReplyField], example: String? = nil,
        build: @escaping @Sendable (ArgumentValues) throws(Refusal) -> Command
    ) {
        self.verb = verb
        self.role = role
        roles = role.holders
        self.traits = traits
        self.summary = summary
        self.details = details
        self.isPlumbing = isPlumbing
        self.arguments = arguments
        self.reply = reply
        self.example = example ?? verb
        self.build = build
        keywords = arguments.filter { $0.place == .keyword }
        positionals = arguments.filter { $0.place != .keyword }
    }

    /// Targets beyond which a request is heavy.
    package static let manyTargets = 64

    /// Whether the request stands in line with the heavy ones.
    @inline(__always)
    package func isHeavy(_ command: Command) -> Bool {
        if traits.contains(.heavy) { return true }
        return traits.contains(.heavyIfMany) && command.targetCount > Self.manyTargets
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
