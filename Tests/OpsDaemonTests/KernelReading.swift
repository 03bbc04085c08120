// The sets in a real kernel read back, as what becomes of an address's packets.

import OpsCore
import OpsFirewall
import OpsLinux

@testable import OpsDaemon

/// What the kernel was asked to hold, read back.
struct KernelReading {
    /// A range of addresses of one family, and when it ends.
    struct Drop {
        var first: UInt128
        var last: UInt128
        var deadline: Int64
    }

    private(set) var drops: [KernelSet: [Drop]] = [:]
    private(set) var lists: [(isIPv4: Bool, drop: Drop)] = []

    init(_ table: inout KernelTable, at boot: Int64) throws {
        for set in KernelSet.allCases {
            let elements = try table.ask(.elements(set)).elements
            drops[set] = Self.drops(
                elements, isRanges: set.isRanges, isIPv4: set == .ranges4 || set == .allowed4,
                at: boot)
        }
        for name in try table.ask(.sets).names where name.hasPrefix(ListSets.prefix) {
            let elements = try table.ask(.listElements(name)).elements
            let isIPv4 = name.contains(".addresses4.") || name.contains(".ranges4.")
            let found = Self.drops(
                elements, isRanges: name.contains(".ranges"), isIPv4: isIPv4, at: boot)
            lists += found.map { (isIPv4, $0) }
        }
    }

    /// Elements as ranges; ends are whole seconds here.
    private static func drops(
        _ elements: [KernelElement], isRanges: Bool, isIPv4: Bool, at boot: Int64
    ) -> [Drop] {
        let read = KernelTable.boot()
        let sorted = elements.sorted()
        let top = isIPv4 ? UInt128(UInt32.max) : .max
        return sorted.indices.compactMap { place in
            let element = sorted[place]
            if element.isEnd { return nil }
            var deadline = element.remaining
            if deadline != OpsFirewall.Drop.never {
                deadline = (deadline + read + 400) / 1_000 * 1_000
            }
            if deadline <= boot { return nil }
            var last = element.key
            if isRanges {
                last = top
                if place + 1 < sorted.count { last = sorted[place + 1].key - 1 }
            }
            return Drop(first: element.key, last: last, deadline: deadline)
        }
    }

    static func key(_ address: Network) -> UInt128 {
        address.isIPv4
            ? UInt128(address.low & 0xffff_ffff)
            : UInt128(address.high) << 64 | UInt128(address.low)
    }

    private func find(_ key: UInt128, _ set: KernelSet) -> Int64? {
        drops[set, default: []].first { $0.first <= key && key <= $0.last }?.deadline
    }

    /// Until when the packets of an address are dropped.
    func dropped(_ address: Network) -> Int64? {
        let key = Self.key(address)
        let masked = (key >> 64) << 64
        if find(key, address.isIPv4 ? .allowed4 : .allowed6) != nil { return nil }
        let listed = lists.filter { $0.isIPv4 == address.isIPv4 }.map(\.drop).filter {
            // Sets of networks of 64 bits look the masked address up.
            (!address.isIPv4 && $0.first == masked) || ($0.first <= key && key <= $0.last)
        }
        let found =
            address.isIPv4
            ? [find(key, .addresses4), find(key, .ranges4)]
            : [find(masked, .addresses6), find(key, .exact6), find(key, .ranges6)]
        return (found.compactMap { $0 } + listed.map(\.deadline)).max()
    }

    /// The bans of single addresses.
    func singles(_ set: KernelSet) -> [UInt128: Int64] {
        Dictionary(drops[set, default: []].map { ($0.first, $0.deadline) }) { max($0, $1) }
    }
}
