// The numbers are those of IniFile.swift, IniReader.swift and IniSettings.swift.

import Testing

@testable import OpsDetect

@Suite("Files of fail2ban's configuration")
struct IniTests {
    private func file(_ text: String) throws(Fail2banFault) -> IniFile {
        try IniFile(Array(text.utf8), path: "x.conf")
    }

    private func values(_ text: String) throws(Fail2banFault) -> [String: String] {
        let file = try file("[A]\n" + text)
        let options = file.sections[0].options
        var all: [String: String] = [:]
        for name in options.names { all[name] = options[name]?.text }
        return all
    }

    private func fault(_ text: String) -> String {
        do throws(Fail2banFault) {
            _ = try file(text)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test("1. Comments and ends of lines")
    func comments() throws {
        #expect(
            try values("a = 1 ; x\n# b = 2\n; c = 3\n  # d\ne = 4;5\nf = 6 # 7")
                == ["a": "1", "e": "4;5", "f": "6 # 7"])
        #expect(try values("a = 1\r\nb = 2\rc = 3") == ["a": "1", "b": "2", "c": "3"])
    }

    @Test("2. Sections")
    func sections() throws {
        let two = try file("[DEFAULT]\na = 1\n[x]y]\nb = 2\n[DEFAULT]\nc = 3\n[ z ] rest\n")
        #expect(two.sections.map(\.name) == ["x]y", " z "])
        #expect(two.defaults.names == ["a", "c"])
        #expect(fault("[A]\n[A]\n").hasPrefix("x.conf:2: [A] the section is there twice"))
    }

    @Test("3. Names and values")
    func options() throws {
        #expect(try values("Key : a=b\n x=\n") == ["key": "a=b\nx="])
        #expect(try values("Key =  a  \nB=") == ["key": "a", "b": ""])
        #expect(fault("[A]\na = 1\nA = 2\n").hasPrefix("x.conf:3: [A] a: is set twice"))
    }

    @Test("4. Values of several lines")
    func continued() throws {
        #expect(try values("a = 1\n  2\n\n # no\n\t3\n\n\nb = 4") == ["a": "1\n2\n\n3", "b": "4"])
        #expect(try values("a =\n  1\n [B]\n") == ["a": "\n1\n[B]"])
        #expect(try values("  a = 1\n  b = 2\n   3") == ["a": "1", "b": "2\n3"])
    }

    @Test(
        "5. What is neither is a fault with its place",
        arguments: [
            ("a = 1", "x.conf:1: a line outside any section"),
            ("[A]\nabc\n", "x.conf:2: [A] expected NAME = VALUE, found \"abc\""),
            ("[A]\n= 1\n", "x.conf:2: [A] expected a name"),
            ("[A\n", "x.conf:1: a line outside any section"),
            ("[A]\nx = 1\n[]\n", "x.conf:3: [A] expected NAME = VALUE"),
        ])
    func faults(text: String, expected: String) {
        #expect(fault(text).hasPrefix(expected), "\(fault(text))")
    }

    @Test("Bytes that are not text, and files that are too long, are faults")
    func bounds() {
        #expect(throws: Fail2banFault(file: "x", line: 2, "not UTF-8")) {
            try IniFile([0x5b, 0x41, 0x5d, 0x0a, 0xff], path: "x")
        }
        let long = [UInt8](repeating: 0x20, count: Fail2banLimits.fileBytes + 1)
        #expect(throws: Fail2banFault.self) { try IniFile(long, path: "x") }
        let many = "[A]\n" + (0...Fail2banLimits.options).map { "k\($0)=\n" }.joined()
        #expect(fault(many).contains("too many options"))
    }

    // MARK: Several files

    private func settings(_ files: [String: String]) throws -> (IniSettings?, [String]) {
        var all: [String: [UInt8]] = [:]
        for (name, text) in files { all["/f/" + name] = Array(text.utf8) }
        let reader = IniReader(read: { all[$0] }) { path in
            all.keys.filter { IniReader.directory(of: $0) == path + "/" }
                .map { String($0.dropFirst(path.count + 1)) }
        }
        return (try reader.settings("/f/jail"), reader.warnings)
    }

    @Test("Reader 1. Files of one configuration come in their order")
    func order() throws {
        let (merged, _) = try settings([
            "jail.conf": "[A]\na = 1\nb = 1\nc = 1\nd = 1\n",
            "jail.d/2.conf": "[A]\nb = 3\nc = 3\nd = 3\n", "jail.d/1.conf": "[A]\nb = 2\n",
            "jail.local": "[A]\nc = 4\nd = 4\n", "jail.d/0.local": "[A]\nd = 5\n",
            "jail.d/.x.conf": "[A]\na = 9\n", "jail.d/x": "[A]\na = 9\n",
        ])
        let found = try #require(merged)
        #expect(try ["a", "b", "c", "d"].map { try found.value("A", $0) } == ["1", "3", "4", "5"])
        #expect(try settings([:]).0 == nil)
    }

    @Test("Reader 2. Includes, those that are missing, and cycles")
    func includes() throws {
        let (merged, warnings) = try settings([
            "jail.conf":
                "[INCLUDES]\nbefore = b.conf\n  none.conf\nafter = a.conf\n  a.local\n[A]\nx = self\ny = self\n",
            "b.conf": "[INCLUDES]\nbefore = jail.conf\n[A]\nx = before\nz = before\n",
            "b.local": "[A]\nz = local\n", "a.conf": "[A]\ny = after\n",
        ])
        let found = try #require(merged)
        #expect(try found.value("A", "x") == "self")
        #expect(try found.value("A", "y") == "after")
        #expect(try found.value("A", "z") == "local")
        #expect(warnings == ["/f/jail.conf: the include /f/none.conf is not there"])
    }

    @Test("Reader 2. Files that include each other without end are a fault")
    func endless() throws {
        var files: [String: String] = [:]
        for number in 0..<40 {
            files["\(number).conf"] = "[INCLUDES]\nbefore = \(number + 1).conf\n"
        }
        files["jail.conf"] = "[INCLUDES]\nbefore = 0.conf\n"
        #expect(throws: Fail2banFault.self) { try settings(files) }
        let all = (0..<6).map { "\($0).conf" }.joined(separator: "\n ")
        files = ["jail.conf": "[INCLUDES]\nbefore = \(all)\n"]
        for number in 0..<6 { files["\(number).conf"] = "[INCLUDES]\nafter = \(all)\n" }
        #expect(throws: Fail2banFault.self) { try settings(files) }
    }

    @Test("Reader 3 and 4. What is replaced stays known; sections with a condition")
    func known() throws {
        let (merged, _) = try settings([
            "jail.conf": "[A]\nx = 1\n[Init]\nt = a\n",
            "jail.local": "[A]\nx = %(known/x)s2\n[Init?family=inet6]\nt = b\n",
        ])
        let found = try #require(merged)
        #expect(try found.value("A", "x") == "12")
        #expect(try found.value("Init", "t") == "a")
        #expect(try found.value("Init", "t?family=inet6") == "b")
    }

    @Test("Settings: references")
    func references() throws {
        let (merged, _) = try settings([
            "jail.conf": """
            [DEFAULT]
            d = 1
            e = %(a)s
            [A]
            a = <%(d)s%%%(__name__)s>
            b = %(b/c)s %(default/d)s %(b/d)s
            f = %(e)s
            [b]
            c = <%(d)s%%%(__name__)s>
            loop = %(loop)s
            none = %(nothing)s
            single = 5%
            open = %(d
            """
        ])
        let found = try #require(merged)
        #expect(try found.value("A", "a") == "<1%A>")
        #expect(try found.value("A", "b") == "<1%A> 1 1")
        #expect(try found.value("A", "f") == "<1%A>")
        #expect(try found.value("A", "a", variables: ["d": "v"]) == "<v%A>")
        #expect(try found.value("A", "nothing") == nil)
        #expect(try found.value("C", "d") == nil)
        for option in ["loop", "none", "single", "open"] {
            #expect(throws: Fail2banFault.self) { try found.value("b", option) }
        }
        do throws(Fail2banFault) {
            _ = try found.value("b", "none")
        } catch {
            #expect(
                error.description
                    == "/f/jail.conf:11: [b] none: refers to %(nothing)s, which is set nowhere")
        }
    }

    @Test("Settings: values that would grow without bound are faults")
    func growth() throws {
        var text = "[A]\nv0 = xxxxxxxxxxxxxxxx\ne0 =\n"
        for number in 1...9 {
            let times = 30
            for name in ["v", "e"] {
                text += "\(name)\(number) = "
                text += String(repeating: "%(\(name)\(number - 1))s", count: times) + "\n"
            }
        }
        let found = try #require(try settings(["jail.conf": text]).0)
        #expect(try found.value("A", "v2")?.utf8.count == 14_400)
        #expect(throws: Fail2banFault.self) { try found.value("A", "v9") }
        #expect(throws: Fail2banFault.self) { try found.value("A", "e9") }
    }
}
