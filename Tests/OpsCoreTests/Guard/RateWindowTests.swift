// The bound of the rate windows: who makes room when the table is full.

import Testing

@testable import OpsCore

@Suite struct RateWindowTests {
    private let second: Int64 = 1_000_000_000

    private func windows(_ capacity: Int, key: UInt64) -> RateWindows {
        var rules = GuardRules()
        rules.maxTracked = capacity
        rules.rateLimit = 10
        // A bucket of a second.
        rules.rateWindowMilliseconds = 16_000
        return RateWindows(hasher: KeyedHash(key: (key, ~key)), rules: rules)
    }

    private func network(_ number: Int) -> Network { Network(ipv4: UInt32(number)) }

    /// With eight held, the hand passes all of them, in whichever order the key has put them.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func theEntryHitLongestAgoIsEvicted(key: UInt64) {
        var windows = windows(8, key: key)
        var now = 100 * second
        for number in 0..<8 {
            windows.admit(network(number), by: .daemon, at: now)
            now += second
        }
        // The first was hit again: now the second was hit longest ago.
        windows.admit(network(0), by: .daemon, at: now)
        for (newcomer, victim) in [(8, 1), (9, 2), (10, 3)] {
            now += second
            windows.admit(network(newcomer), by: .daemon, at: now)
            #expect(windows.count == 8)
            #expect(windows.hits(of: network(victim), at: now) == 0)
            for number in victim + 1...newcomer {
                #expect(windows.hits(of: network(number), at: now) == 1, "\(number)")
            }
            #expect(windows.hits(of: network(0), at: now) == 2)
        }
    }

    /// In a larger table the hand passes eight of them.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func inALargerTableAnOldEntryIsEvicted(key: UInt64) {
        var windows = windows(64, key: key)
        let start = 100 * second
        // Seven are new, so there is an old one among any eight.
        for number in 0..<64 {
            windows.admit(
                network(number), by: .daemon, at: number < 57 ? start : start + 8 * second)
        }
        let now = start + 8 * second
        for newcomer in 64..<72 {
            windows.admit(network(newcomer), by: .daemon, at: now)
            for number in 57...newcomer {
                #expect(windows.hits(of: network(number), at: now) == 1, "\(number)")
            }
        }
    }
}
