// The parsers of /proc and /sys: any bytes give a reading in its range, or none.

import OpsCore
import OpsProbe

/// The first byte chooses the parser; the rest is the content of a file, and after 0xff its content
/// a second later.
func fuzzProc(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    let parts = bytes.dropFirst().split(
        separator: 0xff, maxSplits: 1, omittingEmptySubsequences: false
    ).map { Array($0) }
    let early = parts[0]
    let late = parts[parts.count - 1]
    let files = ProbeFile.allCases
    let choice = Int(first) % (files.count + 6)
    if choice < files.count { return try sample(files[choice], parts) }
    switch choice - files.count {
    case 0: try mounts(early)
    case 1: try processes(parts)
    case 4:
        var found = DefaultGateways()
        found.read(route: early.span)
        found.read(nexthop: late.span)
        var links = LinkTable()
        links.read(link: early.span)
        links.read(link: late.span)
        try hold(links.counted.count <= 2, "\(links.counted.count) interfaces")
        let count = found.gateways.count
        try hold(count <= DefaultGateways.gatewayLimit, "\(count) gateways")
    case 5:
        let found = LoginTable.logins(utmp: early.span)
        try hold(found.count <= bytes.count / 384, "\(found.count) logins")
        let servers = ResolverFile.servers(late.span)
        try hold(servers.count <= ResolverFile.serverLimit, "\(servers.count) resolvers")
    case 2:
        var scan = ProcessorScan()
        var rest = early
        while !rest.isEmpty {
            let used = scan.read(rest.span)
            try hold((0...rest.count).contains(used), "\(used) of \(rest.count) bytes used")
            if used == 0 { break }
            rest.removeFirst(used)
        }
        _ = scan.processor(maxFrequency: late.span)
    default:
        var scope = ScopeScan(ownCgroup: early.span)
        try hold(scope.files.count < 1_000, "\(scope.files.count) files")
        for file in scope.files { scope.read(file, late.span) }
        _ = scope.scope
    }
}

/// One file twice, a second between, through the builder.
private func sample(_ file: ProbeFile, _ parts: [[UInt8]]) throws(Finding) {
    var builder = SampleBuilder()
    for (second, part) in parts.enumerated() {
        let now = Moment(boot: Int64(second) * 1_000_000_000, wall: 0)
        builder.read(file, part.span, at: now)
        try holdInRange(builder.sample(at: now))
    }
}

private func holdInRange(_ sample: Sample) throws(Finding) {
    var percents = [sample.cpu?.percent, sample.memory?.percent, sample.swap?.percent]
    percents += sample.cores.map { $0.usage?.percent }
    percents += sample.disks.map { $0.rates?.busyPercent }
    for percent in percents {
        if let percent { try hold((0...100).contains(percent), "\(percent) %") }
    }
    for interface in sample.interfaces {
        guard let rates = interface.rates else { continue }
        for rate in [rates.receivedBytesPerSecond, rates.sentBytesPerSecond] {
            try hold(rate >= 0 && rate.isFinite, "\(rate) bytes a second")
        }
    }
    // What a sample says goes into history, whatever it is.
    var history = History()
    _ = history.insert(sample)
    _ = history.flush()
}

private func mounts(_ bytes: [UInt8]) throws(Finding) {
    let found = MountTable.entries(
        mountinfo: bytes.span, kinds: Set(FileSystemKind.allCases))
    try hold(found.count <= MountTable.mountLimit, "\(found.count) mounts")
    for entry in found {
        try hold(entry.mount.mountpoint.utf8.count <= bytes.count * 3, "a long mount point")
    }
}

private func processes(_ parts: [[UInt8]]) throws(Finding) {
    let early = parts[0]
    var table = ProcessTable(top: 3)
    for (second, part) in parts.enumerated() {
        table.begin(
            at: Moment(boot: Int64(second) * 1_000_000_000, wall: 0), memoryTotalBytes: 1 << 30)
        table.add(pid: 1, stat: part.span)
        table.add(pid: 2, stat: early.span)
        let scan = table.finish()
        try hold(scan.total <= 2, "\(scan.total) of 2 processes")
    }
}
