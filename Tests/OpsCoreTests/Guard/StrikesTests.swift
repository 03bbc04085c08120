// The strikes of addresses against a list of each, kept sorted.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct StrikesTests {
    private func strike(_ network: Network, _ deadline: Int64, _ number: Int) -> Strike {
        Strike(
            network: network, deadline: deadline, at: UInt32(number),
            weight: UInt16(number % 3 + 1),
            reason: "reason \(number % 5)", source: "source \(number % 2)", uid: UInt32(number))
    }

    /// In any order, late ones too, some twice; read, aged out, moved and dropped.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func behavesLikeASortedList(seed: UInt64) {
        var draws = SeededGenerator(seed: seed)
        var strikes = Strikes(hasher: KeyedHash(key: (seed, 9)))
        var model: [Network: [Strike]] = [:]
        var now: Int64 = 0
        for number in 0..<400 {
            let network = Network(ipv4: UInt32.random(in: 1...4, using: &draws))
            switch Int.random(in: 0..<20, using: &draws) {
            case 0:
                #expect(strikes.remove(network) == model.removeValue(forKey: network)?.count ?? 0)
            case 1:
                strikes.rebase { $0 + 5 }
                for key in model.keys {
                    for place in model[key]!.indices { model[key]![place].deadline += 5 }
                }
            case 2...4: now += Int64.random(in: 1...30, using: &draws)
            default:
                let new = strike(network, now + Int64.random(in: 1...60, using: &draws), number)
                strikes.add(new, at: now)
                var held = (model[network] ?? []).filter { $0.deadline > now }
                if !held.contains(where: { $0.deadline == new.deadline }) { held.append(new) }
                model[network] = held.sorted { $0.deadline < $1.deadline }
            }
            for (network, held) in model {
                let live = held.filter { $0.deadline > now }
                #expect(strikes.strikes(of: network, at: now) == live)
                #expect(
                    strikes.weight(of: network, at: now)
                        == live.reduce(0) { $0 + Int($1.weight) })
                let last = held.map(\.deadline).max()
                #expect(strikes.table[network]?.deadline == last)
                for deadline in now..<now + 20 {
                    let taken = Set(held.map(\.deadline))
                    let free = (deadline...).first { !taken.contains($0) }
                    #expect(strikes.freeDeadline(of: network, from: deadline) == free)
                }
            }
            #expect(strikes.count == model.count)
        }
    }

    /// What an address with one strike takes, besides its index and its place by deadline.
    @Test func anAddressIsSmall() { #expect(MemoryLayout<StruckEntry>.stride == 48) }
}
