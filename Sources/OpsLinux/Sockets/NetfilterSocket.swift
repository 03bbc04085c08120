// A netlink socket to netfilter.  One thread sends requests and reads their answers; another socket,
// in a group, hears what anybody changes.  It knows nothing of what the bytes mean.
//
// Sending is not free of waiting although the socket is nonblocking: the kernel works a request off
// within the call, and takes its turn behind whoever changes the tables at the time.
//
// Source: netlink(7), socket(7).

@preconcurrency import Glibc

/// A socket to netfilter, and its address.
package struct NetfilterSocket: ~Copyable, Sendable {
    /// What came of a read.
    package enum Received: Hashable, Sendable {
        case bytes(Int)
        /// Nothing is there now.
        case wouldBlock
        /// Messages were lost: the buffer was full.
        case overrun
        case failed(Errno)
    }

    package let descriptor: Descriptor
    /// What the kernel writes into messages that this socket caused.
    package let port: UInt32
    private var roomBytes = 0

    /// Opens one.  EPERM, EAFNOSUPPORT, EPROTONOSUPPORT where that is not to be.
    package init() throws(Errno) {
        let socket = Descriptor(owning: try Syscalls.netfilterSocket())
        try Syscalls.netlinkBind(socket.number)
        let port = try Syscalls.netlinkPort(socket.number)
        try Syscalls.netlinkShortAcknowledgements(socket.number)
        descriptor = socket
        self.port = port
    }

    /// Hears a group from now on.  Source: NFNLGRP_* of linux/netfilter/nfnetlink.h.
    package func join(group: UInt32) throws(Errno) {
        try Syscalls.netlinkJoin(descriptor.number, group: group)
    }

    /// Does not hear what the socket with this port causes.
    package func ignore(port: UInt32) throws(Errno) {
        try Syscalls.netlinkIgnore(descriptor.number, port: port)
    }

    /// Room for so many bytes of messages that were not read yet.
    package func setReceiveBuffer(bytes: Int32) throws(Errno) {
        try Syscalls.setReceiveBuffer(descriptor.number, bytes)
    }

    /// Sends one message, whole.  EMSGSIZE where there is no room for it.
    package mutating func send(_ bytes: RawSpan) throws(Errno) {
        // The kernel doubles it for its own needs, and wants 32 bytes.
        let wanted = bytes.byteCount + 4_096
        if wanted > roomBytes {
            guard let room = Int32(exactly: wanted), room < 1 << 30 else {
                throw Errno(EMSGSIZE, "sendto")
            }
            try Syscalls.setSendBuffer(descriptor.number, room)
            roomBytes = wanted
        }
        let sent = try Syscalls.netlinkSend(descriptor.number, bytes)
        if sent != bytes.byteCount { throw Errno(EIO, "sendto") }
    }

    /// Reads one datagram of the kernel's into `buffer`; those of others are passed over.
    package func receive(into buffer: inout [UInt8]) -> Received {
        while true {
            do throws(Errno) {
                let count = try Syscalls.netlinkReceive(descriptor.number, into: &buffer)
                if count > 0 { return .bytes(count) }
            } catch {
                switch error.code {
                case EAGAIN: return .wouldBlock
                case ENOBUFS: return .overrun
                default: return .failed(error)
                }
            }
        }
    }
}

extension OwnProcess {
    /// Whether this process may change the tables of its network: CAP_NET_ADMIN, in effect.
    /// Source: capabilities(7).
    package static var mayAdministerNetwork: Bool { Syscalls.mayAdministerNetwork() }
}
