import Testing

@testable import OpsDetect

@Suite("The share of a core that a filter may take")
struct FilterShareTests {
    private let second: Int64 = 1_000_000_000

    @Test("Within its share and its burst every line is looked at")
    func within() {
        var share = FilterShare(percent: 5, burstNanoseconds: second, seed: 1)
        for visit in Int64(0)..<1000 {
            #expect(share.account(tookNanoseconds: second / 20, now: visit * second) == nil)
            let admits = share.admits()
            #expect(admits)
        }
        // The burst at once, and no more.
        #expect(share.account(tookNanoseconds: second * 19 / 20, now: 1000 * second) == nil)
        #expect(share.account(tookNanoseconds: second, now: 1001 * second) == .slow)
    }

    @Test("In debt it samples, more thinly with each account, and never stops")
    func sampling() {
        var share = FilterShare(percent: 5, burstNanoseconds: second, seed: 7)
        #expect(share.account(tookNanoseconds: 3 * second, now: 0) == .slow)
        #expect(share.oneIn == 2)
        for _ in 0..<20 { #expect(share.account(tookNanoseconds: second, now: 0) == nil) }
        #expect(share.oneIn == 1024)
        let looked = (0..<100_000).count { _ in share.admits() }
        #expect((50...160).contains(looked))
        #expect(share.passedOver == 100_000 - looked)
    }

    @Test("When the debt is paid it looks at every line again, and says so once")
    func recovers() {
        var share = FilterShare(percent: 5, burstNanoseconds: second, seed: 7)
        for _ in 0..<3 { _ = share.account(tookNanoseconds: second, now: 0) }
        #expect(share.oneIn == 4)
        #expect(share.account(tookNanoseconds: 0, now: 10 * second) == nil)
        // At five percent a second of debt is paid in twenty.
        #expect(share.account(tookNanoseconds: 0, now: 21 * second) == nil)
        #expect(share.account(tookNanoseconds: 0, now: 22 * second) == .recovered)
        #expect(share.account(tookNanoseconds: 0, now: 23 * second) == nil)
        let admits = share.admits()
        #expect(admits)
    }

    @Test("Debt is bounded, and a clock that goes back earns nothing")
    func bounds() {
        var share = FilterShare(percent: 100, burstNanoseconds: second, seed: 0)
        #expect(share.account(tookNanoseconds: .max, now: 0) == .slow)
        #expect(share.account(tookNanoseconds: 0, now: -5) == nil)
        #expect(share.account(tookNanoseconds: .min, now: 2 * second) == nil)
        #expect(share.oneIn == 2)
        #expect(share.account(tookNanoseconds: 0, now: 3 * second) == .recovered)
    }
}
