// The requests about endpoints, and their replies.

/// What opscheck tells of one check.
package struct EndpointReport: Hashable, Sendable {
    /// Which endpoint.
    package var name: String
    /// What it found.
    package var state: EndpointState
    /// How long the answer took, milliseconds; nil: there was none.
    package var latencyMilliseconds: Double?
    /// Why it is not up, in words.
    package var reason: String?
    /// Days that are left of the certificate.
    package var certificateDays: Int64?

    package init(
        _ name: String, _ state: EndpointState, latencyMilliseconds: Double? = nil,
        reason: String? = nil, certificateDays: Int64? = nil
    ) {
        self.name = name
        self.state = state
        self.latencyMilliseconds = latencyMilliseconds
        self.reason = reason
        self.certificateDays = certificateDays
    }
}

/// Which endpoints to show.
package struct EndpointQuery: Hashable, Sendable {
    /// 1...1000.
    package var limit: Int
    /// Begin after this name; nil: at the start.
    package var after: String?
    /// Only this one; nil: all.
    package var name: String?

    package init(limit: Int = 100, after: String? = nil, name: String? = nil) {
        self.limit = limit
        self.after = after
        self.name = name
    }
}

/// One request about endpoints.
package enum EndpointCommand: Hashable, Sendable {
    case report(EndpointReport)
    case list(EndpointQuery)
}

/// A row of `endpoints`.
package struct EndpointRow: Hashable, Sendable {
    /// Its name.
    package var name: String
    /// What is asked.
    package var url: String
    /// How it stands; unknown where nobody has told of it for too long.
    package var state: EndpointState
    /// Since when, wall clock seconds since 1970; nil: it was never told of.
    package var since: Int64?
    /// When it was checked last, wall clock seconds since 1970; nil: never.
    package var checked: Int64?
    /// How long its last answer took, milliseconds; nil: not known, or there was none.
    package var latencyMilliseconds: Double?
    /// Why it is not up.
    package var reason: String?
    /// Days that are left of its certificate.
    package var certificateDays: Int64?
    /// Percent of the checks of 24 hours, 7 and 30 days that did not find it down; nil: no check.
    package var uptime: [Double?]
    /// The newest latencies, milliseconds, oldest first; nil: there was no answer.
    package var recent: [Double?]
    /// The objective that it counts for.
    package var slo: String?

    /// It was never told of.
    package init(name: String, url: String, state: EndpointState) {
        self.name = name
        self.url = url
        self.state = state
        uptime = [nil, nil, nil]
        recent = []
    }
}

/// A page of endpoints by name.
package struct EndpointPage: Hashable, Sendable {
    /// The rows.
    package var rows: [EndpointRow]
    /// What to pass as `after` for the following page; nil: there is none.
    package var next: String?

    package init(rows: [EndpointRow], next: String?) {
        self.rows = rows
        self.next = next
    }
}

/// One answer about endpoints.
package enum EndpointReply: Hashable, Sendable {
    /// A report was taken.
    case counted
    case page(EndpointPage)
}
