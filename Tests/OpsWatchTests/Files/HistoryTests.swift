// Compressed files, and the history of a log for a replay.

import CZlib
@preconcurrency import Glibc
import OpsGzip
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("the history of a log") struct HistoryTests {
    private func content(_ path: String) -> (bytes: [UInt8], fault: GzipFault?) {
        var all: [UInt8] = []
        do throws(GzipFault) {
            let reader = try GzipReader(path: path)
            var buffer = [UInt8](repeating: 0, count: 5000)
            while true {
                let count = try reader.read(into: &buffer)
                if count == 0 { return (all, nil) }
                all += buffer[..<count]
            }
        } catch {
            return (all, error)
        }
    }

    @Test("several members, and padding behind them") func members() throws {
        let scratch = try ScratchDirectory()
        let text = (0..<5000).map { "line \($0)\n" }.joined()
        try scratch.write(text, to: "a")
        try scratch.write("second\n", to: "b")
        try scratch.compress("a")
        try scratch.compress("b")
        let both = try scratch.bytes("a.gz") + scratch.bytes("b.gz")
        try scratch.write(both + [0, 0, 0], to: "c.gz")
        let (bytes, fault) = content(scratch.path(of: "c.gz"))
        #expect(bytes == Array((text + "second\n").utf8))
        #expect(fault == nil)
    }

    @Test("a cut or damaged file gives its good bytes, and then the fault") func damaged() throws {
        let scratch = try ScratchDirectory()
        var random = SeededGenerator(seed: 1)
        let text = (0..<20_000).map { _ in "\(random.next())\n" }.joined()
        try scratch.write(text, to: "a")
        try scratch.compress("a")
        let good = try scratch.bytes("a.gz")
        for end in stride(from: 0, to: good.count, by: good.count / 7) {
            try scratch.write(Array(good[..<end]), to: "cut.gz")
            let (bytes, fault) = content(scratch.path(of: "cut.gz"))
            #expect(fault == (end == 0 ? .notGzip : .cut))
            #expect(Array(text.utf8).starts(with: bytes) && bytes.count * 3 >= end)
        }
        for index in stride(from: 20, to: good.count, by: good.count / 7) {
            var wrong = good
            for offset in 0..<min(40, good.count - index) { wrong[index + offset] ^= 0x5a }
            try scratch.write(wrong, to: "wrong.gz")
            #expect(content(scratch.path(of: "wrong.gz")).fault == .damaged)
        }
        try scratch.write("no gzip file\n", to: "text.gz")
        #expect(content(scratch.path(of: "text.gz")).fault == .notGzip)
    }

    @Test(
        "names that rotation gives",
        arguments: [
            ("x.log.1", true), ("x.log.12.gz", true), ("x.log.old", true), ("x.log-20261128", true),
            ("x.log.2026-11-28.gz", true), ("x-20261128.log", true), ("x.2.log.xz", true),
            ("x.log-20261128-1700000000.gz", true), ("x.log.gz", true), ("x.log", false),
            ("xx.log.1", false), ("x.log.conf", false), ("x.log.12345", false), ("x.log.1a", false),
            ("y-20261128.log", false), ("x.log.", false), ("x.log.-1", false),
        ])
    func names(_ name: String, _ isHistory: Bool) {
        #expect((RotatedName(name, of: "x.log") != nil) == isHistory)
    }

    @Test("oldest first, and read to the last line") func replay() throws {
        let scratch = try ScratchDirectory()
        for (name, text) in [
            ("a.log.3", "1\n2\n"), ("a.log.2", "3\n"), ("a.log.1", "4\nhalf"), ("a.log", "5\n"),
            ("a.log.4.xz", "?"), ("b.log", "no\n"),
        ] { try scratch.write(text, to: name) }
        try scratch.compress("a.log.3")
        try scratch.compress("a.log.2")
        let (files, unread) = ReplayFiles.history(of: scratch.path(of: "a*"))
        #expect(unread == [scratch.path(of: "a.log.4.xz")])
        var buffer: [UInt8] = []
        var text = ""
        for file in files {
            let reader = try ReplayReader(file)
            while let range = try reader.read(into: &buffer) {
                text += String(decoding: buffer[range], as: UTF8.self)
            }
        }
        #expect(text == "1\n2\n3\n4\nhalf5\n")
    }

    @Test(
        "a glob's component",
        arguments: [
            ("*.log", "a.log", true), ("*.log", ".a.log", false), (".*", ".a", true),
            ("a?c", "abc", true), ("a?c", "ac", false), ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false), ("[]]x", "]x", true), ("[x", "[x", true),
            ("a*b*c", "axbxbxc", true), ("a*b*c", "axbxbx", false), ("\\*", "*", true),
            ("\\*", "a", false),
            ("*", "", true), ("[^a]", "b", true),
        ])
    func glob(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(GlobComponent(pattern).matches(name) == matches)
    }
}
