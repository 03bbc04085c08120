// Numbers that nf_tables wants and CNetfilter has no name for: those of linux/netfilter.h, which
// cannot be read beside the C library's own headers, and those that are nft(8)'s alone.

/// What becomes of a packet.  Source: linux/netfilter.h, NF_DROP and NF_ACCEPT.
enum NetfilterVerdict {
    static let drop: UInt32 = 0
    static let accept: UInt32 = 1
}

/// Protocol families of netfilter, not of sockets.  Source: linux/netfilter.h, NFPROTO_*.
enum NetfilterFamily {
    /// NFPROTO_INET: both of the others.
    static let inet: UInt8 = 1
    static let ipv4: UInt8 = 2
    static let ipv6: UInt8 = 10
}

/// Where a chain hooks in.  Source: linux/netfilter.h and linux/netfilter_ipv4.h.
enum NetfilterHook {
    /// NF_INET_PRE_ROUTING.
    static let preRouting: UInt32 = 0
    /// NF_IP_PRI_RAW: before connection tracking has any cost.
    static let rawPriority: Int32 = -300
}

/// What nft(8) writes into a table or a set for itself; the kernel keeps it and does not look.
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
