// Files that nobody meant to write: whatever stands in them ends in a value or a fault.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Hostile configuration")
struct HostileFilesTests {
    private static let pieces = [
        "[", "]", "[DEFAULT]\n", "[Definition]\n", "[Init]\n", "[Init?x=y]\n", "[web]\n", "\n",
        "\n ", "=", ":", "%", "%%", "%(", ")s", "%(known/failregex)s", "%(a)s", "%(b)s",
        "%(web/a)s", "<", ">", "<a>", "<b>", "<a/<b>>", "<HOST>", "<F-ID>", "</F-ID>",
        "<SKIPLINES>", "a = ", "b = ", "failregex = ", "prefregex = ", "journalmatch = ",
        "maxlines = ", "filter = ", "enabled = 1\n", "before = ", "web.conf", "jail.conf",
        "[INCLUDES]\n", "'", "\"", "\\", "+", ";", "#", " ", ",", "\u{0}", "ü", "\u{2028}", "9",
        "-1", "1d", "logpath = ", "findtime = ", "bantime = ", "((", "logtimezone = ",
        "ignoreip = ", "/", "1.2.3.4/33", "action = ", "backend = systemd",
    ]

    /// Parts of files and pieces, in any order, with a few bytes changed.
    private static func mutated(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int(random.next() % 12) {
            let place = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
            switch random.next() % 5 {
            case 0: bytes.insert(contentsOf: Array(random.pick(pieces).utf8), at: place)
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 3:
                let end = min(bytes.count, place + Int(random.next() % 40))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default:
                let end = min(bytes.count, place + Int(random.next() % 20))
                bytes.removeSubrange(place..<end)
            }
        }
        return bytes
    }

    private static let jail = """
        [INCLUDES]
        before = paths.conf
        [DEFAULT]
        filter = %(__name__)s[mode=%(mode)s, a='b']
        mode = normal
        findtime = 1d 6h
        ignoreip = 127.0.0.1/8 ::1/64
        action = %(banaction)s[x="%(mode)s"]
        banaction = a
        [web]
        enabled = true
        failregex = %(known/failregex)s
          ^x <HOST>
        backend = auto
        logpath = /a tail
        logtimezone = UTC+0100
        """

    @Test("Mutated files end in values or faults, which are written", arguments: 0..<8)
    func mutations(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var read = 0
        for _ in 0..<400 {
            var files: [String: [UInt8]] = [:]
            let originals = JailTests.filters.merging(["jail.conf": Self.jail]) { $1 }
            for name in originals.keys.sorted() {
                let original = originals[name] ?? ""
                let bytes = Self.mutated(original, &random)
                files["/f/" + name] = random.next() % 3 == 0 ? bytes : Array(original.utf8)
            }
            let found = files
            let directory = Fail2banDirectory(path: "/f", read: { found[$0] }, list: { _ in [] })
            if let list = try? directory.jailList(all: true) {
                let text = Fail2banImport.text(list.jails, warnings: list.warnings) { _ in true }
                read += text.isEmpty ? 0 : 1
            }
            _ = try? directory.filter("web[" + random.pick(Self.pieces) + "=x]")
        }
        #expect(read > 100)
    }

    @Test("Pieces in any order end in values or faults", arguments: 0..<8)
    func pieces(seed: Int) {
        var random = SeededGenerator(seed: UInt64(100 + seed))
        for _ in 0..<400 {
            func text(_ count: UInt64) -> String {
                (0..<random.next() % count).map { _ in random.pick(Self.pieces) }.joined()
            }
            let filter = Array(("[Definition]\n" + text(40)).utf8)
            let jail = Array(("[web]\nenabled = 1\nfilter = web\n" + text(40)).utf8)
            let files = ["/f/filter.d/web.conf": filter, "/f/jail.conf": jail]
            let directory = Fail2banDirectory(path: "/f", read: { files[$0] }, list: { _ in [] })
            if let jails = try? directory.jails() {
                _ = Fail2banImport.text(jails) { _ in false }
            }
            let pattern = text(12)
            _ = RegexTags.namesSubject(RegexTags.expand(pattern))
            _ = DurationExpression.milliseconds(pattern)
            _ = ShellWords.split(pattern)
            _ = try? directory.filter(pattern)
        }
    }

    @Test("Every cut of a file ends in values or a fault")
    func cuts() {
        let whole = Array(Self.jail.utf8)
        for length in whole.indices {
            let directory = Fail2banDirectory(
                path: "/f", read: { $0 == "/f/jail.conf" ? Array(whole[..<length]) : nil },
                list: { _ in [] })
            _ = try? directory.jails()
        }
    }

    @Test("Tags that multiply are a fault before they take long")
    func multiplying() {
        var text = "[Definition]\nt0 = x\nfailregex = <t60> <HOST>\n"
        for number in 1...60 { text += "t\(number) = <t\(number - 1)><t\(number - 1)>\n" }
        let directory = TableFiles([
            "filter.d/x.conf": text,
            // 80,000 times 250,000 bytes.
            "filter.d/y.conf": "[Definition]\nfailregex = "
                + String(repeating: "<a>", count: 80_000) + " <HOST>\na = "
                + String(repeating: "x", count: 250_000) + "\n",
        ]).directory
        #expect(throws: Fail2banFault.self) { try directory.filter("x") }
        #expect(throws: Fail2banFault.self) { try directory.filter("y") }
    }
}
