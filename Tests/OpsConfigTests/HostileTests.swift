// Hostile bytes: always an answer, never a crash.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct HostileTests {
    static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    @Test func deepArrays() {
        let text = "a = " + Self.repeated("[", 10_000) + Self.repeated("]", 10_000)
        #expect(
            faults(text) == [
                "t.toml:1: cannot parse value: exceeded maximum nested value depth of 16"
                    + " (TOML_MAX_NESTED_VALUES)"
            ])
    }

    @Test func deepInlineTables() {
        let text = "a = " + Self.repeated("{b=", 10_000)
        #expect(faults(text).count == 1)
    }

    @Test(arguments: ["x = 1\n[%]\n", "x = 1\n% = 1\n", "x = 1\ny = { % = 1 }\n"])
    func deepKeys(form: String) {
        for parts in [17, 100_000] {
            let key = Self.repeated("a.", parts - 1) + "a"
            #expect(
                faults(form.replacing("%", with: key)) == ["t.toml:2: a key has more than 16 parts"]
            )
        }
        let key = Self.repeated("a.", 15) + "a"
        #expect(
            faults(form.replacing("%", with: key)).allSatisfy {
                $0.contains("outside any") || $0.contains("unknown section")
            })
    }

    /// Dots in strings and comments are not parts of keys.
    @Test func dotsElsewhere() throws {
        let dots = Self.repeated(".", 500)
        let text = """
            # \(dots)
            [paths]
            log = "/\\"\(dots)" # \(dots)
            state = '/\(dots)'
            socket = \"\"\"/"".............................................
            \"\"\"
            """
        #expect(faults(text).map { $0.prefix(12) } == ["t.toml:5: pa"])
    }

    @Test func syntaxErrorBeforeADeepKeyIsTheOneToldOf() {
        let text = "x 1\n" + Self.repeated("a.", 1_000) + "a = 1"
        #expect(faults(text) == ["t.toml:1: cannot parse key-value pair: expected '=', saw '1'"])
    }

    @Test func longLine() throws {
        #expect(try load("#" + Self.repeated("x", 1_000_000)) == Configuration())
        let value = faults("[store]\nfsync = \"" + Self.repeated("x", 1_000_000) + "\"")
        #expect(value.count == 1 && value.allSatisfy { $0.utf8.count < 200 })
        let key = faults("[store]\n" + Self.repeated("x", 1_000_000) + " = 1")
        #expect(key.count == 1 && key.allSatisfy { $0.utf8.count < 200 })
    }

    @Test func largeFile() throws {
        #expect(try load("#" + Self.repeated("x", (1 << 20) - 1)) == Configuration())
        #expect(
            faults("#" + Self.repeated("x", 1 << 20)) == ["t.toml: the file is larger than 1 MiB"])
    }

    @Test func longLists() {
        let text = "[guard]\nallow = [" + Self.repeated("1,", 500_000) + "]"
        #expect(faults(text).count == FaultList.limit + 1)
    }

    @Test(
        arguments: [
            ([0], 1), (Array("[guard]\n\u{0}".utf8), 2), (Array("# \u{0}".utf8), 1),
            ([0xff], 1), ([0x0a, 0xc0, 0xaf], 2),
            (Array("a = \"".utf8) + [0xed, 0xa0, 0x80, 0x22], 1),
            (Array("# ".utf8) + [0xf4, 0x90, 0x80, 0x80], 1),
            (Array("a = \"".utf8) + [0xe2, 0x82], 1),
            (Array("a = \"\\uD800\"".utf8), 1), (Array("a = \"\u{7f}\"".utf8), 1),
            (Array("a = 1\rb = 2".utf8), 1), (Array("a = 99999999999999999999".utf8), 1),
            (Array("a = 0x8000000000000000".utf8), 1), (Array("a = 00".utf8), 1),
            (Array("a = 1e99999".utf8), 1), (Array("é = 1".utf8), 1), (Array("a = 1.é".utf8), 1),
            (Array("\u{a0}".utf8), 1), (Array("[,]".utf8), 1), (Array("a = {,}".utf8), 1),
            (Array("a = \"\"\"\n\n".utf8), 2), (Array("a = [".utf8), 1), (Array("=".utf8), 1),
        ] as [([UInt8], Int)])
    func brokenBytes(bytes: [UInt8], line: Int) {
        let all = faults(bytes)
        #expect(all.count == 1)
        #expect(all.allSatisfy { $0.hasPrefix("t.toml:\(line): ") }, "\(all)")
        #expect(all.joined().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }

    /// A good file cut anywhere, and with any one byte changed, has an answer.
    @Test func everyCutAndEveryChangedByte() {
        let file = Array(
            """
            [guard] # é
            strikes = 3
            allow = ["1.2.3.4", '::1']
            [paths]
            "log" = \"\"\"/a\\u00e9\"\"\"
            """.utf8)
        for count in 0...file.count { _ = faults(Array(file.prefix(count))) }
        for index in file.indices {
            for byte: UInt8 in [
                0, 0x0a, 0x22, 0x2c, 0x2e, 0x5b, 0x5c, 0x5d, 0x7b, 0x80, 0xc3, 0xff,
            ] {
                var changed = file
                changed[index] = byte
                _ = faults(changed)
            }
        }
    }

    @Test func byteOrderMarkAndCarriageReturns() throws {
        let bytes: [UInt8] = [0xef, 0xbb, 0xbf] + Array("[guard]\r\nstrikes = 5\r\n".utf8)
        let configuration = try Configuration.load(bytes, file: "t.toml", networks: .test)
        #expect(configuration.guard.strikes == 5)
    }
}
