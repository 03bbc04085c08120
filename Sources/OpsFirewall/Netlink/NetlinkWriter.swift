// Netlink messages as bytes: headers, attributes, nesting, padding.  Lengths are filled in when a
// message or a nest is closed, so nothing is built twice.  Netlink headers have numbers in host
// order, nf_tables attributes mostly in network order: each function says which it writes.
//
// It does not check what a message means.  A message may be up to 4 GiB long, an attribute 65,535
// bytes.
//
// Source: include/uapi/linux/netlink.h.

import CNetfilter

/// Bytes of netlink messages, one after the other.
package struct NetlinkWriter: Sendable {
    /// The complete messages, followed by the one that is open.
    package private(set) var bytes: [UInt8] = []
    private var messageStart = 0

    /// No messages.
    package init() {}

    /// Reserves room for this many bytes in all.
    package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    // MARK: Messages

    /// Opens a message of netfilter: writes the netlink header and the netfilter header.
    mutating func begin(
        type: UInt16, flags: UInt16, sequence: UInt32, family: UInt8, resource: UInt16 = 0
    ) {
        messageStart = bytes.count
        raw(UInt32(0))
        raw(type)
        raw(flags)
        raw(sequence)
        raw(UInt32(0))
        raw(family)
        raw(UInt8(NFNETLINK_V0))
        raw(resource.bigEndian)
    }

    /// Closes the message and fills in its length.
    mutating func end() { patch(UInt32(bytes.count - messageStart), at: messageStart) }

    /// Adds flags to the message that was opened last.
    mutating func flag(_ flags: Int32) {
        let place = messageStart + 6
        let old = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
        patch(UInt16(littleEndian: old) | UInt16(flags), at: place)
    }

    // MARK: Attributes

    /// An attribute that holds attributes.
    @inline(__always)
    mutating func nest<Kind: RawRepresentable>(
        _ kind: Kind, _ body: (inout NetlinkWriter) -> Void
    ) where Kind.RawValue == UInt32 {
        let start = bytes.count
        header(0, UInt16(truncatingIfNeeded: kind.rawValue) | UInt16(NLA_F_NESTED))
        body(&self)
        patch(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    }

    /// A text with its NUL.
    mutating func text<Kind: RawRepresentable>(_ kind: Kind, _ text: String)
    where Kind.RawValue == UInt32 {
        data(kind, Array(text.utf8) + [0])
    }

    /// Bytes as they are.
    mutating func data<Kind: RawRepresentable>(_ kind: Kind, _ data: [UInt8])
    where Kind.RawValue == UInt32 {
        header(4 + data.count, UInt16(truncatingIfNeeded: kind.rawValue))
        bytes += data
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// 32 bits in network order.
    @inline(__always)
    mutating func number<Kind: RawRepresentable>(_ kind: Kind, _ value: UInt32)
    where Kind.RawValue == UInt32 {
        header(8, UInt16(truncatingIfNeeded: kind.rawValue))
        raw(value.bigEndian)
    }

    /// 64 bits in network order.
    @inline(__always)
    mutating func number<Kind: RawRepresentable>(_ kind: Kind, wide value: UInt64)
    where Kind.RawValue == UInt32 {
        header(12, UInt16(truncatingIfNeeded: kind.rawValue))
        raw(value.bigEndian)
    }

    @inline(__always)
    private mutating func header(_ length: Int, _ kind: UInt16) {
        raw(UInt16(truncatingIfNeeded: length))
        raw(kind)
    }

    /// A number in host order.
    @inline(__always)
    mutating func raw<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }

    private mutating func patch<Number: FixedWidthInteger>(_ number: Number, at place: Int) {
        withUnsafeBytes(of: number) { source in
            for (offset, byte) in source.enumerated() { bytes[place + offset] = byte }
        }
    }
}
