// One transaction of nf_tables as bytes: the kernel applies all of it at once or nothing, and a
// packet sees the rules before it or the rules after it.  `finish` closes it and requests an answer
// to its last message; the kernel also answers every message that it refuses.
//
// It is sent in one piece, so the send buffer must hold all of it: `count` is its size in bytes.
//
// Source: include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h; nf_tables_api.c of the kernel.

import CNetfilter

/// A transaction under way.
package struct Transaction: Sendable {
    /// The family of the table: IPv4 and IPv6.
    static let family = NetfilterFamily.inet
    /// Bytes of elements in one message; a nested attribute cannot be longer than 65,535.
    static let listBytes = 60_000

    var writer = NetlinkWriter()
    private var sequence: UInt32

    /// The number of its first message.
    package let firstSequence: UInt32
    /// The number of the message the kernel acknowledges when all is done.
    package private(set) var lastSequence: UInt32
    /// Bytes so far.
    package var count: Int { writer.bytes.count }
    /// Whether it contains only its beginning.
    package private(set) var isEmpty = true

    /// - Parameter sequence: the number of its first message; must differ from those of the
    ///   previous transaction.
    package init(sequence: UInt32, reserveBytes: Int = 4_096) {
        self.sequence = sequence
        firstSequence = sequence
        lastSequence = sequence
        writer.reserve(reserveBytes)
        bracket(NFNL_MSG_BATCH_BEGIN)
    }

    /// Closes the transaction; returns the bytes to send, and the number of the message to be
    /// acknowledged.
    package consuming func finish() -> (bytes: [UInt8], acknowledges: UInt32) {
        writer.flag(NLM_F_ACK)
        bracket(NFNL_MSG_BATCH_END)
        return (writer.bytes, lastSequence)
    }

    private mutating func bracket(_ type: Int32) {
        writer.begin(
            type: UInt16(type), flags: UInt16(NLM_F_REQUEST), sequence: sequence, family: 0,
            resource: UInt16(NFNL_SUBSYS_NFTABLES))
        writer.end()
        sequence &+= 1
    }

    /// Appends one message of nf_tables, whose attributes `body` writes.
    mutating func message(
        _ type: nf_tables_msg_types, _ flags: Int32 = 0, _ body: (inout NetlinkWriter) -> Void
    ) {
        writer.begin(
            type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(type.rawValue),
            flags: UInt16(NLM_F_REQUEST | flags), sequence: sequence, family: Self.family)
        body(&writer)
        writer.end()
        lastSequence = sequence
        sequence &+= 1
        isEmpty = false
    }
}
