// The programs around opsd.  Each is an ordinary client of the socket, with a role of its own; opsd
// runs without any of them, and says when one that should be there is silent.

/// A program around opsd.  The raw value is its name, as in `hello`.
package enum Satellite: String, Hashable, Sendable, CaseIterable {
    case opswatch, opspager, opscheck, opsact, opsweb, opsfleet

    /// The role that it has.
    package var role: Role {
        switch self {
        case .opswatch: .watch
        case .opspager: .pager
        case .opscheck: .check
        case .opsact: .act
        case .opsweb: .web
        case .opsfleet: .fleet
        }
    }
}

/// How a satellite stands, for `status` and `health`.
package struct SatelliteReport: Hashable, Sendable {
    /// After this long without a request it is silent: nanoseconds.  It pings every 20 s.
    package static let silenceNanoseconds: Int64 = 60_000_000_000
    /// The longest version, UTF-8 bytes.
    package static let versionBytes = 64

    /// Which one.
    package var satellite: Satellite
    /// The version it gave last; nil: it has not connected since opsd started.
    package var version: String?
    /// Connections that are open.
    package var connections: Int
    /// How long there has been a connection without a break; nil: there is none.
    package var connectedSeconds: Int64?
    /// How long ago its last request was; nil: there was none since opsd started.
    package var lastRequestSeconds: Int64?
    /// For how long it has been silent; nil: it is not, or nobody expects it.
    package var silentSeconds: Int64?

    package init(
        _ satellite: Satellite, version: String?, connections: Int, connectedSeconds: Int64?,
        lastRequestSeconds: Int64?, silentSeconds: Int64?
    ) {
        self.satellite = satellite
        self.version = version
        self.connections = connections
        self.connectedSeconds = connectedSeconds
        self.lastRequestSeconds = lastRequestSeconds
        self.silentSeconds = silentSeconds
    }
}
