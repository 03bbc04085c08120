// The sets of a list: what goes where, how they are named and found again, and which elements of
// the kernel's belong there.

import OpsCore
import Testing

@testable import OpsFirewall

private func runs(_ networks: [Network]) -> NetworkRuns {
    var runs = NetworkRuns()
    for network in networks { #expect(runs.append(network) == .appended) }
    return runs
}

private let some = runs([
    Network(ipv4: 7), Network(ipv4: 0x0a00_0000, prefix: 8), Network(ipv4: 0xffff_ff00, prefix: 24),
    Network(high: 1, low: 0, length: 64), Network(high: 1 << 16, low: 0, length: 48),
    Network(high: 1 << 20, low: 9, length: 128),
])
private let sets = ListSets("a.b-c", some, generation: 12, layout: Layout(ipv6Prefix: 64))

private func element(_ key: UInt128, isEnd: Bool = false) -> KernelElement {
    KernelElement(key: key, remaining: Drop.never, isEnd: isEnd)
}

@Suite("sets of lists")
struct ListSetsTests {
    @Test("each kind has a set, where there is any of it")
    func kinds() {
        #expect(sets.counts == [.addresses4: 1, .ranges4: 2, .addresses6: 1, .ranges6: 2])
        #expect(sets.setName(.ranges4) == "list.a.b-c.ranges4.12")
        #expect(sets.elements(.ranges4, of: some) == 3, "the last one has no end")
        #expect(sets.elements(.ranges6, of: some) == 4)
        #expect(sets.elements(.addresses4, of: some) == 1)
        let few = runs([Network(ipv4: 7)])
        #expect(
            ListSets("x", few, generation: 1, layout: Layout(ipv6Prefix: 64)).kinds == [.addresses4]
        )
    }

    @Test("what an earlier run left is found by its names, the older generation of two")
    func found() {
        let names = [
            "addresses4", "list.a.b.addresses4.7", "list.a.b.ranges6.7", "list.a.b.addresses4.9",
            "list.x.addresses4.3", "list.x.addresses4.2", "list.odd.5", "list..addresses4.1",
            "list.x.another.1", "list.x.addresses4.-1",
        ]
        let found = ListSets.found(in: names, layout: Layout(ipv6Prefix: 64))
        #expect(Set(found.keys) == ["a.b", "x", ""])
        #expect(found["a.b"]?.kinds == [.addresses4, .ranges6])
        #expect(found["a.b"]?.generation == 7)
        #expect(found["x"]?.generation == 2)
    }

    @Test("the elements that it asked for, and no others")
    func wants() {
        #expect(sets.wants(element(7), in: .addresses4, of: some))
        #expect(!sets.wants(element(7), in: .ranges4, of: some))
        #expect(!sets.wants(element(8), in: .addresses4, of: some))
        #expect(!sets.wants(element(0x0a00_0000), in: .addresses4, of: some))
        #expect(sets.wants(element(0x0a00_0000), in: .ranges4, of: some))
        #expect(!sets.wants(element(0x0a00_0001), in: .ranges4, of: some))
        #expect(sets.wants(element(0x0b00_0000, isEnd: true), in: .ranges4, of: some))
        #expect(!sets.wants(element(0x0a80_0000, isEnd: true), in: .ranges4, of: some))
        #expect(sets.wants(element(1 << 64), in: .addresses6, of: some))
        #expect(sets.wants(element(1 << 84 | 9), in: .ranges6, of: some))
        #expect(!sets.wants(element(0, isEnd: true), in: .ranges4, of: some))
        #expect(!sets.wants(element(.max), in: .addresses4, of: some))
    }

    @Test("a comparison counts both ways")
    func comparison() {
        var comparison = Comparison()
        var found = comparison.compare(
            sets, .ranges4, some, until: Drop.never,
            with: [element(0x0a00_0000), element(0x0b00_0000, isEnd: true)], at: 0)
        found += comparison.compare(
            sets, .ranges4, some, until: Drop.never, with: [element(5)], at: 0)
        comparison.finish(sets, .ranges4, some, found: found)
        #expect(comparison.missing == 1 && comparison.extra == 1 && comparison.wrong == 0)
        #expect(comparison.elements == 2)
        comparison = Comparison()
        let late = comparison.compare(
            sets, .addresses4, some, until: 90_000, with: [element(7)], at: 0)
        #expect(late == 1 && comparison.wrong == 1, "it has no end, and should have")
    }
}
