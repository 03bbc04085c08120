// A netlink socket to netfilter.  One thread sends requests and reads their answers; another socket
// joins a group and receives a notice of every change.  This file does not interpret the bytes.
//
// Sending may wait although the socket is nonblocking: the kernel processes a request within the
// call, after any other change of the tables that is in progress.
//
// Source: netlink(7), socket(7).

@preconcurrency import Glibc

/// A socket to netfilter, and its address.
package struct NetfilterSocket: ~Copyable, Sendable {
    /// The outcome of a read.
    package enum Received: Hashable, Sendable {
        case bytes(Int)
        /// No message waits.
        case wouldBlock
        /// Messages were lost: the buffer was full.
        case overrun
        case failed(Errno)
    }

    /// Readable when a message waits.
    package let descriptor: Descriptor
    /// The socket's address, which the kernel writes into messages that this socket caused.
    package let port: UInt32
    private var roomBytes = 0

    /// Opens a socket; EPERM, EAFNOSUPPORT or EPROTONOSUPPORT where that is not possible.
    package init() throws(Errno) {
        let socket = Descriptor(owning: try Syscalls.netfilterSocket())
        try Syscalls.netlinkBind(socket.number)
        let port = try Syscalls.netlinkPort(socket.number)
        try Syscalls.netlinkShortAcknowledgements(socket.number)
        descriptor = socket
        self.port = port
    }

    /// Receives the messages of a group from now on.  Source: NFNLGRP_* of
    /// linux/netfilter/nfnetlink.h.
    package func join(group: UInt32) throws(Errno) {
        try Syscalls.netlinkJoin(descriptor.number, group: group)
    }

    /// A second handle on the membership of this socket, for another thread.
    package func membership(of group: UInt32) throws(Errno) -> GroupMembership {
        GroupMembership(try descriptor.duplicate(), group: group)
    }

    /// Stops receiving messages that the socket with this port caused.
    package func ignore(port: UInt32) throws(Errno) {
        try Syscalls.netlinkIgnore(descriptor.number, port: port)
    }

    /// Sets how many bytes of unread messages the kernel keeps.
    package func setReceiveBuffer(bytes: Int32) throws(Errno) {
        try Syscalls.setReceiveBuffer(descriptor.number, bytes)
    }

    /// Sends one whole message.  EMSGSIZE if it is too large.
    package mutating func send(_ bytes: RawSpan) throws(Errno) {
        // The kernel doubles the size for its own needs, and requires 32 bytes more.
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

    /// Reads one datagram from the kernel into `buffer`; datagrams from other senders are skipped.
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

/// Whether a socket receives the messages of a group.  What had come before it left stays to be
/// read.
package struct GroupMembership: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private let group: UInt32

    fileprivate init(_ descriptor: consuming Descriptor, group: UInt32) {
        self.descriptor = descriptor
        self.group = group
    }

    /// Messages sent from now on are not received.
    package func leave() throws(Errno) {
        try Syscalls.netlinkLeave(descriptor.number, group: group)
    }

    /// Messages sent from now on are received again.
    package func join() throws(Errno) {
        try Syscalls.netlinkJoin(descriptor.number, group: group)
    }
}

extension OwnProcess {
    /// Whether this process may change network tables: CAP_NET_ADMIN is in its effective set.
    /// Source: capabilities(7).
    package static var mayAdministerNetwork: Bool { Syscalls.mayAdministerNetwork() }
}
