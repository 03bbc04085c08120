import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Repair of UTF-8")
struct UTF8RepairTests {
    private func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = Array("left over".utf8)
        UTF8Repair.repair(bytes.span, into: &text)
        return text
    }

    private func isValid(_ bytes: [UInt8]) -> Bool { UTF8Repair.isValid(bytes.span) }

    @Test("Valid text stays as it is")
    func valid() {
        for text in ["", "a", "0123456789abcdef!", "zoë", "12345678é", "€uro 𝄞", "\0\u{7F}"] {
            let bytes = Array(text.utf8)
            #expect(isValid(bytes))
            #expect(repaired(bytes) == bytes)
        }
    }

    @Test("Bad bytes become one U+FFFD for each maximal part, as the standard library has it")
    func bad() {
        var numbers = SeededGenerator(seed: 7)
        let alphabet: [UInt8] = [
            0x41, 0x80, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xA0, 0xE2, 0xED, 0x9F, 0xF0, 0x90, 0xF4,
            0x8F, 0xF5, 0xFF,
        ]
        for _ in 0..<5_000 {
            let count = Int.random(in: 0..<24, using: &numbers)
            let bytes = (0..<count).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &numbers)]
            }
            let expected = Array(String(decoding: bytes, as: UTF8.self).utf8)
            #expect(repaired(bytes) == expected)
            #expect(isValid(bytes) == (expected == bytes))
            #expect(isValid(repaired(bytes)))
        }
    }
}
