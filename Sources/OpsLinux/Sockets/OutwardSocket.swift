// A socket to another host or program, never waiting: TCP, UDP, an ICMP echo without privileges, or
// a Unix socket.  The connection may still be under way when the socket is there: it is writable
// once it is settled, and `failure` tells how.

import COpsLinux
@preconcurrency import Glibc

/// A connected socket, or one that is about to be.
package struct OutwardSocket: ~Copyable, Sendable {
    /// What it carries.
    package enum Kind: Sendable {
        case stream, datagram
        /// ICMP echoes, for those in net.ipv4.ping_group_range.  Source: icmp(7).
        case echo
    }

    /// The socket.
    package let descriptor: Descriptor

    /// Begins to connect to an address of 4 or 16 bytes in network order.
    package init(_ kind: Kind, to address: [UInt8], port: UInt16) throws(Errno) {
        let isIPv6 = address.count == 16
        guard isIPv6 || address.count == 4 else { throw Errno(EAFNOSUPPORT, "connect") }
        let number: Int32 =
            switch kind {
            case .stream: Int32(OPS_STREAM)
            case .datagram: Int32(OPS_DATAGRAM)
            case .echo: Int32(OPS_ECHO)
            }
        let socket = Descriptor(owning: try Syscalls.outwardSocket(number, isIPv6: isIPv6))
        try Self.begin { () throws(Errno) in
            try Syscalls.connect(socket.number, address, isIPv6: isIPv6, port: port)
        }
        descriptor = socket
    }

    /// Begins to connect to a Unix stream socket.
    package init(unix path: SocketPath) throws(Errno) {
        let socket = Descriptor(
            owning: try Syscalls.unixSocket(datagram: false, nonBlocking: true))
        try Self.begin { () throws(Errno) in try Syscalls.connect(socket.number, path) }
        descriptor = socket
    }

    private static func begin(_ connect: () throws(Errno) -> Void) throws(Errno) {
        do throws(Errno) { try connect() } catch {
            if error.code != EINPROGRESS { throw error }
        }
    }

    /// Why it did not connect, or what went wrong since it was asked last; nil: nothing.
    package var failure: Errno? {
        let code = Syscalls.socketError(descriptor.number)
        return code == 0 ? nil : Errno(code, "connect")
    }

    /// Reads once into `buffer`, which must not be empty.
    package func receive(into buffer: inout [UInt8]) -> Transfer {
        do throws(Errno) {
            let count = try Syscalls.receive(descriptor.number, into: &buffer, at: 0)
            return count == 0 ? .closed : .bytes(count)
        } catch {
            return error.code == EAGAIN ? .wouldBlock : .failed(error)
        }
    }

    /// Writes once, perhaps in part.
    package func send(_ bytes: RawSpan) -> Transfer {
        do throws(Errno) {
            return .bytes(try Syscalls.send(descriptor.number, bytes))
        } catch {
            return error.code == EAGAIN ? .wouldBlock : .failed(error)
        }
    }
}

extension Errno {
    /// This host has no way there at all, or will not let the packet out: it says nothing of the
    /// other end.
    package var isOfThisHost: Bool {
        [
            ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT, EACCES, EPERM, EMFILE, ENFILE,
            ENOBUFS, ENOMEM, EPROTONOSUPPORT,
        ].contains(code)
    }
}
