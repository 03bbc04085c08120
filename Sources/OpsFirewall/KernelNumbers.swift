// Numbers that nf_tables needs and CNetfilter does not name: those of linux/netfilter.h, which
// cannot be included together with the C library's headers, and those that only nft(8) defines.

/// What the kernel does with a packet.  Source: linux/netfilter.h, NF_DROP and NF_ACCEPT.
enum NetfilterVerdict {
    static let drop: UInt32 = 0
    static let accept: UInt32 = 1
}

/// Protocol families of netfilter, not of sockets.  Source: linux/netfilter.h, NFPROTO_*.
enum NetfilterFamily {
    /// NFPROTO_INET: IPv4 and IPv6.
    static let inet: UInt8 = 1
    static let ipv4: UInt8 = 2
    static let ipv6: UInt8 = 10
}

/// Where a chain hooks in.  Source: linux/netfilter.h and linux/netfilter_ipv4.h.
enum NetfilterHook {
    /// NF_INET_PRE_ROUTING.
    static let preRouting: UInt32 = 0
    /// NF_IP_PRI_RAW: runs before connection tracking, so dropped packets do not cost that.
    static let rawPriority: Int32 = -300
}

/// What nft(8) writes into a table or a set for its own use; the kernel stores it without reading
/// it.
/// Source: nftables, include/datatype.h and libnftnl, include/libnftnl/udata.h.
enum NFTNumber {
    /// TYPE_IPADDR and TYPE_IP6ADDR: ipv4_addr and ipv6_addr.
    static let ipv4Address: UInt32 = 7
    static let ipv6Address: UInt32 = 8
    /// NFTNL_UDATA_TABLE_COMMENT: a text with its NUL.
    static let tableComment: UInt8 = 0
    /// NFTNL_UDATA_SET_KEYBYTEORDER: a number in host order.
    static let setKeyByteOrder: UInt8 = 0
    /// BYTEORDER_BIG_ENDIAN: the keys are in network order.
    static let bigEndian: UInt32 = 2
}
