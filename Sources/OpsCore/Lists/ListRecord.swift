// The durable changes of lists.  A list goes to the log in chunks and one commit; replay that finds
// no commit forgets the chunks.  Absolute like all changes: chunk 0 begins anew, so a list applied
// twice is the same list.

/// What may happen to lists.
package enum ListRecord: Hashable, Sendable {
    case chunk(ListChunk)
    case committed(ListCommit)
    case dropped(ListDrop)
    case expired(ListEnd)
}

/// A part of a list on its way.
package struct ListChunk: Hashable, Sendable {
    /// Networks of one family, ascending, after those of the chunk before.
    package enum Runs: Hashable, Sendable {
        case ipv4([AddressRun<UInt32>])
        case ipv6([AddressRun<UInt128>])

        /// Networks in the chunk; 1...`ListBounds.chunkEntries`.
        package var count: Int {
            switch self {
            case .ipv4(let runs): runs.count
            case .ipv6(let runs): runs.count
            }
        }
    }

    /// Which list: the number of its first record, so no two are alike.
    package var token: UInt64
    /// 0, 1, 2...
    package var index: UInt32
    /// The networks themselves.
    package var runs: Runs

    package init(token: UInt64, index: UInt32, runs: Runs) {
        self.token = token
        self.index = index
        self.runs = runs
    }
}

/// What makes the chunks of a token a list.
package struct ListCommit: Hashable, Sendable {
    /// The token of its chunks.
    package var token: UInt64
    /// How many chunks there are.
    package var chunks: UInt32
    /// Which list it becomes.
    package var name: String
    /// Milliseconds of boot time, or `Ban.never`.
    package var deadline: Int64
    /// Wall clock seconds since 1970.
    package var committed: UInt32
    /// Who committed it.
    package var uid: UInt32
    /// Networks in it.
    package var entries: UInt32
    /// Networks that the replaced list did not have.
    package var added: UInt32
    /// Networks that only the replaced list had.
    package var removed: UInt32
    /// Whether there was a list of this name.
    package var isReplacement: Bool

    package init(
        token: UInt64, chunks: UInt32, name: String, deadline: Int64, committed: UInt32,
        uid: UInt32, entries: UInt32, added: UInt32, removed: UInt32, isReplacement: Bool
    ) {
        self.token = token
        self.chunks = chunks
        self.name = name
        self.deadline = deadline
        self.committed = committed
        self.uid = uid
        self.entries = entries
        self.added = added
        self.removed = removed
        self.isReplacement = isReplacement
    }
}

/// A list dropped by command.
package struct ListDrop: Hashable, Sendable {
    /// Which list.
    package var name: String
    /// Networks it had.
    package var entries: UInt32
    /// Who dropped it.
    package var uid: UInt32

    package init(name: String, entries: UInt32, uid: UInt32) {
        self.name = name
        self.entries = entries
        self.uid = uid
    }
}

/// A list that has ended.
package struct ListEnd: Hashable, Sendable {
    /// Which list.
    package var name: String
    /// The deadline it ended at; another commit of the name has another and stays.
    package var deadline: Int64
    /// Networks it had.
    package var entries: UInt32

    package init(name: String, deadline: Int64, entries: UInt32) {
        self.name = name
        self.deadline = deadline
        self.entries = entries
    }
}
