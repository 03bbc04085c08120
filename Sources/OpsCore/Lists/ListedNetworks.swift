// The networks of a list, both families: built in ascending order, IPv4 first, and then never
// changed.

/// Sorted disjoint networks; IPv4 stands before IPv6.
package struct NetworkRuns: Hashable, Sendable {
    /// The IPv4 networks, ascending.
    package private(set) var ipv4 = AddressRuns<UInt32>()
    /// The IPv6 networks, ascending.
    package private(set) var ipv6 = AddressRuns<UInt128>()

    /// No networks.
    package init() {}

    /// Networks of both families.
    package var count: Int { ipv4.count + ipv6.count }

    /// The network that the next one must come after.
    package var last: Network? {
        if let run = ipv6.last { return Network(run) }
        return ipv4.last.map { Network($0) }
    }

    /// Adds a network after the others.
    package mutating func append(_ network: Network) -> AppendOutcome {
        if network.isIPv4 {
            return ipv6.isEmpty ? ipv4.append(network.run4) : .unordered
        }
        return ipv6.append(network.run6)
    }

    /// Adds a whole chunk after the others; false where it is not in order.
    package mutating func append(_ runs: ListChunk.Runs) -> Bool {
        switch runs {
        case .ipv4(let chunk): ipv6.isEmpty && ipv4.append(chunk: chunk)
        case .ipv6(let chunk): ipv6.append(chunk: chunk)
        }
    }

    /// How many chunks there are.
    package var chunkCount: Int { ipv4.chunks.count + ipv6.chunks.count }

    /// The chunk at `place`, IPv4 first.
    package func chunk(_ place: Int) -> ListChunk.Runs {
        place < ipv4.chunks.count
            ? .ipv4(ipv4.chunks[place]) : .ipv6(ipv6.chunks[place - ipv4.chunks.count])
    }

    /// The network in here that holds `network`.
    package func holding(_ network: Network) -> Network? {
        if network.isIPv4 {
            let run = network.run4
            return ipv4.holding(run.first, run.last).map { Network($0) }
        }
        if ipv6.isEmpty { return nil }
        let run = network.run6
        return ipv6.holding(run.first, run.last).map { Network($0) }
    }

    /// Whether anything in here shares an address with `network`.
    func overlaps(_ network: Network) -> Bool {
        if network.isIPv4 {
            let run = network.run4
            return ipv4.overlaps(run.first, run.last)
        }
        let run = network.run6
        return ipv6.overlaps(run.first, run.last)
    }

    /// Up to `limit` networks after `after`, in order; `next` is what to pass as `after`.
    func page(limit: Int, after: Network?) -> (rows: [Network], next: Network?) {
        var rows: [Network] = []
        let isBehindIPv4 = after.map { !$0.isIPv4 } ?? false
        if !isBehindIPv4 {
            rows += ipv4.page(limit: limit, after: after?.run4.first).map { Network($0) }
        }
        if rows.count < limit {
            let start = isBehindIPv4 ? after?.run6.first : nil
            rows += ipv6.page(limit: limit - rows.count, after: start).map { Network($0) }
        }
        let isEnd = rows.count < limit || rows.last == last
        return (rows, isEnd ? nil : rows.last)
    }
}

/// The networks of a committed list: one value that a snapshot, a diff and the kernel's side hold
/// on to without copying it.
package final class ListedNetworks: Sendable {
    /// The networks, never changed.
    package let runs: NetworkRuns

    package init(_ runs: NetworkRuns) { self.runs = runs }

    /// Networks of both families.
    package var count: Int { runs.count }
}

extension Network {
    /// An IPv4 network as a run.
    package var run4: AddressRun<UInt32> {
        let first = UInt32(truncatingIfNeeded: low)
        let hosts = length >= 128 ? 0 : UInt32.max >> UInt32(length &- 96)
        return AddressRun(first: first, last: first | hosts)
    }

    /// A network as a run of the 128-bit space.
    package var run6: AddressRun<UInt128> {
        let first = UInt128(high) << 64 | UInt128(low)
        let hosts = length >= 128 ? 0 : UInt128.max >> UInt128(length)
        return AddressRun(first: first, last: first | hosts)
    }

    /// The IPv4 network of a run.
    package init(_ run: AddressRun<UInt32>) { self.init(ipv4: run.first, prefix: run.prefix) }

    /// The network of a run in the 128-bit space.
    package init(_ run: AddressRun<UInt128>) {
        self.init(
            high: UInt64(truncatingIfNeeded: run.first >> 64),
            low: UInt64(truncatingIfNeeded: run.first), length: run.prefix)
    }
}
