// What a filter found in a line.

package import OpsCore

/// Something that a line says about an address.
package struct Finding: Hashable, Sendable {
    /// Who: a single address, or the network that the line names where the pattern asks for one
    /// (`<SUBNET>`, `<CIDR>`).  nil: nobody, which only a filter of lines finds.
    package var address: Network?
    /// When, in milliseconds since 1970: the log's own time, at most now.
    package var time: Int64
    /// How many failures it is; 1 but for rules with a weight of their own.
    package var count: Int
    /// The user name that was tried, where the line has one; at most 64 bytes of it.
    package var user: String?

    /// One failure of an address, or one line.
    package init(address: Network?, time: Int64, count: Int = 1, user: String? = nil) {
        self.address = address
        self.time = time
        self.count = count
        self.user = user
    }
}

/// The time of a line.
package enum LineTime: Hashable, Sendable {
    /// It is in the line, where the filter's dates find it.
    case inLine
    /// The source knows it (the journal, docker's json-file): milliseconds since 1970.  The line
    /// has no date.
    case known(Int64)
    /// The source knows when the line came, and the line may have a date of its own (docker's
    /// json-file): that counts if there is one, and otherwise this.
    case arrived(Int64)
}
