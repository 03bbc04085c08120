// `[check]` and `[endpoint.NAME]`: what opscheck asks for, and what opsd makes of its answers.
// There are no secrets here, only where they are.

/// One endpoint as it is configured.
package struct EndpointSettings: Hashable, Sendable {
    /// The most endpoints.
    package static let limit = 2_000
    /// Bytes of a name.
    package static let nameBytes = 64

    /// Over which protocol it is asked.
    package enum Family: String, Hashable, Sendable, CaseIterable {
        /// Whichever its name has, IPv4 first.
        case any
        case ipv4, ipv6
        /// Over each of them, and both must answer.
        case both
    }

    /// Nothing is an endpoint without it.
    package var url: String?
    /// From one check to the next, milliseconds.
    package var everyMilliseconds: Int64 = 30_000
    /// How long one try may take, milliseconds.
    package var timeoutMilliseconds: Int64 = 5_000
    /// Tries, all within `triesMilliseconds`: the best of them counts.
    package var tries: Int? = 3
    /// An answer that takes longer is slow, milliseconds.
    package var slowMilliseconds: Int64 = 1_000
    /// Over which protocol.
    package var family = Family.any
    /// HTTP: the method.
    package var method = "GET"
    /// HTTP: header lines.
    package var headers: [String] = []
    /// HTTP: header lines whose value is where the secret is.
    package var secretHeaders: [String] = []
    /// HTTP: statuses that are right, each `200` or `200-299`.
    package var statuses: [String] = ["200"]
    /// HTTP: what the body must have in it.
    package var body: String?
    /// HTTP: the member of a JSON body that must be there.
    package var json: String?
    /// HTTP: what that member must be.
    package var equals: String?
    /// HTTP: how many redirects are followed.
    package var redirects: Int? = 0
    /// HTTPS: fewer days left of the certificate are told.
    package var certificateDays: Int? = 14
    /// HTTPS: the certificates that are trusted; nil: the system's.
    package var caFile: String?
    /// Redis, PostgreSQL: the user; nil: none, or `postgres`.
    package var user: String?
    /// Redis, PostgreSQL: where the password is.
    package var passwordFile: String?
    /// The objective that its answers count for.
    package var slo: String?

    /// Within this time all tries of a check begin, milliseconds (S4-01).
    package static let triesMilliseconds: Int64 = 10_000

    /// Every default.
    package init() {}

    /// Without a report for this long nothing is known of it, milliseconds.
    package var silenceMilliseconds: Int64 { 2 * everyMilliseconds + timeoutMilliseconds + 10_000 }

    /// Whether a name can be that of an endpoint: 1 to 64 letters, digits, `-`, `_` and `.`, the
    /// first a letter or digit.
    package static func isName(_ text: String) -> Bool {
        guard (1...nameBytes).contains(text.utf8.count), let first = text.utf8.first,
            isPlain(first)
        else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == 0x2d || $0 == 0x5f || $0 == 0x2e }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
}

/// `[check]`: how opscheck goes about it.
package struct CheckSettings: Hashable, Sendable {
    /// Checks at once.
    package var atOnce = 100
    /// Endpoints elsewhere that tell whether this host's own network works: where none of them can
    /// be reached, nothing else is down.
    package var control: [String] = []

    /// The most control endpoints.
    package static let controlLimit = 8

    /// The defaults.
    package init() {}
}
