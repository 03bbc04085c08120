// `opsctl audit verify` as a person runs it: opsd says where the files are and which head it knows,
// the files are real, and the exit status is 0 only where everything fits.

import Foundation
import OpsLinux
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsControl
@testable import OpsCore

@Suite struct AuditConversationTests {
    private let scratch: ScratchDirectory
    /// The chain lines, oldest first.
    private let heads: [AuditHead]

    /// Three files with four events and two chain lines each: the first is compressed.
    init() throws {
        scratch = try ScratchDirectory()
        var block = AuditBlock(after: .origin)
        var heads: [AuditHead] = []
        for number in 0..<3 {
            var text: [UInt8] = []
            for half in 0..<2 {
                let first = UInt64(number * 4 + half * 2 + 1)
                var lines = Array("{\"id\":\(first),\"event\":\"ban\"}\n".utf8)
                lines += Array("{\"id\":\(first + 1),\"event\":\"unban\"}\n".utf8)
                block.add(lines.span, lines: 2)
                block.end(
                    through: first + 1, wall: 1_767_225_600_000_000_000 + Int64(first), into: &lines
                )
                heads.append(block.head)
                text += lines
            }
            let name = ["events.ndjson.1", "events.ndjson-20260101", "events.ndjson"][number]
            try scratch.write(text, to: name)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = [scratch.path(of: "events.ndjson.1")]
        try process.run()
        process.waitUntilExit()
        self.heads = heads
    }

    private func daemon(durable head: AuditHead?) throws -> FakeDaemon {
        let own =
            head.map { #""durable_seq":\#($0.sequence),"durable_hash":"\#($0.hash.hexadecimal)""# }
            ?? #""durable_seq":null,"durable_hash":null"#
        return try FakeDaemon(lines: [
            #"ok {"directory":"\#(scratch.path)","file":"events.ndjson",\#(own)}"#
        ])
    }

    private func verify(
        _ words: [String] = [], durable head: AuditHead? = nil
    ) throws -> (run: Opsctl, asked: [String]) {
        let daemon = try daemon(durable: head)
        let run = try Opsctl.run(["audit", "verify"] + words, daemon)
        return (run, daemon.requests)
    }

    private func edit(_ name: String, _ change: (String) -> String) throws {
        let text = String(decoding: try scratch.bytes(name), as: UTF8.self)
        try scratch.write(change(text), to: name)
    }

    private func anchor(_ index: Int) -> String { heads[index].description }

    // MARK: What fits

    @Test func opsdSaysWhereTheFilesAre() throws {
        let (run, asked) = try verify(durable: heads[5])
        #expect(asked == ["audit status"] && run.status == 0 && run.complaints == "")
        #expect(
            run.output == """
                verified: 6 blocks, 18 lines, 3 files, 2026-01-01T00:00:00.000000Z to \
                2026-01-01T00:00:00.000000Z
                chain lines 1 to 6, events through 12
                opsd's own head \(anchor(5)) fits; it is kept on this host, so it proves nothing \
                against root
                nothing outside this host vouches for chain lines 1 to 6

                """)
    }

    @Test func anAnchorCoversWhatIsBeforeIt() throws {
        let (run, _) = try verify(["--anchor", anchor(3), "--anchor=\(anchor(1))"])
        #expect(run.status == 0)
        #expect(
            run.output.contains(
                "anchor \(anchor(3)) fits: chain lines up to 4 are as they were when it was taken"))
        #expect(run.output.contains("vouches for chain lines 5 to 6\n"))
    }

    @Test func anObjectForPrograms() throws {
        let (run, _) = try verify(["--json", "--anchor", anchor(5)], durable: heads[4])
        let json = try JSONValue(parsing: Array(run.output.utf8).span)
        #expect(run.status == 0 && json["verified"]?.bool == true)
        #expect(json["anchored_seq"]?.integer == 6 && json["unvouched_from"] == .null)
        #expect(json["own_head"]?.text == anchor(4))
        #expect(
            json["files"]?.elements.compactMap(\.text) == [
                "events.ndjson.1.gz", "events.ndjson-20260101", "events.ndjson",
            ])
    }

    @Test func withADirectoryNoDaemonIsAsked() throws {
        let daemon = try FakeDaemon(lines: [])
        let run = try Opsctl.run(
            ["audit", "verify", "--dir", scratch.path, "--anchor", anchor(5)], daemon)
        #expect(run.status == 0 && daemon.requests == [])
        #expect(!run.output.contains("nothing outside this host"))
    }

    // MARK: What does not

    @Test func aChangedLineIsNamed() throws {
        try edit("events.ndjson-20260101") { $0.replacing("{\"id\":6,", with: "{\"id\":9,") }
        let (run, _) = try verify(["--anchor", anchor(5)])
        #expect(run.status == 1)
        #expect(
            run.output.hasPrefix(
                "does not fit: \(scratch.path)/events.ndjson-20260101, lines 1 to 3: chain line 3, "
                    + "events 5 to 6\n"))
        #expect(run.output.contains("what fits: chain lines 1 to 2, before it\n"))
    }

    @Test func aFileThatIsGone() throws {
        scratch.remove("events.ndjson-20260101")
        let (run, _) = try verify()
        #expect(
            run.status == 1 && run.output.contains("\nchain lines 3 to 4 are missing before it\n"),
            "\(run.output)")
    }

    @Test func theFirstFileIsGoneAndNoLineSaysWhy() throws {
        scratch.remove("events.ndjson.1.gz")
        #expect(try verify().run.status == 1)
        // An anchor of the chain line before vouches for such a beginning.
        let (run, _) = try verify(["--anchor", anchor(1)])
        #expect(run.status == 0, "\(run.output)")
    }

    /// The end is cut off, and the chain computed anew: opsd knows, and an anchor does.
    @Test func whatOpsdKnewIsMissing() throws {
        try edit("events.ndjson") {
            $0.split(separator: "\n").prefix(3).joined(separator: "\n") + "\n"
        }
        #expect(try verify().run.status == 0)
        #expect(try verify(durable: heads[5]).run.status == 1)
        #expect(try verify(["--anchor", anchor(5)]).run.status == 1)
    }

    @Test func aDamagedArchiveIsNamed() throws {
        let bytes = try scratch.bytes("events.ndjson.1.gz")
        try scratch.write(Array(bytes.dropLast(12)), to: "events.ndjson.1.gz")
        let (run, _) = try verify()
        #expect(run.status == 1)
        #expect(run.complaints.contains("events.ndjson.1.gz: the gzip file ends in the middle"))
    }

    /// What it points to is not what opsd has written.
    @Test func aLinkIsNotFollowed() throws {
        let other = try ScratchDirectory()
        let file = try other.write(try scratch.bytes("events.ndjson-20260101"), to: "elsewhere")
        scratch.remove("events.ndjson-20260101")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path(of: "events.ndjson-20260101"), withDestinationPath: file)
        let (run, _) = try verify()
        #expect(run.status == 4 && run.output == "")
        #expect(run.complaints.contains("/events.ndjson-20260101: it is a symbolic link"))
    }

    @Test func nothingToVerify() throws {
        let empty = try ScratchDirectory()
        let daemon = try FakeDaemon(lines: [])
        let run = try Opsctl.run(["audit", "verify", "--dir", empty.path], daemon)
        #expect(run.status == 1)
        #expect(run.output == "nothing to verify: there is no chain line in \(empty.path)\n")
    }

    // MARK: Words, and opsd

    @Test(
        arguments: [
            ["--anchor"], ["--anchor", "12"], ["--anchor", "12:zz"], ["--dir"], ["--depth", "3"],
            ["now"],
        ])
    func wordsThatAreNotValid(words: [String]) throws {
        let (run, asked) = try verify(words)
        #expect(run.status == 2 && run.output == "" && asked == [])
        #expect(run.complaints.hasPrefix("opsctl: "))
    }

    @Test func opsdRefuses() throws {
        let daemon = try FakeDaemon(lines: [#"err {"code":"forbidden","message":"not for you"}"#])
        let run = try Opsctl.run(["audit", "verify"], daemon)
        #expect(run.status == 4 && run.output == "" && run.complaints.contains("not for you"))
    }

    @Test func withoutOpsdTheDirectoryHelps() throws {
        let run = try Opsctl.run(
            ["--socket", scratch.path(of: "none"), "audit", "verify"], try FakeDaemon(lines: []))
        #expect(run.status == 3)
        #expect(run.complaints.hasSuffix("hint: without opsd: opsctl audit verify --dir DIR\n"))
    }
}
