// The host's gateways, read out of a real kernel, in a network of the test's own.  Skipped without
// root.

import Glibc
import OpsLinux
import Testing

@testable import OpsCore
@testable import OpsDaemon

/// Two devices, and addresses on one of them.
private let devices = """
    ip link set lo up; ip link add d0 type veth peer name d1
    ip link set d0 addrgenmode none; ip link set d1 addrgenmode none; ip link set d1 up
    ip addr add 192.0.2.2/24 dev d0; ip addr add 2001:db8::2/64 dev d0 nodad; ip link set d0 up
    """

extension HostNetworks {
    fileprivate func addresses(_ kind: Kind) -> [String] {
        networks { $0 == kind }.map { $0.isIPv4 ? "\($0)" : String("\($0)".dropLast(4)) }
    }
}

@Suite("host networks", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct HostNetworksReaderTests {
    /// Has a shell set the network of this thread up.
    private static func shell(_ commands: String) {
        let status = system("set -e\n\(commands)")
        #expect(status == 0, "\(commands)")
    }

    private func gateways(_ commands: String) -> [String] {
        var found: [String] = []
        NetworkOfItsOwn.run {
            Self.shell(devices + "\n" + commands)
            var reader = HostNetworksReader()
            found = reader.read().addresses(.gateway)
        }
        return found
    }

    @Test(
        arguments: [
            ("", []),
            (
                "ip route add default via 192.0.2.1; ip -6 route add default via 2001:db8::1",
                ["192.0.2.1", "2001:db8::1"]
            ),
            (
                """
                ip route add default nexthop via 192.0.2.1 nexthop via 192.0.2.3
                ip -6 route add default nexthop via 2001:db8::1 nexthop via 2001:db8::3
                """, ["192.0.2.1", "192.0.2.3", "2001:db8::1", "2001:db8::3"]
            ),
            ("ip -4 route add default via inet6 2001:db8::7 dev d0", ["2001:db8::7"]),
            (
                """
                ip route add table 100 default via 192.0.2.4
                ip route add table 1000 default via 192.0.2.5
                ip -6 route add table 1000 default via 2001:db8::5
                """, ["192.0.2.4", "192.0.2.5", "2001:db8::5"]
            ),
            (
                """
                ip route add 0.0.0.0/1 via 192.0.2.8; ip route add 128.0.0.0/1 via 192.0.2.9
                ip -6 route add ::/1 via 2001:db8::8; ip -6 route add 8000::/1 via 2001:db8::9
                """, ["192.0.2.8", "192.0.2.9", "2001:db8::8", "2001:db8::9"]
            ),
            (
                """
                ip route add default dev d0; ip route add 10.0.0.0/8 via 192.0.2.66
                ip route add 64.0.0.0/2 via 192.0.2.67; ip route add unreachable default metric 9
                ip -6 route add 2000::/5 via 2001:db8::66; ip nexthop add id 9 via 192.0.2.68 dev d0
                """, []
            ),
        ] as [(String, [String])])
    func gatewaysOfRoutes(commands: String, expected: [String]) {
        #expect(gateways(commands) == expected)
    }

    @Test(arguments: [0, 1]) func gatewaysOfNexthopObjects(compatible: Int) {
        let found = gateways(
            """
            echo \(compatible) > /proc/sys/net/ipv4/nexthop_compat_mode
            ip nexthop add id 11 via 192.0.2.1 dev d0; ip nexthop add id 12 via 192.0.2.3 dev d0
            ip nexthop add id 5 group 11/12; ip nexthop add id 13 via 192.0.2.99 dev d0
            ip nexthop add id 14 dev d0; ip nexthop add id 21 via 2001:db8::1 dev d0
            ip nexthop add id 22 via 2001:db8::3 dev d0; ip nexthop add id 23 group 22
            ip route add default nhid 5; ip route add default metric 7 nhid 14
            ip -6 route add default nhid 21; ip -6 route add ::/1 nhid 23
            """)
        #expect(found == ["192.0.2.1", "192.0.2.3", "2001:db8::1", "2001:db8::3"])
    }

    /// What cannot be read now is as it was.
    @Test func aFailedReadKeepsWhatWasKnown() {
        NetworkOfItsOwn.run {
            Self.shell(devices + "\nip route add default via 192.0.2.1")
            var reader = HostNetworksReader()
            let before = reader.read()
            #expect(before.addresses(.gateway) == ["192.0.2.1"])
            #expect(before.addresses(.own).contains("192.0.2.2"))
            for (number, call) in ["sendto", "recvfrom", "socket(AF_NETLINK)", "getifaddrs"]
                .enumerated()
            {
                // A change that makes it read again.
                Self.shell("ip route add 198.51.100.\(number) dev d0")
                let injection = FaultInjection(.init(.error(EMFILE), of: call, times: .max))
                let during = injection.run { reader.read() }
                #expect(injection.forced.contains(call))
                #expect(during.networks { _ in true } == before.networks { _ in true }, "\(call)")
            }
            Self.shell("ip route del default; ip addr del 192.0.2.2/24 dev d0")
            let after = reader.read()
            #expect(after.addresses(.gateway) == [] && !after.addresses(.own).contains("192.0.2.2"))
        }
    }
}

@Suite("changes of routes", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct RouteWatchTests {
    /// The kernel is asked when it has said that something changed, and then nothing is missed.
    @Test(arguments: [
        ("ip addr add 192.0.2.7/24 dev d0", "ip addr del 192.0.2.7/24 dev d0"),
        ("ip addr add 2001:db8::7/64 dev d0 nodad", "ip addr del 2001:db8::7/64 dev d0"),
        ("ip route add default via 192.0.2.1", "ip route del default"),
        ("ip route add default via 192.0.2.1", "ip link set d0 down"),
        ("ip -6 route add default via 2001:db8::1", "ip -6 route del default"),
        ("ip route add default via 192.0.2.1", "ip route replace default via 192.0.2.3"),
        (
            "ip nexthop add id 5 via 192.0.2.1 dev d0; ip route add default nhid 5",
            "ip nexthop replace id 5 via 192.0.2.3 dev d0"
        ),
        (
            "ip link add d2 type veth peer name d3; ip addr add 198.51.100.7/32 dev d2",
            "ip link del d2"
        ),
    ])
    func noChangeIsMissed(change: String, other: String) {
        NetworkOfItsOwn.run {
            func shell(_ commands: String) {
                #expect(system("set -e\n\(commands)") == 0, "\(commands)")
            }
            shell(devices)
            var reader = HostNetworksReader()
            var last = reader.read()
            for command in [change, other] {
                shell(command)
                let found = reader.read()
                #expect(found.networks { _ in true } != last.networks { _ in true }, "\(command)")
                var fresh = HostNetworksReader()
                #expect(found.networks { _ in true } == fresh.read().networks { _ in true })
                last = found
            }
        }
    }

    /// Where nothing changes, it is asked once in twelve times.
    @Test func whatDoesNotChangeIsSeldomRead() {
        NetworkOfItsOwn.run {
            #expect(system(devices) == 0)
            var reader = HostNetworksReader()
            // What was under way when it began to watch.
            for _ in 0..<2 { _ = reader.read() }
            var asked: [Int] = []
            for number in 1...36 {
                // Interrupted once, it is repeated.
                let injection = FaultInjection(.init(.error(EINTR), of: "getifaddrs", times: 1))
                let found = injection.run { reader.read() }
                if injection.forced.contains("getifaddrs") { asked.append(number) }
                #expect(found.addresses(.own).contains("192.0.2.2"))
            }
            #expect(asked.count == 3 && zip(asked, asked.dropFirst()).allSatisfy { $1 - $0 == 12 })
        }
    }
}

@Suite("dumps of routes", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct RouteDumpInNetworkTests {
    private static let count = 4_000

    /// A table of many routes, or of as many nexthop objects.
    private static func fill(_ table: RouteDump.Table) {
        let line =
            table == .nexthops
            ? "nexthop add id $n via 192.0.2.1 dev d0"
            : "route add 10.$((n / 256)).$((n % 256)).0/24 via 192.0.2.66"
        let status = system(
            """
            set -e
            \(devices)
            ip route add default via 192.0.2.1
            n=1; while [ $n -le \(count) ]; do echo "\(line)"; n=$((n + 1)); done | ip -batch -
            """)
        #expect(status == 0)
    }

    /// Bytes of the entries, and how many there were.
    private func read(
        _ table: RouteDump.Table, limitBytes: Int, patienceMilliseconds: Int64 = 10_000,
        _ body: (Span<UInt8>) -> Void = { _ in }
    ) -> (bytes: Int, entries: Int) {
        var found = (bytes: 0, entries: 0)
        do throws(Errno) {
            try RouteDump.read(
                table, limitBytes: limitBytes, patienceMilliseconds: patienceMilliseconds
            ) { entry in
                found.bytes += entry.count
                found.entries += 1
                body(entry)
            }
        } catch {
            Issue.record("\(error)")
        }
        return found
    }

    @Test func aDumpStopsAtItsBounds() {
        NetworkOfItsOwn.run {
            Self.fill(.routesIPv4)
            let whole = read(.routesIPv4, limitBytes: 4 << 20)
            // The routes that were added, the default route, and that of the link.
            #expect(whole.entries == Self.count + 2)
            let cut = read(.routesIPv4, limitBytes: 40_000)
            #expect(cut.bytes < 40_000 + 32_768 && cut.entries > 0)
            let short = read(.routesIPv4, limitBytes: 4 << 20, patienceMilliseconds: 0)
            #expect(short.bytes < 32_768 && short.entries > 0)
            var reader = HostNetworksReader()
            #expect(reader.read().networks { $0 == .gateway }.map(\.description) == ["192.0.2.1"])
        }
    }

    /// Somebody changes the table while it is dumped.
    @Test(arguments: 0...4) func anInterruptedDumpIsRepeated(times: Int) {
        NetworkOfItsOwn.run {
            Self.fill(.nexthops)
            var changes = 0
            let found = read(.nexthops, limitBytes: 4 << 20) { entry in
                // The first entry of each dump: its first attribute, NHA_ID, is 1.
                guard entry[12] == 1, entry[13] == 0, changes < times else { return }
                changes += 1
                _ = system("ip nexthop add id \(Self.count + changes) via 192.0.2.1 dev d0")
            }
            let dumps = min(times + 1, 3)
            #expect(found.entries / Self.count == dumps, "\(found.entries)")
        }
    }
}
