// The cover: disjoint ranges in which every address is dropped as long as its longest ban.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsFirewall

private func network(_ text: String) -> Network {
    let parts = text.split { $0 == "/" || $0 == "." }.compactMap { UInt32($0) }
    return Network(
        ipv4: parts.dropLast().reduce(0) { $0 << 8 | $1 }, prefix: UInt8(parts.last ?? 32))
}

private func ranges(_ drops: [(String, Int64)], at boot: Int64 = 0) -> [String] {
    Cover.ranges(drops.map { Drop(network($0.0), until: $0.1) }, at: boot).map { range in
        let first = Network(ipv4: UInt32(range.first))
        let last = Network(ipv4: UInt32(range.last))
        let end = range.deadline == Drop.never ? "never" : "\(range.deadline)"
        return "\(first)-\(last) \(end)"
    }
}

@Suite("cover")
struct CoverTests {
    @Test("one network is one range")
    func one() { #expect(ranges([("10.0.0.0/8", 5)]) == ["10.0.0.0-10.255.255.255 5"]) }

    @Test("a longer ban inside a shorter one cuts it in three")
    func inside() {
        #expect(
            ranges([("10.0.0.0/8", 5), ("10.1.0.0/16", 9)]) == [
                "10.0.0.0-10.0.255.255 5", "10.1.0.0-10.1.255.255 9",
                "10.2.0.0-10.255.255.255 5",
            ])
    }

    @Test("a shorter ban inside a longer one is not seen")
    func hidden() {
        #expect(
            ranges([("10.0.0.0/8", 9), ("10.1.0.0/16", 5)]) == ["10.0.0.0-10.255.255.255 9"])
    }

    @Test("what lies in what is hidden may still be longer")
    func deep() {
        #expect(
            ranges([("10.0.0.0/8", 9), ("10.0.0.0/16", 5), ("10.0.0.0/24", Drop.never)]) == [
                "10.0.0.0-10.0.0.255 never", "10.0.1.0-10.255.255.255 9",
            ])
    }

    @Test("neighbours that end together are one range; others are not")
    func neighbours() {
        #expect(
            ranges([("10.0.0.0/24", 5), ("10.0.1.0/24", 5), ("10.0.2.0/24", 6)]) == [
                "10.0.0.0-10.0.1.255 5", "10.0.2.0-10.0.2.255 6",
            ])
    }

    @Test("what has ended counts no more")
    func ended() {
        #expect(
            ranges([("10.0.0.0/8", 5), ("10.1.0.0/16", 9)], at: 5) == ["10.1.0.0-10.1.255.255 9"])
    }

    @Test("the edges of both spaces")
    func edges() {
        #expect(ranges([("0.0.0.0/8", 5)]) == ["0.0.0.0-0.255.255.255 5"])
        #expect(ranges([("240.0.0.0/4", 5)]) == ["240.0.0.0-255.255.255.255 5"])
        let top = Network(high: 0xff00_0000_0000_0000, low: 0, length: 8)
        let inner = Network(high: .max, low: 0, length: 64)
        let cover = Cover.ranges([Drop(top, until: 5), Drop(inner, until: 9)], at: 0)
        #expect(cover.map(\.deadline) == [5, 9])
        #expect(cover.last?.last == .max)
        let all = Network(high: 0, low: 0, length: 0)
        #expect(
            Cover.ranges([Drop(all, until: 5)], at: 0) == [
                CoverRange(first: 0, last: .max, deadline: 5)
            ])
    }

    @Test("against every address, for random nests", arguments: 1...200)
    func random(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var drops: [Drop] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let prefix = UInt8.random(in: 24...31, using: &random)
            let network = Network(ipv4: UInt32.random(in: 0...255, using: &random), prefix: prefix)
            drops.removeAll { $0.network == network }
            drops.append(Drop(network, until: Int64.random(in: 1...4, using: &random)))
        }
        let cover = Cover.ranges(drops, at: 1)
        for address in UInt32(0)...255 {
            let wanted =
                drops.filter { $0.network.contains(Network(ipv4: address)) }.map(\.deadline).max()
            let held = cover.filter { $0.first <= address && address <= $0.last }
            #expect(held.count <= 1, "disjoint")
            #expect(held.first?.deadline == (wanted ?? 0 > 1 ? wanted : nil))
        }
    }

    @Test("a difference turns the old ranges into the new", arguments: 1...50)
    func difference(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        func some() -> [CoverRange] {
            (0..<20).filter { _ in Bool.random(using: &random) }.map {
                CoverRange(
                    first: UInt128($0 * 10), last: UInt128($0 * 10 + 5),
                    deadline: Int64.random(in: 1...2, using: &random))
            }
        }
        let (old, new) = (some(), some())
        let (gone, come) = Cover.difference(from: old, to: new)
        #expect(Set(old).subtracting(gone).union(come) == Set(new))
        #expect(Set(gone).isSubset(of: old) && Set(come).isDisjoint(with: old))
    }
}
