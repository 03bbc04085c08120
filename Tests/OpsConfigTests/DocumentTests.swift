// The table, the struct, the shipped file and the manual page say the same.  With OPSD_REGENERATE=1
// in the environment, the file and the page are rewritten instead of compared.

import Foundation
import Testing

@testable import OpsConfig

@Suite(.serialized) struct DocumentTests {
    static let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    static let shippedFile = root.appending(path: "etc/opsd.toml")
    static let manualPage = root.appending(path: "docs/man/opsd.toml.5")
    static let regenerates = ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1"

    @Test func shippedFileIsTheTable() throws {
        let text = Configuration.shipped(networks: .test)
        if Self.regenerates { try Data(text.utf8).write(to: Self.shippedFile) }
        #expect(try String(contentsOf: Self.shippedFile, encoding: .utf8) == text)
    }

    @Test func shippedFileIsAllDefaults() throws {
        let text = try String(contentsOf: Self.shippedFile, encoding: .utf8)
        #expect(try load(text) == Configuration())
    }

    @Test func shippedFileWithoutItsMarksIsAllDefaults() throws {
        let lines = Configuration.shipped(networks: .test).split(separator: "\n").map {
            $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0
        }
        let text = lines.joined(separator: "\n")
        #expect(try load(text) == Configuration())
        for key in ConfigurationKey.all { #expect(text.contains("\n\(key.name) = ")) }
    }

    @Test func manualPageIsTheTable() throws {
        var page = try String(contentsOf: Self.manualPage, encoding: .utf8)
        let begin = try #require(page.range(of: ManualPage.begin + "\n"))
        let end = try #require(page.range(of: ManualPage.end + "\n"))
        let keys = ManualPage.keys()
        if Self.regenerates {
            page.replaceSubrange(begin.upperBound..<end.lowerBound, with: keys)
            try Data(page.utf8).write(to: Self.manualPage)
        } else {
            #expect(page[begin.upperBound..<end.lowerBound] == keys)
        }
    }

    /// Every display in the page is a configuration, and a good one.
    @Test func examplesOfTheManualPageLoad() throws {
        let page = try String(contentsOf: Self.manualPage, encoding: .utf8)
        let examples = page.components(separatedBy: "\n.Bd -literal -offset indent\n").dropFirst()
        #expect(examples.count >= 3)
        for example in examples {
            let text = try #require(example.components(separatedBy: "\n.Ed\n").first)
                .replacingOccurrences(of: "\\(dq", with: "\"")
            #expect(faults(text) == [], "\(text)")
            if text.contains("=") { #expect(try load(text) != Configuration(), "\(text)") }
        }
    }

    /// Every fault that the page explains is one that the transcripts of FaultTests prove.
    @Test func diagnosticsOfTheManualPageAreTrue() throws {
        let page = try String(contentsOf: Self.manualPage, encoding: .utf8)
        let proven = FaultTests.transcripts.flatMap(\.faults).map { $0.drop { $0 != " " } }
        let explained = page.split(separator: "\n").filter { $0.hasPrefix(".It Li \"opsd.toml:") }
        #expect(explained.count >= 4)
        for line in explained {
            let fault = line.dropFirst(".It Li \"".count).dropLast()
                .replacing("\\(dq", with: "\"").replacing("\\(aq", with: "'")
                .replacing("\\-", with: "-")
            #expect(proven.contains(fault.drop { $0 != " " }), "\(fault)")
        }
    }
}
