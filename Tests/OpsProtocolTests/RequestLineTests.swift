// A client's words as a request line, and back through the parser: what a person typed arrives.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProtocol

private func line(_ words: [String]) throws -> String {
    let (row, used) = try #require(RequestLine.row(words))
    return String(
        decoding: try RequestLine.make(row, Array(words.dropFirst(used))), as: UTF8.self)
}

private func fault(_ words: [String]) -> UsageFault? {
    guard let (row, used) = RequestLine.row(words) else { return UsageFault("no row") }
    do throws(UsageFault) {
        _ = try RequestLine.make(row, Array(words.dropFirst(used)))
        return nil
    } catch {
        return error
    }
}

@Suite struct RequestLineTests {
    @Test(arguments: [
        (["ping"], "ping"), (["guard", "stats"], "guard stats"),
        (["metrics", "history", "--hours", "1"], "metrics history hours=1"),
        (
            ["ban", "203.0.113.9", "--ttl", "1h", "--reason", "abuse"],
            "ban 203.0.113.9 ttl=1h reason=abuse"
        ),
        (["ban", "--ttl=1h", "203.0.113.9"], "ban ttl=1h 203.0.113.9"),
        (["ban", "203.0.113.9", "ttl=1h"], "ban 203.0.113.9 ttl=1h"),
        (["ban", "x", "--reason", "two words"], #"ban x reason="two words""#),
        (["ban", "x", "--reason=a=b=c"], "ban x reason=a=b=c"),
        (["ban", "x", "--reason", ""], #"ban x reason="""#),
        (["ban", "x", "--reason="], #"ban x reason="""#),
        (["ban", "x", "--reason", "--ttl"], "ban x reason=--ttl"),
        (["ban", "x", "--reason", "\"q\"\n"], #"ban x reason="\"q\"\n""#),
        (["ban", "x", "--reason", "ü"], #"ban x reason="ü""#),
        (["ban", "x", "--reason==x"], "ban x reason==x"),
        (["check", "--", "--ttl"], "check --ttl"), (["check", "--", "-5"], "check -5"),
        (["check", "-"], "check -"), (["check", ""], #"check """#),
        (["check", "a b"], #"check "a b""#), (["check", "--", "--"], "check --"),
        // After `--` nothing is a key.
        (["ban", "--", "ttl=1h"], #"ban "ttl=1h""#), (["ban", "color=red"], "ban color=red"),
        (["hit", "x", "--route=\u{301}"], "hit x route=\"\u{301}\""),
        (["hit", "x", "route=\u{301}"], "hit x route=\"\u{301}\""),
    ])
    func lines(words: [String], expected: String) throws {
        #expect(try line(words) == expected)
    }

    @Test(arguments: [
        (["ban", "x", "--color", "red"], "ban has no option '--color'"),
        (["ban", "x", "--ttl"], "--ttl needs a value"), (["ban", "x", "--"], nil),
        (["ban", "x", "-t"], "there is no option '-t'"),
        (["ban", "x", "--=ttl"], "ban has no option '--'"),
        (["ban", "x", "--TTL=1"], "ban has no option '--TTL'"),
        (["ping", "--json"], "ping has no option '--json'"),
        (["ban", "--\u{301}x"], "ban has no option '--\u{301}x'"),
        // The message goes to a terminal.
        (["ban", "--\u{1b}[31m"], #"ban has no option '--\u001b[31m'"#),
        (["ban", "-\u{9b}\u{202e}\n"], #"there is no option '-\u009b\u202e\n'"#),
    ])
    func faults(words: [String], message: String?) {
        #expect(fault(words)?.message == message)
    }

    @Test func aNearOptionIsSuggested() {
        #expect(fault(["ban", "x", "--tll", "1h"])?.hint == "did you mean --ttl?")
        #expect(fault(["ban", "x", "--colour=red"])?.hint?.hasPrefix("it takes --ttl, ") == true)
        #expect(fault(["ping", "--json"])?.hint == "ping takes no options")
    }

    @Test func verbs() {
        #expect(RequestLine.row([]) == nil)
        #expect(RequestLine.row(["stats"]) == nil)
        #expect(RequestLine.row(["nothing"]) == nil)
        #expect(RequestLine.row(["metrics", "history"])?.row.verb == "metrics history")
        #expect(RequestLine.row(["metrics", "x"])?.used == 1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyTextRoundTrips(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "a", "é", "😀", "\"", "\\", "\n", "\r", "\t", "\0", "\u{1b}", "\u{7f}", "\u{85}",
            "\u{9b}", "\u{202e}", "\u{2066}", "\u{2028}", " ", "=", "-", "--", "'", "\\u0041",
            "ttl=",
            "\u{301}", ",", "{}",
        ]
        for _ in 0..<60 {
            let text = (0..<1 + random.next() % 8).map { _ in
                pieces[Int(random.next() % UInt64(pieces.count))]
            }.joined()
            for words in [
                ["strike", "1.2.3.4", "--reason", text], ["strike", "1.2.3.4", "--reason=" + text],
                ["strike", "1.2.3.4", "reason=" + text],
                ["strike", "--reason", text, "--", "1.2.3.4"],
            ] {
                let request = try line(words)
                #expect(!request.utf8.contains { $0 < 0x20 || $0 == 0x7f })
                guard case .success(.strike(_, let terms)) = answer(to: request) else {
                    Issue.record("refused: \(request)")
                    continue
                }
                #expect(terms.reason == text)
            }
            // A positional word is never a key, and is quoted whole.
            let request = try line(["ban", "--", text])
            let says = refusal(of: request)
            #expect(says?.code == .badArgument)
            #expect(says?.message.hasPrefix("ip: ") == true)
        }
    }

    @Test func theTablesExamplesAreTheSameInBothForms() throws {
        for row in CommandTable.rows {
            let client = CommandTable.clientExample(row)
            var words: [String] = []
            var isQuoted = false
            var word = ""
            for letter in client {
                if letter == "\"" {
                    isQuoted.toggle()
                } else if letter == " " && !isQuoted {
                    words.append(word)
                    word = ""
                } else {
                    word.append(letter)
                }
            }
            words.append(word)
            #expect(answer(to: try line(words)) == answer(to: row.example), "\(client)")
        }
    }
}
