// What a fake daemon plays for `events`: the tail and the search through files are the daemon's
// own, the files are real.  Events 1 to N; each file has those of a range.

import Foundation
import OpsLinux
import OpsProtocol
import OpsTestKit
import Synchronization

@testable import OpsCore
@testable import OpsDaemon

final class FilesDaemon: Sendable {
    static let year: Int64 = 1_767_225_600

    let scratch: ScratchDirectory
    private let state: Mutex<State>
    /// What opsd may look at for a page.
    private let bounds: EventFileSearch.Bounds

    init(tail: [UInt64], lookBytes: Int = 64 << 20) throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        bounds = EventFileSearch.Bounds(lookBytes: lookBytes, blockBytes: 2_048)
        state = Mutex(State(hashKey: (1, 2), eventCapacity: max(1, tail.count)))
        state.withLock { state in
            for id in tail.sorted() { state.events.restore(Self.event(id)) }
        }
    }

    /// Every tenth is of health, and critical.
    static func event(_ id: UInt64) -> Event {
        let kind: EventKind = id % 10 == 0 ? .health : .ban
        return Event(
            id: id, kind: kind, severity: kind == .health ? .critical : .info,
            wall: (year + Int64(id)) * 1_000_000_000, gauges: Gauges(), details: "told \(id)",
            network: kind == .ban
                ? Network(ipv4: 0x0a00_0000 | UInt32(truncatingIfNeeded: id)) : nil)
    }

    static func lines(_ ids: some Sequence<UInt64>) -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids {
            event(id).writeObject(to: &bytes)
            bytes.append(0x0a)
        }
        return bytes
    }

    /// Writes a file; one that ends with `.gz` is compressed.
    func write(_ bytes: [UInt8], to name: String, age: Int64) throws {
        let isPacked = name.hasSuffix(".gz")
        let plain = isPacked ? String(name.dropLast(3)) : name
        let path = try scratch.write(bytes, to: "log/" + plain)
        let modified = Date(timeIntervalSince1970: Double(Self.year + 10_000_000 - age))
        try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: path)
        if !isPacked { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-f", path]
        try process.run()
        process.waitUntilExit()
    }

    /// Files by name, oldest first, with their ids.
    func write(_ files: [(name: String, ids: ClosedRange<UInt64>)]) throws {
        for (index, file) in files.enumerated() {
            try write(
                Self.lines(file.ids), to: file.name, age: Int64(files.count - index) * 1_000)
        }
    }

    func answer(_ request: String) -> String {
        if request == "audit status" {
            return #"ok {"directory":"\#(scratch.path(of: "log"))","file":"events.ndjson"}"#
        }
        var line: [UInt8] = []
        do throws(Refusal) {
            let (command, _) = try RequestParser.parse(Array(request.utf8).span)
            guard case .events(let query) = command else { return "err {}" }
            Reply.events(page(query)).writeLine(to: &line, limitBytes: 16 << 20)
        } catch {
            error.writeLine(to: &line)
        }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    private func page(_ query: EventQuery) -> EventPage {
        let decision = state.withLock { $0.events(query) }
        if case .readEvents(let search) = decision.effect {
            return EventFileSearch.page(search, path: scratch.path(of: "log"), bounds: bounds)
        }
        guard case .events(let page)? = decision.reply else {
            preconditionFailure("`events` has another answer")
        }
        return page
    }

    /// Runs opsctl against it.
    func run(_ words: [String]) throws -> Opsctl {
        try Opsctl.run(words, try FakeDaemon { _, request in [.line(self.answer(request))] })
    }

    /// The pages that `opsctl --json events` prints.
    func pages(_ words: [String]) throws -> (pages: [JSONValue], run: Opsctl) {
        let run = try run(["--json", "events"] + words)
        let pages = try run.output.split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8).span)
        }
        return (pages, run)
    }

    /// The ids on pages, in order.
    static func ids(_ pages: [JSONValue]) -> [UInt64] {
        pages.flatMap { $0["events"]?.elements ?? [] }.compactMap {
            $0["id"]?.integer.flatMap { UInt64(exactly: $0) }
        }
    }
}
