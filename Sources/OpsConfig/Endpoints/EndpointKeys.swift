// The keys of `[check]` and of `[endpoint.NAME]`.

import OpsCore

extension ConfigurationKey {
    static let check = rows(
        "check",
        [
            .init(
                "at_once", .integer(\.check.atOnce, 1...1_000), .applied,
                "The most checks that opscheck makes at once."),
            .init(
                "control", .endpoints(\.check.control, limit: CheckSettings.controlLimit), .applied,
                "Endpoints elsewhere, two or three of different providers: while none of them can be reached, this host's own network is down, and nothing else is reported as down."
            ),
        ])
}

extension SectionKey<EndpointSettings> {
    /// The keys of an endpoint.
    static let all: [SectionKey<EndpointSettings>] = [
        .init(
            "url", .text(\.url, .endpoint),
            "What is asked; required.  Its scheme says how: \(schemes)."),
        .init(
            "every", .duration(\.everyMilliseconds, 5_000...86_400_000),
            "From one check to the next."),
        .init(
            "timeout", .duration(\.timeoutMilliseconds, 100...60_000), "How long one try may take."),
        .init(
            "tries", .integer(\.tries, 1...5),
            "How often a check that finds it slow or down is tried, within 10 s; the best counts."),
        .init(
            "slow", .duration(\.slowMilliseconds, 1...60_000),
            "An answer that takes longer is slow."),
        .init(
            "family", .word(\.familyWord, EndpointSettings.Family.allCases.map(\.rawValue)),
            "Over which protocol; both: over each, and the worse counts."),
        .init(
            "slo", .text(\.slo, .objective),
            "The objective that its checks count for, good unless it is down."),
        .init(
            "method", .word(\.method, ["GET", "HEAD", "POST", "OPTIONS"]),
            "http, https: the method."),
        .init(
            "headers", .texts(\.headers, .header, limit: 32),
            "http, https: header lines that are sent."),
        .init(
            "secret_headers", .texts(\.secretHeaders, .header, limit: 8),
            "http, https: header lines that are sent with a secret in place of what stands after the colon, which says where it is."
        ),
        .init(
            "status", .texts(\.statuses, .status, limit: 16),
            "http, https: the statuses that are right."),
        .init(
            "body", .text(\.body, .word),
            "http, https: text that the first 64 KiB of the answer must have in them."),
        .init(
            "json", .text(\.json, .field),
            "http, https: the answer must be JSON and have this member."),
        .init("equals", .text(\.equals, .word), "With json: what the member must be."),
        .init(
            "redirects", .integer(\.redirects, 0...5),
            "http, https: how many redirects are followed; 0: a redirect is a status like others."),
        .init(
            "cert_days", .integer(\.certificateDays, 0...3_650),
            "https: a certificate with this many days left, or fewer, is told of."),
        .init(
            "ca_file", .text(\.caFile, .path),
            "https: the certificates to trust, in place of the system's."),
        .init("user", .text(\.user, .word), "redis, postgres: the user of the login."),
        .init(
            "password_file", .text(\.passwordFile, .secret),
            "redis, postgres: where the password is."),
    ]

    /// What the schemes ask.
    private static var schemes: String {
        "http and https a page, tcp a connection, unix one to a socket, icmp an echo, "
            + "dns a name (dns://SERVER/NAME), redis a PING, postgres SELECT 1"
    }

    /// The keys that count for a scheme.
    static func names(of scheme: EndpointTarget.Scheme) -> [String] {
        let common = ["url", "every", "timeout", "tries", "slow", "slo"]
        let page = [
            "method", "headers", "secret_headers", "status", "body", "json", "equals", "redirects",
        ]
        return switch scheme {
        case .http: common + ["family"] + page
        case .https: common + ["family"] + page + ["cert_days", "ca_file"]
        case .tcp, .icmp, .dns: common + ["family"]
        case .unix: common
        case .redis, .postgres: common + ["family", "user", "password_file"]
        }
    }
}

extension EndpointSettings {
    fileprivate var familyWord: String {
        get { family.rawValue }
        set { family = Family(rawValue: newValue) ?? family }
    }
}
