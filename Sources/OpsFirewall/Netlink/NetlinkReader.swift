// Parses netlink bytes into messages, and messages into attributes.  The bytes are not trusted,
// even if they seem to come from the kernel: a length that does not fit ends the walk, and nothing
// is read outside the bytes that were received.
//
// Source: include/uapi/linux/netlink.h, nlmsg_ok() and nla_ok() of the kernel.

import CNetfilter

/// One message: its header, and where its payload lies in the bytes it was read from.
struct NetlinkMessage {
    static let headerBytes = 16

    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    /// The port of the socket whose request caused it; 0: the kernel itself did.
    let port: UInt32
    let payload: Range<Int>

    /// The messages of one datagram, in order, as far as they are whole.
    static func forEach(in bytes: Span<UInt8>, _ body: (NetlinkMessage) -> Void) {
        var place = 0
        while place + headerBytes <= bytes.count {
            let length = Int(bytes.number(at: place, as: UInt32.self))
            guard length >= headerBytes, length <= bytes.count - place else { return }
            body(
                NetlinkMessage(
                    type: bytes.number(at: place + 4, as: UInt16.self),
                    flags: bytes.number(at: place + 6, as: UInt16.self),
                    sequence: bytes.number(at: place + 8, as: UInt32.self),
                    port: bytes.number(at: place + 12, as: UInt32.self),
                    payload: place + headerBytes..<place + length))
            place += (length + 3) & ~3
        }
    }

    /// Its type (NFT_MSG_*) if it is from nf_tables; otherwise nil.
    var tablesType: UInt32? {
        type >> 8 == UInt16(NFNL_SUBSYS_NFTABLES) ? UInt32(type & 0xff) : nil
    }

    /// Where the attributes of a netfilter message lie: after its header of 4 bytes.
    var attributes: Range<Int> {
        min(payload.lowerBound + 4, payload.upperBound)..<payload.upperBound
    }
}

/// One attribute.
struct NetlinkAttribute {
    let kind: UInt32
    let value: Range<Int>

    /// The attributes in a part of some bytes, as far as they are whole.
    @inline(__always)
    static func forEach(
        in bytes: Span<UInt8>, _ range: Range<Int>, _ body: (NetlinkAttribute) -> Void
    ) {
        var place = range.lowerBound
        while place + 4 <= range.upperBound {
            let length = Int(bytes.number(at: place, as: UInt16.self))
            guard length >= 4, length <= range.upperBound - place else { return }
            let kind = bytes.number(at: place + 2, as: UInt16.self) & UInt16(NLA_TYPE_MASK_16)
            body(NetlinkAttribute(kind: UInt32(kind), value: place + 4..<place + length))
            place += (length + 3) & ~3
        }
    }

    /// The first attribute of a kind.
    static func first<Kind: RawRepresentable>(
        _ kind: Kind, in bytes: Span<UInt8>, _ range: Range<Int>
    ) -> NetlinkAttribute? where Kind.RawValue == UInt32 {
        var found: NetlinkAttribute?
        forEach(in: bytes, range) { attribute in
            if found == nil && attribute.kind == kind.rawValue { found = attribute }
        }
        return found
    }

    func `is`<Kind: RawRepresentable>(_ other: Kind) -> Bool where Kind.RawValue == UInt32 {
        kind == other.rawValue
    }

    /// 32 bits in network order; nil where it has another size.
    func number(_ bytes: Span<UInt8>) -> UInt32? {
        value.count == 4
            ? UInt32(bigEndian: bytes.number(at: value.lowerBound, as: UInt32.self)) : nil
    }

    /// 64 bits in network order; nil where it has another size.
    func wide(_ bytes: Span<UInt8>) -> UInt64? {
        value.count == 8
            ? UInt64(bigEndian: bytes.number(at: value.lowerBound, as: UInt64.self)) : nil
    }

    /// Its text, without the NUL.
    func text(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        for place in value where bytes[place] != 0 { text.append(bytes[place]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether its value is `text`, with or without a NUL.
    func isText(_ text: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let size = text.utf8CodeUnitCount
        guard value.count == size || value.count == size + 1 else { return false }
        for offset in 0..<size
        where bytes[value.lowerBound + offset] != text.utf8Start[offset] { return false }
        return value.count == size || bytes[value.upperBound - 1] == 0
    }
}

/// `NLA_TYPE_MASK`, which Swift cannot import, because it is an expression.
private let NLA_TYPE_MASK_16: UInt32 = 0x3fff

extension Span<UInt8> {
    /// A number in host order; the caller has checked that it lies within the span.
    @inline(__always)
    func number<Number: FixedWidthInteger & BitwiseCopyable>(
        at place: Int, as type: Number.Type
    ) -> Number {
        bytes.unsafeLoadUnaligned(fromByteOffset: place, as: type)
    }
}
