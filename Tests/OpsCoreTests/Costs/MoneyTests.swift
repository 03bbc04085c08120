// Money is what its digits say.

import Testing

@testable import OpsCore

@Suite struct MoneyTests {
    @Test(
        arguments: [
            ("0", 0), ("25", 25_000_000), ("25.0", 25_000_000), ("0.0125", 12_500),
            ("0.000001", 1), ("1000000", 1_000_000_000_000), ("12.300000", 12_300_000),
            // Finer than a micro-USD: rounded up, never to nothing.
            ("0.0000001", 1), ("0.0000010", 1), ("0.0000011", 2), ("0.00000000000000000000001", 1),
        ] as [(String, Int64)])
    func digitsAreRead(text: String, micros: Int64) {
        #expect(MicroUSD(parsing: text)?.micros == micros)
    }

    @Test(arguments: [
        "", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "1 ", "1000000.000001",
        "1000001", "99999999999999999999999999", "0x1", "NaN",
    ])
    func anythingElseIsNot(text: String) { #expect(MicroUSD(parsing: text) == nil) }

    @Test(
        arguments: [
            (0, "0.00"), (18_500_000, "18.50"), (12_300_000, "12.30"), (125, "0.000125"),
            (1, "0.000001"), (25_000_000, "25.00"), (-1_500_000, "-1.50"), (100_000, "0.10"),
        ] as [(Int64, String)])
    func itIsWrittenAsItIs(micros: Int64, text: String) {
        #expect(MicroUSD(micros).description == text)
    }

    @Test func whatIsWrittenIsRead() {
        for micros in stride(from: 0 as Int64, to: 3_000_000, by: 977) {
            #expect(MicroUSD(parsing: MicroUSD(micros).description)?.micros == micros)
        }
    }

    /// The largest call at the largest price neither traps nor wraps.
    @Test func tokensCostWhatTheirPriceSays() {
        let price = ModelPrice(input: usd("2.50"), output: usd("10"))
        #expect(MicroUSD.cost(TokenCounts(input: 1_200, output: 800), price) == usd("0.011"))
        #expect(MicroUSD.cost(TokenCounts(input: 1, output: 0), price) == MicroUSD(3))
        let most = TokenCounts(
            input: UInt64(TokenCounts.most), output: UInt64(TokenCounts.most))
        let dearest = ModelPrice(input: MicroUSD.most, output: MicroUSD.most)
        #expect(MicroUSD.cost(most, dearest).micros == MicroUSD.most.micros + 1)
    }

    @Test(arguments: ["gpt-4o", "anthropic/claude-3.5:beta", "a", "9", "us.x-v1:0@2+b_c"])
    func namesComeBack(text: String) {
        #expect(ModelName(text)?.description == text)
        #expect(ModelName(text)?.count == text.utf8.count)
    }

    @Test(arguments: [
        "", "-a", "/a", "a b", "a\"", "(others)", "é", String(repeating: "a", count: 65),
    ])
    func otherTextsAreNoNames(text: String) { #expect(ModelName(text) == nil) }

    @Test func namesDifferInEachByte() {
        let text = String(repeating: "a", count: 64)
        let name = ModelName.named(text)
        for place in 0..<64 {
            var bytes = Array(text.utf8)
            bytes[place] = UInt8(ascii: "b")
            let other = ModelName.named(String(decoding: bytes, as: UTF8.self))
            #expect(other != name && other > name)
        }
        #expect(ModelName(stored: "(others)") == .others)
    }
}
