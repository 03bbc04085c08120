// The answer to a request about one call, written by the short way and as a reply.

import OpsTestKit
import Testing

@testable import OpsCore
@testable import OpsProtocol

@Suite struct CostCallTests {
    @Test func bothWaysAnswerTheSame() throws {
        let longest = String(repeating: "m", count: ModelName.limitBytes)
        let models: [ModelName] = [.others] + ["a", "gpt-4o", longest].compactMap { ModelName($0) }
        // The shortest and the longest that each member can be.
        for model in models {
            for key in ["", "k", "a \"b\"", String(repeating: "\u{7f}", count: 64)] {
                for amount in [0, 1, 12_500, 8_000_000, .max, .min] as [Int64] {
                    for state in CostState.allCases {
                        let entry = CostEntry(
                            id: amount == 0 ? 1 : .max, model: model, state: state,
                            amount: MicroUSD(amount), minute: 0, deadline: 5, key: key, uid: 0,
                            isExempt: false)
                        let view = CostView(
                            entry: entry, expires: amount > 0 ? 253_402_300_799 : 0,
                            isRepeated: amount > 1)
                        for form in [.recorded, .reserved, .closed] as [CostCall.Form] {
                            let call = CostCall(form, view)
                            var (short, long): ([UInt8], [UInt8]) = ([], [])
                            call.writeLine(to: &short)
                            Reply.cost(call.reply).writeLine(to: &long, limitBytes: 1 << 20)
                            #expect(short == long)
                        }
                    }
                }
            }
        }
    }

    /// Money is written from its digits, whatever its size.
    @Test func moneyIsWrittenByDigits() {
        for (micros, text) in [
            (0, "0.00"), (1, "0.000001"), (10, "0.00001"), (100_000, "0.10"), (120_000, "0.12"),
            (123_000, "0.123"), (1_000_000, "1.00"), (18_500_000, "18.50"), (-5, "-0.000005"),
            (.max, "9223372036854.775807"), (.min, "-9223372036854.775808"),
        ] as [(Int64, String)] {
            #expect(MicroUSD(micros).description == text)
        }
    }

    @Test func namesHaveTheirLength() {
        for count in 1...ModelName.limitBytes {
            let text = String(String(repeating: "abc-1", count: 13).prefix(count))
            let name = ModelName(text)
            #expect(name?.count == count && name?.description == text)
        }
        #expect(ModelName.others.count == 8)
    }
}
