// Blocks, chain lines, and the walk over them.

import OpsCore
import Testing

@testable import OpsProtocol

/// Files of events with a chain, as opsd writes them, in memory.
struct ChainedFiles {
    var files: [(name: String, bytes: [UInt8])] = [("events.ndjson", [])]
    private(set) var block = AuditBlock(after: .origin)
    private(set) var heads: [AuditHead] = []
    private(set) var lastID: UInt64 = 0
    private var wall: Int64 = 1_767_225_600_000_000_000

    /// An append of events and its chain line.
    mutating func append(events: Int, text: String = "told") {
        var bytes: [UInt8] = []
        for _ in 0..<events {
            lastID += 1
            let event = Event(
                id: lastID, kind: .ban, severity: .info, wall: wall, gauges: Gauges(),
                details: "\(text) \(lastID)")
            event.writeObject(to: &bytes)
            bytes.append(0x0a)
        }
        end(bytes, lines: UInt64(events))
    }

    mutating func end(_ text: [UInt8], lines: UInt64) {
        var bytes = text
        wall += 1_000_000_000
        block.add(bytes.span, lines: lines)
        block.end(through: lastID, wall: wall, into: &bytes)
        heads.append(block.head)
        files[files.count - 1].bytes += bytes
    }

    /// The file is renamed, and another begins.
    mutating func rotate() {
        files[files.count - 1].name = "events.ndjson.\(files.count)"
        files.append(("events.ndjson", []))
    }

    /// `audit verify` of these files.
    static func verdict(
        _ files: [(name: String, bytes: [UInt8])], _ anchors: [AuditAnchor] = [],
        chunk: Int = 1 << 16
    ) -> AuditVerdict {
        // By their first chain lines; the file that is written may have none.
        let ordered = files.map { (file: $0, start: Self.start($0.bytes)) }
            .filter { $0.start != nil || $0.file.name == "events.ndjson" }
            .sorted { $0.start?.sequence ?? .max < $1.start?.sequence ?? .max }
        var inspection = AuditInspection(
            after: ordered.first?.start ?? .origin, anchors: anchors)
        for (file, _) in ordered {
            inspection.begin(file: file.name)
            var place = 0
            while place < file.bytes.count {
                let end = min(file.bytes.count, place + chunk)
                if !inspection.feed(file.bytes.span.extracting(place..<end)) { break }
                place = end
            }
        }
        return inspection.end()
    }

    static func start(_ bytes: [UInt8]) -> AuditHead? {
        var walk = AuditWalk(after: .origin)
        var found: AuditHead?
        walk.feed(bytes.span) { step, _ in
            guard found == nil, case .chain(let line, _) = step else { return }
            found = AuditHead(sequence: line.head.sequence &- 1, hash: line.previous)
        }
        return found
    }
}

@Suite struct AuditChainTests {
    private func chain() -> ChainedFiles {
        var chain = ChainedFiles()
        for count in [1, 3, 0, 7, 2] { chain.append(events: count) }
        chain.rotate()
        for count in [2, 5] { chain.append(events: count) }
        return chain
    }

    /// The form of the line is for good: files outlive versions.  The sum is that of `sha256sum`.
    @Test func theLine() {
        var block = AuditBlock(after: .origin)
        var bytes = Array("{\"id\":1}\n{\"id\":2}\n".utf8)
        block.add(bytes.span, lines: 2)
        block.end(through: 2, wall: 1_767_225_600_000_001_000, into: &bytes)
        let zeros = String(repeating: "0", count: 64)
        let front =
            "{\"audit\":\"chain\",\"seq\":1,\"ts\":\"2026-01-01T00:00:00.000001Z\",\"through\":2,"
            + "\"lines\":2,\"prev\":\"\(zeros)\""
        let covered =
            [UInt8](repeating: 0, count: 32) + Array(("{\"id\":1}\n{\"id\":2}\n" + front).utf8)
        let hash = SHA256.hexadecimal(of: covered)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "{\"id\":1}\n{\"id\":2}\n\(front),\"hash\":\"\(hash)\"}\n")
        #expect(block.head.description == "1:\(hash.prefix(12))")
        #expect(block.lines == 0)
    }

    @Test func hashes() {
        let hash = AuditHash(digest: (0..<32).map { UInt8($0 * 7) })
        #expect(AuditHash(hash.hexadecimal) == hash)
        #expect(hash.bytes == (0..<32).map { UInt8($0 * 7) })
        #expect(AuditHash(hash.hexadecimal.uppercased()) == nil)
        #expect(AuditHash(String(hash.hexadecimal.dropLast())) == nil)
        #expect(AuditHash.zero.bytes == [UInt8](repeating: 0, count: 32))
    }

    @Test func otherLines() {
        let loss = AuditLoss(from: 3, to: 9, lines: 7, reason: "full \"disk\"")
        let removal = AuditRemoval(
            last: AuditHead(sequence: 5, hash: .zero), files: ["events.ndjson.1"])
        let find = AuditFind(what: "something")
        var bytes: [UInt8] = []
        AuditLine.write(loss, wall: 0, to: &bytes)
        AuditLine.write(removal, wall: 0, to: &bytes)
        AuditLine.write(find, wall: 0, to: &bytes)
        let lines = bytes.split(separator: 0x0a).map { Array($0) }
        #expect(
            lines.map { AuditLine($0.span) } == [.lost(loss), .removed(removal), .found(find)])
        #expect(lines.allSatisfy { AuditLine.isOne($0.span, at: 0) })
        let strange = [
            "{\"audit\":\"\"}", "{\"audit\":\"other\"}", "{\"audit\":\"chain\"}", "{}", "",
        ]
        for text in strange {
            #expect(AuditLine(Array(text.utf8).span) == nil)
        }
    }

    /// Pieces of any size give the same.
    @Test(arguments: [1, 2, 7, 64, 300, 4_096, 100_000])
    func everythingFits(chunk: Int) {
        let chain = chain()
        let verdict = ChainedFiles.verdict(chain.files, chunk: chunk)
        #expect(verdict.misfit == nil)
        #expect(verdict.blocks == 7 && verdict.lines == 20 + 7)
        #expect(verdict.sequences == 1...7 && verdict.through == 20)
        #expect(verdict.head == chain.heads.last && verdict.openLines == 0)
    }

    /// A line that is longer than any of opsd's is taken as it is.
    @Test(arguments: [1_000, 1 << 20])
    func longLines(chunk: Int) {
        var chain = ChainedFiles()
        let long = [UInt8](repeating: 0x78, count: 300_000) + [0x0a]
        chain.end(long + Array("{\"audit\":\"".utf8) + long, lines: 2)
        chain.append(events: 2)
        #expect(ChainedFiles.verdict(chain.files, chunk: chunk).misfit == nil)
    }

    @Test func anchorsCover() {
        let chain = chain()
        func anchor(_ sequence: Int, digits: Int = 12) -> AuditAnchor? {
            AuditAnchor("\(sequence):\(chain.heads[sequence - 1].hash.hexadecimal.prefix(digits))")
        }
        let anchors = [anchor(3), anchor(5, digits: 64)].compactMap { $0 }
        let verdict = ChainedFiles.verdict(chain.files, anchors)
        #expect(verdict.misfit == nil && verdict.anchored == 5 && verdict.anchors == anchors)
        // Only the digits differ, or the chain is too short.
        let wrong = AuditAnchor("3:0123456789ab")
        let late = AuditAnchor("8:0123456789ab")
        func kind(_ anchor: AuditAnchor?) -> AuditMisfit.Kind? {
            ChainedFiles.verdict(chain.files, [anchor].compactMap { $0 }).misfit?.kind
        }
        #expect(kind(wrong) == .anchor && kind(late) == .end)
        for text in ["", "3", "3:", ":ab", "0:0123456789ab", "3:0123", "3:0123456789xy", "a:b:c"] {
            #expect(AuditAnchor(text) == nil)
        }
    }

    /// What opsd kept on the host itself covers nothing.
    @Test func theHostsOwnHeadCoversNothing() {
        let chain = chain()
        let own = AuditAnchor(chain.heads[6], isOfHost: true)
        let verdict = ChainedFiles.verdict(chain.files, [own])
        #expect(verdict.misfit == nil && verdict.anchored == nil && verdict.hostAnchors == [own])
    }

    /// A chain that begins in the middle needs a line that says so, or an anchor.
    @Test func aBeginningIsToldOrDoesNotFit() {
        var chain = chain()
        let last = chain.heads[4]
        let cut = Array(chain.files.dropFirst())
        #expect(ChainedFiles.verdict(cut).misfit?.kind == .beginning)
        let anchors = [AuditAnchor("5:\(last.hash.short)")].compactMap { $0 }
        #expect(ChainedFiles.verdict(cut, anchors).misfit == nil)
        let host = AuditAnchor(last, isOfHost: true)
        #expect(ChainedFiles.verdict(cut, [host]).misfit?.kind == .beginning)
        var line: [UInt8] = []
        AuditLine.write(
            AuditRemoval(last: last, files: ["events.ndjson.1"]), wall: 0, to: &line)
        chain.end(line, lines: 1)
        let verdict = ChainedFiles.verdict(Array(chain.files.dropFirst()))
        #expect(verdict.misfit == nil && verdict.removed == last)
        // With the file still there it fits as well.
        #expect(ChainedFiles.verdict(chain.files).misfit == nil)
        // An anchor of what was removed says nothing.
        let old = [AuditAnchor("2:\(chain.heads[1].hash.short)")].compactMap { $0 }
        #expect(
            ChainedFiles.verdict(Array(chain.files.dropFirst()), old).unknownAnchors == old)
    }

    @Test func linesAfterTheLastChainLineAreNotCovered() {
        var chain = chain()
        chain.files[1].bytes += Array("{\"id\":21}\n{\"id\":22}\n{\"id".utf8)
        let verdict = ChainedFiles.verdict(chain.files)
        #expect(verdict.misfit == nil && verdict.openLines == 3)
    }

    @Test func aMisfitIsNamed() {
        var chain = chain()
        // The eleventh event: in the block of 7 of chain line 4, lines 8 to 15.
        let text = String(decoding: chain.files[0].bytes, as: UTF8.self)
        chain.files[0].bytes = Array(
            text.replacing("told 11\"", with: "told 12\"").utf8)
        let misfit = ChainedFiles.verdict(chain.files).misfit
        #expect(misfit?.kind == .content && misfit?.file == "events.ndjson.1")
        #expect(misfit?.sequence == 4 && misfit?.ids == 5...11 && misfit?.lines == 8...15)
    }
}
