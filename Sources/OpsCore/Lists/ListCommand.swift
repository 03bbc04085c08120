// The requests about lists.

/// One request about lists.
package enum ListCommand: Hashable, Sendable {
    /// Begins a list.  A connection has at most one: a list that it had begun before is dropped.
    case begin(name: String, Lifetime)
    /// Adds networks, given in ascending order, IPv4 before IPv6.
    case add(token: UInt64, [Target])
    case commit(token: UInt64)
    case drop(name: String)
    /// `name` nil: all lists, without their networks.
    case show(name: String?, PageQuery)
}

/// What the daemon does for an unfinished list, which belongs to its connection, not to the
/// state.
package enum ListStep: Hashable, Sendable {
    case begin(name: String, Lifetime)
    case add(token: UInt64, [Target])
    case commit(token: UInt64)
}
