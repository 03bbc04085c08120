// What the kernel is to drop: networks with the moment each ends.  Deadlines are milliseconds of
// boot time, as everywhere in opsd; what is left of one becomes a timeout only when it is written.

package import OpsCore

/// A network whose packets are dropped until a deadline.
package struct Drop: Hashable, Sendable {
    /// `deadline` of one that does not end.
    package static let never = Int64.max
    /// Timeouts are this much longer than what is left, and at least this long, in milliseconds:
    /// the kernel counts in ticks of up to 10 ms, rounds down, and takes 0 for "for ever".
    package static let slackMilliseconds: Int64 = 20

    /// Whose packets are dropped, by their source.
    package var network: Network
    /// Milliseconds of boot time, or `never`.
    package var deadline: Int64

    package init(_ network: Network, until deadline: Int64) {
        self.network = network
        self.deadline = deadline
    }

    /// The timeout for a deadline, in milliseconds; nil: none.
    static func timeout(_ deadline: Int64, at boot: Int64) -> UInt64? {
        if deadline == never { return nil }
        return UInt64(max(0, deadline - boot) + slackMilliseconds)
    }
}

extension Network {
    /// The 128 bits in network order as a number; IPv4 addresses by themselves, as 32 bits.
    var firstKey: UInt128 {
        isIPv4 ? UInt128(low & 0xffff_ffff) : UInt128(high) << 64 | UInt128(low)
    }

    /// The last address of the network in the same form.
    var lastKey: UInt128 {
        let hostBits = 128 - UInt128(length)
        return hostBits == 128 ? .max : firstKey | ((UInt128(1) << hostBits) - 1)
    }
}
