// Answers about lists.

/// One answer about lists.
package enum ListReply: Hashable, Sendable {
    case begun(ListBegun)
    case staged(ListStaged)
    case committed(ListCommitted)
    /// The name of the list, and how many networks it had.
    case dropped(String, Int)
    case all([ListView])
    case page(ListView, Page<Network>)
}

/// The answer to `list begin`.
package struct ListBegun: Hashable, Sendable {
    /// What `list add` and `list commit` are to name.
    package var token: UInt64
    /// The list that is begun.
    package var name: String
    /// What a bare IPv6 address stands for here.
    package var ipv6Prefix: Int
    /// Networks that still fit.
    package var room: Int
    /// The longest request.
    package var lineBytes: Int

    package init(token: UInt64, name: String, ipv6Prefix: Int, room: Int, lineBytes: Int) {
        self.lineBytes = lineBytes
        self.token = token
        self.name = name
        self.ipv6Prefix = ipv6Prefix
        self.room = room
    }
}

/// The answer to `list add`.
package struct ListStaged: Hashable, Sendable {
    /// A network that no list may have.
    package struct Refused: Hashable, Sendable {
        /// The network as it was given.
        package var network: Network
        /// Why it is refused.
        package var refusal: Refusal
    }
    /// Networks of this request that were taken.
    package var staged = 0
    /// Networks of this request that the one before them holds.
    package var duplicates = 0
    /// All that the list has so far.
    package var total = 0
    /// Networks of this request that were refused, each with the reason.
    package var refused: [Refused] = []

    /// Nothing added.
    package init() {}
}

/// The answer to `list commit`.
package struct ListCommitted: Hashable, Sendable {
    /// The list that is in force now.
    package var name: String
    /// Networks in it.
    package var entries: Int
    /// Networks that the replaced list did not have.
    package var added: Int
    /// Networks that only the replaced list had.
    package var removed: Int
    /// Whether there was a list of this name.
    package var isReplacement: Bool
    /// Wall clock seconds; nil: never.
    package var expires: Int64?
    /// What is left of it, seconds, rounded up; nil: permanent.
    package var ttlSeconds: Int64?
}

/// A list, without its networks.
package struct ListView: Hashable, Sendable {
    /// The list's name.
    package var name: String
    /// Networks in it.
    package var entries: Int
    /// IPv4 networks in it.
    package var ipv4: Int
    /// IPv6 networks in it.
    package var ipv6: Int
    /// Wall clock seconds; nil: never.
    package var expires: Int64?
    /// What is left of it, seconds, rounded up; nil: permanent.
    package var ttlSeconds: Int64?
    /// Wall clock seconds.
    package var committed: Int64
    /// Who committed it.
    package var uid: UInt32
    /// Where the list stands with the kernel; nil: the kernel is not asked to hold it.
    package var enforcement: Enforcement?
    /// Whether it holds nobody at present.
    package var isDryRun = false
}
