// Ten thousand edits of a chain: each is found where an anchor covers it, and where none can be,
// the verdict says which lines nobody vouches for.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProtocol

/// What somebody does to the files.
private enum Edit: CaseIterable {
    case byte, remove, swap, insert, move, cutTail, removeFile, anew

    /// Whether it shows without an anchor.  An end that is cut at a chain line, and a chain that is
    /// computed anew, cannot.
    func showsAlone(_ files: [(name: String, bytes: [UInt8])]) -> Bool {
        switch self {
        case .byte, .remove, .swap, .insert, .move: true
        case .cutTail, .removeFile, .anew: false
        }
    }
}

@Suite struct TamperingTests {
    private static func chain(_ random: inout SeededGenerator) -> ChainedFiles {
        var chain = ChainedFiles()
        for file in 0..<3 {
            if file > 0 { chain.rotate() }
            for _ in 0..<Int.random(in: 2...3, using: &random) {
                chain.append(events: Int.random(in: 0...3, using: &random))
            }
        }
        return chain
    }

    /// Lines with their LF.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast().map {
            Array($0) + [0x0a]
        }
    }

    /// The files after the edit; nil: it would change nothing.
    private static func apply(
        _ edit: Edit, _ chain: ChainedFiles, _ random: inout SeededGenerator
    ) -> [(name: String, bytes: [UInt8])]? {
        var files = chain.files
        let place = Int.random(in: 0..<files.count, using: &random)
        var lines = lines(files[place].bytes)
        switch edit {
        case .byte:
            let index = Int.random(in: 0..<files[place].bytes.count, using: &random)
            files[place].bytes[index] ^= UInt8.random(in: 1...255, using: &random)
            return files
        // The last line of all is an end that is cut.
        case .remove: lines.remove(at: Int.random(in: 0..<lines.count - 1, using: &random))
        case .swap:
            let one = Int.random(in: 0..<lines.count, using: &random)
            let other = Int.random(in: 0..<lines.count, using: &random)
            if lines[one] == lines[other] { return nil }
            lines.swapAt(one, other)
        case .insert:
            let copy = lines[Int.random(in: 0..<lines.count, using: &random)]
            // After the last chain line nothing is covered yet, and the verdict says so.
            lines.insert(copy, at: Int.random(in: 0..<lines.count, using: &random))
        case .cutTail:
            let count = Int.random(in: 1...lines.count, using: &random)
            files.removeLast(files.count - place - 1)
            lines.removeLast(count)
        case .removeFile:
            files.remove(at: place)
            return files
        case .move:
            let other = (place + 1) % files.count
            // The last line of a file may as well be the first of the next.
            let line = lines.remove(at: Int.random(in: 0..<lines.count - 1, using: &random))
            files[other].bytes = line + files[other].bytes
        case .anew: return anew(chain, &random)
        }
        files[place].bytes = lines.flatMap { $0 }
        return files
    }

    /// One event is changed, and everything from there on is computed again.
    private static func anew(
        _ chain: ChainedFiles, _ random: inout SeededGenerator
    ) -> [(name: String, bytes: [UInt8])]? {
        let target = UInt64.random(in: 1...max(1, chain.lastID), using: &random)
        let wanted = Array("told \(target)\"".utf8)
        var isChanged = false
        var made = ChainedFiles()
        for (number, file) in chain.files.enumerated() {
            if number > 0 { made.rotate() }
            var open: [UInt8] = []
            var count: UInt64 = 0
            for line in lines(file.bytes) {
                if AuditLine.isOne(line.span, at: 0) {
                    made.end(open, lines: count)
                    open = []
                    count = 0
                    continue
                }
                var line = line
                if line.contains(wanted) {
                    line[line.count - 3] ^= 1
                    isChanged = true
                }
                open += line
                count += 1
            }
        }
        return isChanged ? made.files : nil
    }

    @Test func tenThousandEdits() throws {
        var random = SeededGenerator(seed: 20_261_129)
        var tried: [Edit: Int] = [:]
        var shown: [Edit: Int] = [:]
        var chain = Self.chain(&random)
        for number in 0..<10_000 {
            let edit = Edit.allCases[number % Edit.allCases.count]
            if number % 50 == 0 { chain = Self.chain(&random) }
            guard let files = Self.apply(edit, chain, &random) else { continue }
            tried[edit, default: 0] += 1
            let last = try #require(chain.heads.last)
            let anchors = [AuditAnchor(last.description)].compactMap { $0 }
            let covered = ChainedFiles.verdict(files, anchors)
            #expect(covered.misfit != nil, "edit \(number), \(edit)")
            let alone = ChainedFiles.verdict(files)
            if alone.misfit != nil { shown[edit, default: 0] += 1 }
            // The last chain line itself may be broken: then what it covered is open.
            let isSaid = alone.openLines > 0 || alone.blocks == 0
            if edit.showsAlone(files), alone.misfit == nil, !isSaid {
                Issue.record("edit \(number), \(edit): nothing shows without an anchor")
            }
            if alone.misfit == nil { #expect(alone.anchored == nil) }
        }
        for edit in Edit.allCases { #expect(tried[edit, default: 0] > 900, "\(edit)") }
        #expect(shown[.anew] == nil)
    }
}

extension Array where Element == UInt8 {
    fileprivate func contains(_ other: [UInt8]) -> Bool {
        guard count >= other.count, let first = other.first else { return false }
        for index in 0...(count - other.count)
        where self[index] == first && Array(self[index..<index + other.count]) == other {
            return true
        }
        return false
    }
}
