// /proc/net/dev: every interface.  The total is what leaves and enters the host: an interface whose
// traffic goes through another one (loopback, bridge, bond, tunnel, VLAN, a container's end of a
// pair) is listed, but not in the total.  Which one that is, `LinkTable` knows; the name decides
// until the kernel has been asked about a new interface, and where it does not answer.

import OpsCore

extension DeviceTable<NetworkCounters> {
    static func interfaces() -> DeviceTable<NetworkCounters> {
        DeviceTable { name, _ in leavesByName(name) }
    }

    /// Counts by what the kernel says of the interfaces.
    mutating func count(by counted: [String: Bool]) {
        count { name, _ in counted[name] ?? leavesByName(name) }
    }

    /// Reads the content of the file as of `boot` nanoseconds.  Malformed lines are skipped, and so
    /// are the two of the heading, which have no colon.
    mutating func read(network bytes: Span<UInt8>, boot: Int64) {
        begin(boot: boot)
        var lines = Lines()
        while var line = lines.next(bytes) {
            guard let name = line.interface(bytes), let counters = NetworkCounters(&line, bytes)
            else { continue }
            add(name, bytes, counters)
        }
        end()
    }
}

private func leavesByName(_ name: String) -> Bool {
    name != "lo" && !name.utf8.contains(0x2e)
        && !virtual.contains { name.utf8.starts(with: $0.utf8) }
}

private let virtual = [
    "veth", "docker", "br", "virbr", "vnet", "tap", "tun", "wg", "bond", "team", "dummy", "ifb",
    "cni", "flannel", "cali", "lxc", "lxd", "vxlan", "gre", "sit", "ip6tnl", "macvlan", "ipvlan",
]

extension Fields {
    /// The name before the colon, without blanks; the colon is skipped.
    fileprivate mutating func interface(_ bytes: Span<UInt8>) -> Range<Int>? {
        var start = at
        while start < end, bytes[start] == 0x20 { start += 1 }
        var colon = start
        while colon < end, bytes[colon] != 0x3a { colon += 1 }
        guard colon < end, colon > start else { return nil }
        at = colon + 1
        return start..<colon
    }
}

extension NetworkCounters {
    /// Eight numbers for receiving and eight for sending: bytes, packets, errs, drop, and four that
    /// are not kept.
    fileprivate init?(_ line: inout Fields, _ bytes: Span<UInt8>) {
        guard let receivedBytes = line.number(bytes), let receivedPackets = line.number(bytes),
            let receiveErrors = line.number(bytes), let receiveDrops = line.number(bytes),
            line.skip(4, bytes),
            let sentBytes = line.number(bytes), let sentPackets = line.number(bytes),
            let sendErrors = line.number(bytes), let sendDrops = line.number(bytes)
        else { return nil }
        self.init()
        self.receivedBytes = receivedBytes
        self.receivedPackets = receivedPackets
        self.receiveErrors = receiveErrors
        self.receiveDrops = receiveDrops
        self.sentBytes = sentBytes
        self.sentPackets = sentPackets
        self.sendErrors = sendErrors
        self.sendDrops = sendDrops
    }
}
