// Where a word may be repeated, a list with commas is its words; a list with gaps is refused.

import OpsCore
import OpsProtocol
import Testing

@Suite struct ListTests {
    private func command(_ line: String) throws -> Command {
        let bytes = Array(line.utf8)
        return try RequestParser.parse(bytes.span).command
    }

    @Test(arguments: [
        ("check 1.2.3.4,5.6.7.8", "check 1.2.3.4 5.6.7.8"),
        ("check 1.2.3.4,5.6.7.8 ::1,10.0.0.0/8", "check 1.2.3.4 5.6.7.8 ::1 10.0.0.0/8"),
        ("unban ::1,::2", "unban ::1 ::2"), ("watch guard,health", "watch guard health"),
    ])
    func aListIsItsWords(list: String, words: String) throws {
        #expect(try command(list) == command(words))
    }

    @Test(arguments: [
        "check ,", "check 1.2.3.4,", "check ,1.2.3.4", "check 1.2.3.4,,5.6.7.8",
        "check \"1.2.3.4,5.6.7.8\"", "check 1.2.3.4,\u{301}5.6.7.8", "hit 1.2.3.4,5.6.7.8",
        "watch guard,", "watch guard" + String(repeating: ",guard", count: Topic.allCases.count),
    ])
    func aListWithHolesIsNone(line: String) {
        #expect(throws: Refusal.self) { try command(line) }
    }

    @Test func aListHasItsBound() throws {
        let most = Array(repeating: "1.2.3.4", count: Bounds.targets).joined(separator: ",")
        #expect(try command("check " + most) == command("check " + most.replacing(",", with: " ")))
        #expect {
            try command("check " + most + ",1.2.3.4")
        } throws: {
            ($0 as? Refusal)?.message == "ip: too many values, expected at most 1000"
        }
        // A line of commas is refused at the first hole.
        #expect(throws: Refusal.self) {
            try command("check " + String(repeating: ",", count: 65_000))
        }
    }
}
