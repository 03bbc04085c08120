// Finds the addresses that must never be banned: the host's own, its default gateways, and those
// from which somebody is logged in.  Reads a few small files and makes one netlink request; on the
// probe thread, and once before READY.

@preconcurrency import Glibc
import OpsCore
import OpsLinux
import OpsProbe
import OpsSystemd

/// Reads the addresses that must never be banned.
enum HostNetworksReader {
    /// The most that is read of a route table: the default routes of IPv4 come first in it.
    private static let routeBytes = 1 << 20

    /// Reads the addresses as they are now; what cannot be read is left out.
    static func read() -> HostNetworks {
        var found: [HostNetworks.Entry] = []
        for bytes in (try? HostAddresses.interfaces()) ?? [] {
            if let network = network(bytes) { found.append(.init(network, .own)) }
        }
        let routes = file(ProbePath.routes, routeBytes)
        let routesIPv6 = file(ProbePath.routesIPv6, routeBytes)
        let gateways =
            RouteTable.gateways(ipv4: routes.span) + RouteTable.gateways(ipv6: routesIPv6.span)
        found += gateways.map { .init($0, .gateway) }
        let logins = file(ProbePath.logins, routeBytes)
        for login in LoginTable.logins(utmp: logins.span) where isAlive(login.pid) {
            found.append(.init(login.from, .session))
        }
        for host in LoginSessions.remoteLogins() {
            guard let network = Network(parsing: host), network.isAddress else { continue }
            found.append(.init(network, .session))
        }
        return HostNetworks(found)
    }

    private static func file(_ path: String, _ limitBytes: Int) -> [UInt8] {
        (try? FileReader.bytes(path: path, limitBytes: limitBytes)) ?? []
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
