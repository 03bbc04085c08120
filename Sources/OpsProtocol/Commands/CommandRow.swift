// One row of the command table: everything known about a command, stated once.

package import OpsCore

/// A member of a reply.
package struct ReplyField: Sendable {
    /// The name of the member.
    package let name: String
    /// Type and unit, in a few words.
    package let type: String

    init(_ name: String, _ type: String) {
        self.name = name
        self.type = type
    }
}

/// What the loop must know about a command.
package struct RowTraits: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its reply shows durable state, which a crash must not undo: the reply waits for the log.
    package static let showsState = RowTraits(rawValue: 1)
    /// It may look at much of a table, or its reply has ten kilobytes or more: it is queued.
    package static let heavy = RowTraits(rawValue: 2)
    /// The command is heavy only if it names many targets.
    package static let heavyIfMany = RowTraits(rawValue: 4)
    /// It reads or resets totals of observations: pending observations are counted first.
    package static let readsObservations = RowTraits(rawValue: 8)
    /// Its reply may come in a later turn; its connection is not read meanwhile.
    package static let mayWait = RowTraits(rawValue: 16)
}

/// A command: its words, its arguments, who may use it, what it answers.
package final class CommandRow: Sendable {
    /// One or two words.
    package let verb: String
    /// The lowest role that may use it.
    package let role: Role
    /// All roles that may use it: that one, those that include it, and the satellites that are
    /// named beside it.
    package let roles: RoleSet
    /// The role, and the satellites beside it, in words.
    package let roleText: String
    /// What the loop must know about it.
    package let traits: RowTraits
    /// One sentence.
    package let summary: String
    /// More text for help and manual; may be empty.
    package let details: String
    /// A step of another command, seldom used by people: the first page of help leaves it out.
    package let isPlumbing: Bool
    /// All arguments, in the order of the help.
    package let arguments: [Argument]
    /// The arguments that are written `name=value`.
    package let keywords: [Argument]
    /// The arguments that are written without a name, in order.
    package let positionals: [Argument]
    /// The members of its reply.
    package let reply: [ReplyField]
    /// A request line, without LF.
    package let example: String
    let build: @Sendable (ArgumentValues) throws(Refusal) -> Command

    init(
        _ verb: String, _ role: Role, _ traits: RowTraits, _ summary: String,
        details: String = "", isPlumbing: Bool = false, also satellites: RoleSet = [],
        _ arguments: [Argument] = [], reply: [ReplyField], example: String? = nil,
        build: @escaping @Sendable (ArgumentValues) throws(Refusal) -> Command
    ) {
        self.verb = verb
        self.role = role
        roles = role.holders.union(satellites)
        roleText =
            satellites == .satellites
            ? role.holders.contains(.report) ? "\(role.name), every satellite" : "every satellite"
            : ([role] + Role.allCases.filter { satellites.contains(RoleSet($0)) && $0 != role })
                .map(\.name).joined(separator: ", ")
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

    /// A `heavyIfMany` request with more targets than this is heavy.
    package static let manyTargets = 64

    /// Whether the request is queued with the heavy ones.
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
        synopsis { "--\($0.name)" + ($0.isFlag ? "" : " \($0.type.placeholder)") }
    }

    private func synopsis(_ keyword: (Argument) -> String) -> String {
        var words = [verb]
        for argument in arguments {
            switch argument.place {
            case .positional: words.append(argument.type.placeholder)
            case .repeated(let least, let most):
                let word = argument.type.placeholder + (most > 1 ? "..." : "")
                words.append(least == 0 ? "[\(word)]" : word)
            case .keyword:
                words.append(argument.isRequired ? keyword(argument) : "[\(keyword(argument))]")
            }
        }
        return words.joined(separator: " ")
    }
}
