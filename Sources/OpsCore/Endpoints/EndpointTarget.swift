// What an endpoint's URL names.  Only what opscheck can ask for is one, and nothing in it is a
// secret: users and passwords have keys of their own.

/// Where an endpoint is, and how it is spoken to.
package struct EndpointTarget: Hashable, Sendable {
    /// How it is spoken to.
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case http, https, tcp, unix, icmp, dns, redis, postgres

        /// The port where none is named; nil: one must be, or there is none.
        package var port: UInt16? {
            switch self {
            case .http: 80
            case .https: 443
            case .dns: 53
            case .redis: 6_379
            case .postgres: 5_432
            case .tcp, .unix, .icmp: nil
            }
        }
    }

    /// The longest URL, bytes.
    package static let limitBytes = 1_024

    /// How it is spoken to.
    package var scheme: Scheme
    /// A name, or an address without brackets; empty for unix.
    package var host: String
    /// 0 for unix and icmp.
    package var port: UInt16
    /// What follows the host, with its slash: of HTTP with the query, of unix the path of the
    /// socket, of dns the name, of postgres the database; may be empty.
    package var path: String

    /// nil: it is none of the URLs that opscheck knows, or names a user.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.limitBytes,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            let separator = Self.range(of: "://", in: text),
            let scheme = Scheme(rawValue: String(text[..<separator.lowerBound]))
        else { return nil }
        let rest = text[separator.upperBound...]
        self.scheme = scheme
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        path = String(rest[authority.endIndex...])
        if scheme == .unix {
            guard authority.isEmpty, path.utf8.count > 1, path.utf8.count <= 108 else { return nil }
            (host, port) = ("", 0)
            return
        }
        guard let (host, port) = Self.hostAndPort(authority, scheme) else { return nil }
        (self.host, self.port) = (host, port)
        switch scheme {
        case .http, .https:
            if path.isEmpty { path = "/" }
        case .dns:
            guard Self.isHost(String(path.dropFirst())), path.first == "/" else { return nil }
        case .postgres:
            guard path.isEmpty || path.first == "/" && !path.dropFirst().contains("/") else {
                return nil
            }
        case .tcp, .icmp, .redis: guard path.isEmpty || path == "/" else { return nil }
        case .unix: break
        }
    }

    private static func range(of mark: String, in text: String) -> Range<String.Index>? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix(mark) else {
            return nil
        }
        return colon..<text.index(colon, offsetBy: mark.count)
    }

    private static func hostAndPort(
        _ authority: Substring, _ scheme: Scheme
    ) -> (host: String, port: UInt16)? {
        var host = authority
        var digits: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            if !rest.isEmpty {
                guard rest.first == ":" else { return nil }
                digits = rest.dropFirst()
            }
            guard host.contains(":") else { return nil }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            digits = authority[authority.index(after: colon)...]
        }
        guard isHost(String(host)) else { return nil }
        if scheme == .icmp { return digits == nil ? (String(host), 0) : nil }
        guard let digits else { return scheme.port.map { (String(host), $0) } }
        guard !digits.isEmpty, digits.utf8.count <= 5, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let port = UInt16(digits), port > 0
        else { return nil }
        return (String(host), port)
    }

    /// A name of letters, digits, `-`, `_` and `.`, or an address.
    package static func isHost(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        if text.utf8.contains(UInt8(ascii: ":")) {
            return !text.utf8.contains(UInt8(ascii: "/")) && Network(parsing: text) != nil
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { index, label in
            let isRoot = index > 0 && index == labels.count - 1 && label.isEmpty
            return isRoot
                || (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy {
                        $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2d || $0 == 0x5f
                    }
        }
    }

    /// Whether it is on this host: its answer says nothing of the network.
    package var isLocal: Bool {
        if scheme == .unix || host == "localhost" || host == "::1" { return true }
        return host.hasPrefix("127.") && Network(parsing: host) != nil
    }
}
