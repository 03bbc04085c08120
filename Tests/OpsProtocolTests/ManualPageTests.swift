// The COMMANDS section of opsctl(1) is the command table's.  With OPSD_REGENERATE=1 in the
// environment it is written anew instead of compared.

import Foundation
import OpsCore
import OpsProtocol
import Testing

@Suite struct ManualPageTests {
    static let page = URL(filePath: #filePath)
        .appending(path: "../../../docs/man/opsctl.1").standardized
    static let begin = ".\\\" BEGIN generated\n"
    static let end = ".\\\" END generated\n"
    static let regenerates = ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1"

    @Test func commandsAreTheTable() throws {
        var text = try String(contentsOf: Self.page, encoding: .utf8)
        let begin = try #require(text.range(of: Self.begin))
        let end = try #require(text.range(of: Self.end))
        try #require(begin.upperBound <= end.lowerBound)
        let place = begin.upperBound..<end.lowerBound
        if Self.regenerates {
            text.replaceSubrange(place, with: CommandTable.manual)
            // Other tests read the page meanwhile: they find the old one or the new one.
            try Data(text.utf8).write(to: Self.page, options: .atomic)
        } else {
            #expect(text[place] == CommandTable.manual)
        }
    }

    /// The pages that name a release name this one.
    @Test(arguments: ["opsctl.1", "opsd.8"])
    func headsNameTheRelease(name: String) throws {
        let page = Self.page.deletingLastPathComponent().appending(path: name)
        let head = try String(contentsOf: page, encoding: .utf8).prefix { $0 != "\n" }
        #expect(head.contains("\"opsd \(Release.version)\""))
    }

    /// A line of the section starts with a request of the table or with text, never with a stray
    /// control character of roff's.
    @Test func textIsNoRequest() {
        let requests: Set<Substring> = [".SH", ".SS", ".TP", ".B", ".br"]
        for line in CommandTable.manual.split(separator: "\n") {
            if line.hasPrefix(".") { #expect(requests.contains(line.prefix { $0 != " " })) }
            #expect(!line.hasPrefix("'"))
        }
    }
}
