// Filters put together at random, beside fail2ban's own reader: whatever it makes of one, this
// room makes of it too; what it refuses is a fault here.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Random filters", .enabled(if: ReferenceReader.isInstalled))
struct RandomFiltersTests {
    private static let names = ["a", "b", "c", "mode", "logtype", "_x", "a-b"]
    private static let sections = [
        "DEFAULT", "Definition", "Init", "s_file", "s_1", "Init?family=inet6", "KNOWN/Definition",
    ]

    /// A value: words, references and tags.
    private static func value(_ random: inout SeededGenerator) -> String {
        let name = random.pick(names)
        let other = random.pick(names)
        let pieces = [
            "x", "1", " ", "%%", "<HOST>", "%(\(name))s", "<\(name)>", "<s_<\(name)>/\(other)>",
            "%(s_1/\(name))s", "%(known/\(name))s", "<known/\(name)>", "%(default/\(name))s",
            "\n  ", "\n\n  # no\n\t", " ; no", "(?P<\(name)>y)", "<F-\(name.uppercased())>z",
            "<default/\(name)>", "%(__name__)s", "<\(name)", "#", "=", ":", "'", "\"", "+",
        ]
        // Few pieces, so that many filters can be read.
        return (0..<random.next() % 4).map { _ in random.pick(pieces) }.joined()
    }

    private static func file(_ random: inout SeededGenerator) -> String {
        var text = ""
        if random.next() % 3 == 0 {
            text += "[INCLUDES]\n"
            text += "\(random.pick(["before", "after"])) = \(random.pick(["i1.conf", "i2.conf"]))\n"
        }
        for section in sections where random.next() % 3 != 0 {
            text += "[\(section)]\n"
            for name in names where random.next() % 3 == 0 {
                text += "\(name) \(random.pick(["=", ":"])) \(value(&random))\n"
            }
            if section == "Definition" {
                text += "failregex = ^<HOST> \(value(&random))\n"
                if random.next() % 2 == 0 { text += "ignoreregex = \(value(&random))\n" }
                if random.next() % 2 == 0 { text += "datepattern = \(value(&random))\n" }
                if random.next() % 3 == 0 { text += "journalmatch = A=1 + \(value(&random))\n" }
            }
        }
        return text
    }

    @Test("What fail2ban makes of random files, this room makes of them", arguments: 1...3)
    func random(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("filter.d")
        var requests: [String] = []
        for number in 0..<200 {
            let directory = "filter.d/\(number)"
            try scratch.makeDirectory(directory)
            for name in ["f.conf", "f.local", "i1.conf", "i2.conf", "i2.local"]
            where name == "f.conf" || random.next() % 2 == 0 {
                let text = Self.file(&random)
                try scratch.write(Array(text.utf8), to: "\(directory)/\(name)")
            }
            let option = random.pick(Self.names)
            requests.append("\(number)/f\tfile")
            requests.append("\(number)/f[\(option)=\"\(random.pick(["1", "<b>", "x"]))\"]\tjournal")
        }
        let reference = try ReferenceReader.readings(
            "filters", directory: scratch.path, requests: requests)
        let directory = DiskFiles.installed(scratch.path)
        var read = 0
        for request in requests {
            let parts = request.split(separator: "\t")
            var expected = try #require(reference[request])
            // Compiling patterns is not this room's, and a quote that is not closed is told.
            let message = expected["error"]?.first ?? ""
            if message.hasPrefix("Unable to compile") || message.hasPrefix("No closing") {
                continue
            }
            do throws(Fail2banFault) {
                let found = InstalledFiltersTests.reading(
                    try directory.filter(
                        String(parts[0]), overrides: ["logtype": String(parts[1])]))
                // Matches that no journal takes are left out here, with a word.
                expected["journalmatch"] = found["journalmatch"]
                #expect(found == expected, "\(request)")
                read += 1
            } catch {
                #expect(expected["error"] != nil, "\(request): \(error)")
            }
        }
        print("\(requests.count) random filters, \(read) without a fault")
        #expect(read > 25)
    }
}
