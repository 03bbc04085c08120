// What is never banned, whoever asks.
//
// The rules, numbered as their tests:
// 10. No ban holds, in part or as a whole:
//     a. a whole address family (/0) or, without `force`, more than an IPv4 /8 or IPv6 /32;
//     b. what is in `guard.allow`, or loopback;
//     c. an address of this host, or one of its default gateways;
//     d. what nobody's packets come from: 0.0.0.0, the broadcast address, multicast, and `::`;
//     e. without `force`, all IPv4 addresses behind a translator (64:ff9b::/96, RFC 6052);
//     f. with `protect_sessions`, an address from which somebody is logged in by ssh now.
//     A command is refused in words; a strike or a hit over the limit is not counted.

extension State {
    /// The prefix lengths below which a ban needs `force`, in the 128-bit space.
    private static let broadestIPv4: UInt8 = 96 + 8
    private static let broadestIPv6: UInt8 = 32

    /// Why `network` may not be banned; nil: it may.
    func refusal(banning network: Network, isForced: Bool) -> Refusal? {
        if network.length == 0 || (network.isIPv4 && network.length == 96) {
            return Refusal(.refused, "\(network) is a whole address family; opsd never bans /0")
        }
        if let entry = rules.allow.first(where: { $0.overlaps(network) }) {
            return Refusal(
                .refused, "\(network) overlaps \(entry), which is in guard.allow",
                hint: "remove \(entry) from guard.allow and reload")
        }
        let loopback = network.isIPv4 ? Network.ipv4Loopback : .ipv6Loopback
        if loopback.overlaps(network) {
            return Refusal(.refused, "\(network) overlaps loopback (\(loopback))")
        }
        if let words = Self.senderless(network) {
            return Refusal(.refused, "\(network) is \(words), which no packet comes from")
        }
        if let entry = hostAddress(in: network) { return refusal(holding: entry, network) }
        if !isForced && network.contains(.translatedIPv4) {
            return Refusal(
                .refused, "\(network) contains every IPv4 address behind a NAT64 translator",
                hint: "force=true bans it")
        }
        let broadest = network.isIPv4 ? Self.broadestIPv4 : Self.broadestIPv6
        if network.length < broadest && !isForced {
            let bound = network.isIPv4 ? "/8" : "/32"
            return Refusal(
                .refused, "\(network) is broader than \(bound)", hint: "force=true bans it anyway")
        }
        return nil
    }

    /// The refusal of a ban that would hold `entry`.
    func refusal(holding entry: HostNetworks.Entry, _ network: Network) -> Refusal {
        Refusal(
            .refused, "\(network) contains \(entry.network.bareText), \(entry.kind.text)",
            hint: entry.kind == .session
                ? "end the session, or set guard.protect_sessions = false" : nil)
    }

    /// The networks that are never banned and that change at run time.  Nothing drops their
    /// packets, not even a ban or a list that came to hold them.
    package var exempt: [Network] {
        rules.allow
            + hostNetworks.networks { $0 != .session || rules.protectSessions }
    }

    /// Whether nothing drops the packets of an address, whatever holds it.
    package func isExempt(_ network: Network) -> Bool { isProtected(network) }

    /// Whether an address is never struck or banned.
    func isProtected(_ key: Network) -> Bool {
        if rules.allow.contains(where: { $0.contains(key) }) { return true }
        return hostAddress(in: key) != nil || Self.senderless(key) != nil
            || Network.ipv4Loopback.contains(key)
            || Network.ipv6Loopback.contains(key)
    }

    /// Why an address is never struck or banned, in words; nil: it may be banned.
    func protection(of key: Network) -> String? {
        if let entry = allowed(key) { return "\(entry) is in guard.allow" }
        if let entry = hostAddress(in: key) {
            return "\(entry.network.bareText) is \(entry.kind.text)"
        }
        if let words = Self.senderless(key) { return "\(key) is \(words)" }
        for loopback in [Network.ipv4Loopback, .ipv6Loopback] where loopback.contains(key) {
            return "\(loopback) is loopback"
        }
        return nil
    }

    /// What an address or network is that no packet comes from; nil: it may send.
    private static func senderless(_ network: Network) -> String? {
        if network.isIPv4 {
            if network == .ipv4Unspecified { return "the unspecified address" }
            if network == .ipv4Broadcast { return "the broadcast address" }
            return Network.ipv4Multicast.contains(network) ? "multicast" : nil
        }
        if network == .ipv6Unspecified { return "the unspecified address" }
        return Network.ipv6Multicast.contains(network) ? "multicast" : nil
    }

    /// The resolver of this host that a ban of `network` would hold: not refused, but warned of.
    package func resolver(in network: Network) -> Network? { hostNetworks.resolver(in: network) }

    func hostAddress(in network: Network) -> HostNetworks.Entry? {
        guard let entry = hostNetworks.held(by: network) else { return nil }
        if entry.kind != .session || rules.protectSessions { return entry }
        return nil
    }

    /// What is special about a ban that `source` causes.
    func traits(source: String) -> BanTraits {
        if let own = rules.section(of: source) { return own.dryRun ? [.own, .dryRun] : .own }
        if rules.dryRunSources.contains(source) { return [.own, .dryRun] }
        return rules.dryRun ? .dryRun : []
    }
}

extension Network {
    /// An address without the prefix that IPv6 has in replies.
    fileprivate var bareText: String {
        let text = description
        return isAddress && !isIPv4 ? String(text.dropLast(4)) : text
    }
}
