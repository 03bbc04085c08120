// A conversation on file: what clients send and exactly what they are answered.
//
//     # words for people
//     ! guard.strikes = 2          a line of the configuration, before all else
//     = 2 report 1001              connection 2 has the role `report` and the user 1001
//     > ban 203.0.113.9            a request on connection 1; `2>` on connection 2
//     *99> hit 203.0.113.9         the same 99 times; only the last reply is compared
//     < ok {...}                   the next line that connection 1 has received; `2<`
//     < (closed)                   the connection was closed after it
//     @ +10s                       time passes
//     @ wall -3600s                the wall clock is set
//
// Every reply must be there, in order, before the next request of its connection.  With
// OPSD_RECORD set in the environment a transcript is rewritten from the answers: read the
// difference before you keep it.

import Foundation
import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

struct Transcript {
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    let name: String
    private let lines: [String]
    private let path: String

    static let isRecording = ProcessInfo.processInfo.environment["OPSD_RECORD"] != nil
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts")

    static var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { $0.hasSuffix(".txt") }.sorted()
    }

    init(_ name: String) throws {
        self.name = name
        path = name.hasPrefix("/") ? name : Self.folder.appendingPathComponent(name).path
        var text = try String(contentsOfFile: path, encoding: .utf8)
        if text.hasSuffix("\n") { text.removeLast() }
        lines = text.components(separatedBy: "\n")
    }

    /// Plays it; returns the faults found.
    func play() throws -> [Fault] {
        var stage = Stage(try configuration(), roles())
        var recorded: [String] = []
        var faults: [Fault] = []
        for (number, line) in lines.enumerated() {
            let place = "\(name):\(number + 1)"
            if let (client, words) = Self.split(line, ">") {
                faults += stage.unexpected().map { Fault(description: "\(place): before: \($0)") }
                recorded.append(line)
                stage.request(client, words, times: Self.times(line))
                recorded += stage.replies()
            } else if let (client, words) = Self.split(line, "<") {
                if Self.isRecording { continue }
                let got = stage.next(client)
                if got != words {
                    faults.append(
                        Fault(description: "\(place):\n  expected \(words)\n  got      \(got)"))
                }
            } else {
                recorded.append(line)
                if line.hasPrefix("@ ") {
                    try stage.pass(String(line.dropFirst(2)), place)
                    recorded += stage.replies()
                }
            }
        }
        faults += stage.unexpected().map { Fault(description: "\(name): at the end: \($0)") }
        if Self.isRecording {
            try (recorded.joined(separator: "\n") + "\n").write(
                toFile: path, atomically: true, encoding: .utf8)
        }
        return faults
    }

    private func configuration() throws -> Configuration {
        let text = lines.filter { $0.hasPrefix("! ") }.map { $0.dropFirst(2) + "\n" }.joined()
        return try Configuration.load(
            Array(text.utf8), file: name, networks: ConfigurationFile.notation)
    }

    /// The roles of a name; `none` is a name too.
    private static func roles(_ name: Substring) -> RoleSet? {
        name == "none" ? [] : Role.allCases.first { $0.name == name }.map { RoleSet($0) }
    }

    private func roles() -> [Int: Caller] {
        var roles: [Int: Caller] = [:]
        for line in lines where line.hasPrefix("= ") {
            let words = line.split(separator: " ")
            guard words.count == 4, let client = Int(words[1]), let uid = UInt32(words[3]),
                let held = Self.roles(words[2])
            else { continue }
            roles[client] = Caller(uid: uid, roles: held)
        }
        return roles
    }

    /// `2> words` as (2, "words"); nil where the line is of another kind.
    private static func split(_ line: String, _ mark: Character) -> (Int, String)? {
        guard let place = line.firstIndex(of: mark) else { return nil }
        let head = line[..<place].prefix { $0 != "*" }
        guard line[..<place].allSatisfy({ $0.isNumber || $0 == "*" }) else { return nil }
        let rest = line[line.index(after: place)...]
        return (Int(head) ?? 1, String(rest.hasPrefix(" ") ? rest.dropFirst() : rest))
    }

    private static func times(_ line: String) -> Int {
        guard let star = line.firstIndex(of: "*"), let mark = line.firstIndex(of: ">"), star < mark
        else { return 1 }
        return Int(line[line.index(after: star)..<mark]) ?? 1
    }
}

/// The loop with its numbered clients.
private struct Stage {
    let loop: FakeLoop
    private let roles: [Int: Caller]
    private var clients: [Int: FakeClient] = [:]
    private var waiting: [Int: [String]] = [:]
    private var told: Set<Int> = []

    init(_ configuration: Configuration, _ roles: [Int: Caller]) {
        loop = FakeLoop(configuration)
        loop.settle()
        self.roles = roles
    }

    mutating func request(_ number: Int, _ words: String, times: Int) {
        let client = clients[number] ?? connect(number)
        for _ in 0..<times { loop.send(client, words + "\n") }
        loop.settle()
        gather()
        if times > 1 { waiting[number] = waiting[number]?.suffix(1) }
    }

    private mutating func connect(_ number: Int) -> FakeClient {
        let caller = roles[number] ?? Caller(uid: 0, role: .admin)
        let client = loop.connect(uid: caller.uid, roles: caller.roles)
        clients[number] = client
        return client
    }

    private mutating func gather() {
        for (number, client) in clients {
            waiting[number, default: []] += client.take()
            if client.isClosed && told.insert(number).inserted {
                waiting[number, default: []].append("(closed)")
            }
        }
    }

    mutating func next(_ number: Int) -> String {
        guard let lines = waiting[number], !lines.isEmpty else { return "nothing" }
        return waiting[number]?.removeFirst() ?? ""
    }

    /// What has come, as a transcript has it; nothing more is waited for while one is recorded.
    mutating func replies() -> [String] {
        defer { if Transcript.isRecording { waiting = [:] } }
        return waiting.sorted { $0.key < $1.key }.flatMap { number, lines in
            lines.map { (number == 1 ? "" : String(number)) + "< " + $0 }
        }
    }

    mutating func unexpected() -> [String] {
        defer { waiting = [:] }
        return replies()
    }

    mutating func pass(_ words: String, _ place: String) throws {
        let isWall = words.hasPrefix("wall ")
        let text = words.dropFirst(isWall ? 5 : 0)
        guard text.hasSuffix("s"), let seconds = Double(text.dropLast()) else {
            throw Transcript.Fault(description: "\(place): no time: \(words)")
        }
        if isWall { loop.setWall(by: Int64(seconds)) } else { loop.advance(seconds) }
        loop.settle()
        gather()
    }
}

@Suite struct TranscriptTests {
    @Test(arguments: Transcript.names) func transcript(_ name: String) throws {
        let faults = try Transcript(name).play()
        #expect(faults.isEmpty, "\(faults.map(\.description).joined(separator: "\n"))")
    }

    @Test func thereAreTranscripts() { #expect(Transcript.names.count >= 10) }

    /// A transcript that must fail does fail.
    @Test func aWrongReplyIsSeen() throws {
        let scratch = try ScratchDirectory()
        let path = try scratch.write(
            "> ping\n< ok {\"pong\":false}\n> ping\n> ping\n< ok {\"pong\":true}\n",
            to: "wrong.txt")
        if Transcript.isRecording { return }
        #expect(try Transcript(path).play().count == 2)
    }
}
