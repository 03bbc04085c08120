// The networks whose packets the kernel is to drop, each with a deadline.  Deadlines are
// milliseconds of boot time, as everywhere in opsd; the time left becomes a timeout only when the
// message is written.

package import OpsCore

/// A network whose packets are dropped until a deadline.
package struct Drop: Hashable, Sendable {
    /// The `deadline` of a drop that does not end.
    package static let never = Int64.max
    /// A timeout is the time left plus this many milliseconds, and so at least this long: the
    /// kernel counts in ticks of up to 10 ms, rounds down, and takes 0 for "for ever".
    package static let slackMilliseconds: Int64 = 20

    /// Packets with a source address in this network are dropped.
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
    /// The first address as a number: 32 bits for IPv4, 128 bits for IPv6.
    var firstKey: UInt128 {
        isIPv4 ? UInt128(low & 0xffff_ffff) : UInt128(high) << 64 | UInt128(low)
    }

    /// The last address of the network as a number, in the form of `firstKey`.
    var lastKey: UInt128 {
        let hostBits = 128 - UInt128(length)
        return hostBits == 128 ? .max : firstKey | ((UInt128(1) << hostBits) - 1)
    }
}
