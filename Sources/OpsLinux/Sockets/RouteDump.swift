// The kernel's tables of routes, nexthops and interfaces, each dumped over a netlink socket of its
// own.  It knows where a dump ends and whether it failed, and does not interpret the entries.  It
// needs no privilege.
//
// A router may have a million routes, and whoever asks does so every few seconds.  So a dump stops
// at a number of bytes and after some time, and what comes later is missed.  The kernel hands out
// IPv4 routes table by table in an order of its own, and within a table by address: 0.0.0.0/0 and
// 0.0.0.0/1 come first, 128.0.0.0/1 in the middle.  In a table of IPv6 routes, ::/0 comes last.
//
// Source: rtnetlink(7), netlink(7); net/ipv4/fib_trie.c and net/ipv6/ip6_fib.c for the order.

import COpsLinux
@preconcurrency import Glibc

/// Reads one of the kernel's tables.
package enum RouteDump {
    /// What can be read; of the routes, those of type unicast.
    package enum Table: Sendable, CaseIterable {
        case routesIPv4, routesIPv6, nexthops, links

        /// As COpsLinux.h has them.
        fileprivate var number: Int32 {
            switch self {
            case .routesIPv4: Int32(OPS_ROUTES_IPV4)
            case .routesIPv6: Int32(OPS_ROUTES_IPV6)
            case .nexthops: Int32(OPS_NEXTHOPS)
            case .links: Int32(OPS_LINKS)
            }
        }

        /// The type of its entries: RTM_NEWROUTE, RTM_NEWNEXTHOP or RTM_NEWLINK.
        fileprivate var entryType: UInt16 {
            switch self {
            case .routesIPv4, .routesIPv6: 24
            case .nexthops: 104
            case .links: 16
            }
        }
    }

    /// What a datagram said about the dump.
    enum Progress: Hashable {
        case more, done
        /// The kernel gave the dump up, with this errno value.
        case failed(Int32)
    }

    /// The kernel fills a datagram of a dump with up to this many bytes.  Source: netlink_dump().
    private static let datagramBytes = 32_768
    /// A table that changes while it is dumped is dumped this often.
    static let tries = 3

    /// Hands each entry of `table` to `body`: an rtmsg, nhmsg or ifinfomsg, and its attributes.
    /// Stops after `limitBytes`, or when `patienceMilliseconds` have passed.
    ///
    /// Where the table changed meanwhile it is dumped again, and `body` sees its entries again:
    /// each was true when it was read.  EOPNOTSUPP where the kernel has no such table.
    package static func read(
        _ table: Table, limitBytes: Int, patienceMilliseconds: Int64 = 300,
        _ body: (Span<UInt8>) -> Void
    ) throws(Errno) {
        let socket = Descriptor(owning: try Syscalls.routeSocket())
        // Kernels before 4.20 cannot do this, and send all that they have.
        try? Syscalls.netlinkStrict(socket.number)
        try Syscalls.setReceiveTimeout(socket.number, milliseconds: patienceMilliseconds)
        let deadline = Clocks.bootNanoseconds() + patienceMilliseconds * 1_000_000
        var left = limitBytes
        var buffer = [UInt8](repeating: 0, count: datagramBytes)
        for _ in 0..<tries {
            try Syscalls.routeDump(socket.number, table: table.number)
            var isInterrupted = false
            var progress = Progress.more
            while progress == .more {
                let count = try Syscalls.netlinkReceive(socket.number, into: &buffer)
                progress = read(
                    buffer.span.extracting(first: count), entries: table.entryType,
                    isInterrupted: &isInterrupted, body)
                left -= count
                let isSpent = left <= 0 || Clocks.bootNanoseconds() >= deadline
                if isSpent, progress == .more { return }
            }
            if case .failed(let code) = progress { throw Errno(code, "netlink dump") }
            if !isInterrupted || left <= 0 || Clocks.bootNanoseconds() >= deadline { return }
        }
    }

    /// Hands the entries of a datagram to `body`.  A length that does not fit ends the datagram.
    static func read(
        _ datagram: Span<UInt8>, entries type: UInt16, isInterrupted: inout Bool,
        _ body: (Span<UInt8>) -> Void
    ) -> Progress {
        var place = 0
        while datagram.count - place >= headerBytes {
            let header = datagram.bytes.extracting(place..<place + headerBytes)
            let length = Int(header.unsafeLoadUnaligned(as: UInt32.self))
            guard length >= headerBytes, length <= datagram.count - place else { return .more }
            let payload = datagram.extracting(place + headerBytes..<place + length)
            if header.unsafeLoadUnaligned(fromByteOffset: 6, as: UInt16.self) & interrupted != 0 {
                isInterrupted = true
            }
            switch header.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self) {
            case type: body(payload)
            case failureType: return .failed(code(payload) ?? EIO)
            case doneType: return code(payload).map { .failed($0) } ?? .done
            default: break
            }
            place = min(datagram.count, place + (length + 3) & ~3)
        }
        return .more
    }

    /// The errno value that begins a payload, negative there; nil: there is none, or 0.
    private static func code(_ payload: Span<UInt8>) -> Int32? {
        guard payload.count >= 4 else { return nil }
        let number = payload.bytes.unsafeLoadUnaligned(as: Int32.self)
        return number < 0 ? 0 &- number : nil
    }

    private static let headerBytes = 16
    /// NLMSG_ERROR and NLMSG_DONE.
    private static let failureType: UInt16 = 2
    private static let doneType: UInt16 = 3
    /// NLM_F_DUMP_INTR.
    private static let interrupted: UInt16 = 0x10
}
