// The MESSAGE_IDs against the journal's message catalog.

import Foundation
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct MessageIDTests {
    /// Kinds with the id that the catalog has for them: `# OPSD_EVENT=kind`, then `-- id`.
    private static func catalog() throws -> [(kind: String, id: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appendingPathComponent("systemd/opsd.catalog"), encoding: .utf8)
        var entries: [(String, String)] = []
        var kind = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# OPSD_EVENT=") {
                kind = String(line.dropFirst("# OPSD_EVENT=".count))
            } else if line.hasPrefix("-- ") {
                entries.append((kind, String(line.dropFirst(3))))
            }
        }
        return entries
    }

    @Test func everyKindIsInTheCatalogAndNothingElse() throws {
        let kinds = try Self.catalog().map(\.kind)
        #expect(Set(kinds).count == kinds.count)
        let known = EventKind.allCases.map(\.rawValue)
        #expect(Set(kinds) == Set(known))
    }

    @Test func idsAreThoseOfTheCatalog() throws {
        let catalog = try Self.catalog()
        for (kind, id) in catalog {
            #expect(EventKind(rawValue: kind)?.messageID == id, "\(kind)")
        }
        #expect(Set(catalog.map(\.id)).count == catalog.count)
    }

    /// What opsd's own incidents say is what `journalctl -x` says.
    @Test func adviceIsInTheWordsOfTheCatalog() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appendingPathComponent("systemd/opsd.catalog"), encoding: .utf8)
        let words = text.split { $0.isWhitespace }.joined(separator: " ")
        let advised = EventKind.allCases.filter { $0.advice != nil }
        #expect(advised.count > 5)
        for kind in advised {
            #expect(words.contains("Documentation: ") && words.contains(kind.advice ?? "?"))
            #expect(kind.advice?.contains("@OPSD_") == false, "it has no field to fill in")
        }
    }

    @Test func idsAreUniqueAndWellFormed() {
        let ids = EventKind.allCases.map(\.messageID)
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.utf8.count == 32)
            #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }
}
