// Finds the addresses that must never be banned: the host's own, its default gateways, and those
// from which somebody is logged in; and its resolvers.  Reads a few small files and makes a few
// netlink requests; on the probe thread, and once before READY.

@preconcurrency import Glibc
import OpsCore
import OpsLinux
import OpsProbe
import OpsSystemd

/// Reads those addresses again and again: own ones and gateways when the kernel says that something
/// has changed, and once in a while in any case.
struct HostNetworksReader: ~Copyable, Sendable {
    /// The most that is read of a family's routes: some 50,000.  `RouteDump` says what is missed.
    private static let routeBytes = 4 << 20
    /// The most that is read of the nexthop objects, and of a file.
    private static let otherBytes = 1 << 20

    /// After so many reads that found nothing changed, own addresses and gateways are read again.
    private static let patience = 12

    /// As they were last read: if a later read fails, they still count.
    private var own: [Network] = []
    private var gateways: [Network] = []
    /// Tells of changes since they were read; nil: they are read each time.
    private var watch: RouteWatch?
    private var unchanged = 0

    /// What there is now.  Own addresses and gateways that cannot be read are those read last; what
    /// else cannot be read is left out.
    mutating func read() -> HostNetworks {
        readKernel()
        var found: [HostNetworks.Entry] = []
        found += own.map { .init($0, .own) }
        found += gateways.map { .init($0, .gateway) }
        let logins = Self.file(ProbePath.logins)
        for login in LoginTable.logins(utmp: logins.span) where Self.isAlive(login.pid) {
            found.append(.init(login.from, .session))
        }
        for host in LoginSessions.remoteLogins() {
            guard let network = Network(parsing: host), network.isAddress else { continue }
            found.append(.init(network, .session))
        }
        for path in ProbePath.resolvers {
            let file = Self.file(path)
            found += ResolverFile.servers(file.span).map { .init($0, .resolver) }
        }
        return HostNetworks(found)
    }

    /// Reads own addresses and gateways, if they may have changed.
    private mutating func readKernel() {
        let hasChanged = watch?.hasChanged ?? true
        unchanged += 1
        if !hasChanged && unchanged < Self.patience { return }
        unchanged = 0
        // From before they are read: what changes meanwhile is read the next time.
        if hasChanged {
            watch = nil
            watch = try? RouteWatch()
        }
        let addresses = try? HostAddresses.interfaces()
        let routes = try? Self.defaultGateways()
        if let addresses { own = addresses.compactMap { Self.network($0) } }
        if let routes { gateways = routes }
        if addresses == nil || routes == nil { watch = nil }
    }

    /// The gateways of the default routes in all tables.
    private static func defaultGateways() throws(Errno) -> [Network] {
        var found = DefaultGateways()
        for table in [RouteDump.Table.routesIPv4, .routesIPv6] {
            try RouteDump.read(table, limitBytes: routeBytes) { found.read(route: $0) }
        }
        if found.needsNexthops {
            try RouteDump.read(.nexthops, limitBytes: otherBytes) { found.read(nexthop: $0) }
        }
        return found.gateways
    }

    private static func file(_ path: String) -> [UInt8] {
        (try? FileReader.bytes(path: path, limitBytes: otherBytes)) ?? []
    }

    /// EPERM: the process exists, but is another user's and cannot be signalled.
    private static func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

    /// An address in network order; an IPv4 address mapped into IPv6 is folded.
    private static func network(_ bytes: [UInt8]) -> Network? {
        switch bytes.count {
        case 4: Network(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            Network(
                high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }, length: 128)
        default: nil
        }
    }
}
