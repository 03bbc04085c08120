import OpsCore
import Testing

@testable import OpsWatch

@Suite("One address that makes most strikes")
struct CrowdTests {
    private func address(_ number: Int) -> Network { Network(ipv4: UInt32(0xc633_6400 + number)) }

    @Test("It is told once it makes more than half of them, and once only")
    func proxy() {
        var crowd = Crowd()
        for number in 0..<1_000 { crowd.add(address(number % 3 == 0 ? number % 200 : 7)) }
        #expect(crowd.takeSuspect() == address(7))
        #expect(crowd.takeSuspect() == nil)
        for _ in 0..<1_000 { crowd.add(address(7)) }
        #expect(crowd.takeSuspect() == nil)
        for _ in 0..<1_000 { crowd.add(address(8)) }
        #expect(crowd.takeSuspect() == address(8))
    }

    @Test("Many addresses are not a proxy")
    func many() {
        var crowd = Crowd()
        for number in 0..<10_000 { crowd.add(address(number % 5)) }
        #expect(crowd.takeSuspect() == nil)
    }
}
