// Random scripts of writing, rotating, truncating and kills, against a model of what was written.
//
// The rules:
// 1. Each line that was written is delivered, but those that only a truncated file held.
// 2. A line that comes again has the stream and the place that it had; another line never has a
//    place at or below one that was answered in its stream.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

private final class Script {
    let log: LogReader
    var random: SeededGenerator
    var written = 0
    /// Lines that may never come: they were in a file that was truncated.
    var mayBeLost: Set<Int> = []
    /// Lines in the present file.
    var present: [Int] = []
    var delivered: [Int: Delivered] = [:]
    var answered: [String: UInt64] = [:]
    var complaints: [String] = []
    private var taken = 0
    /// What was done, for whoever looks for a fault.
    var history: [String] = []

    init(seed: UInt64) throws {
        log = try LogReader(["a.log"], start: .beginning)
        log.answers = false
        random = SeededGenerator(seed: seed)
        write(1)
        log.turn()
        check()
        answer(all: true)
        log.store(always: true)
    }

    func run(_ steps: Int) throws {
        for _ in 0..<steps {
            let dice = Int(random.next() % 100)
            let before = (log.lines.count, log.notes.count)
            try step(dice)
            history.append(
                "\(dice): \(written) written, read \(log.lines[before.0...].map { "\($0.text.prefix(3)) \($0.stream.suffix(1)):\($0.place)" }) \(log.notes[before.1...].map(\.kind))"
            )
            check()
        }
        for _ in 0..<40 {
            log.now += 61_000
            log.turn()
            check()
            answer(all: true)
            log.store(always: true)
        }
        let missing = Set(0..<written).subtracting(delivered.keys).subtracting(mayBeLost)
        if !missing.isEmpty { complaints.append("never came: \(missing.sorted())") }
    }

    private func step(_ dice: Int) throws {
        switch dice {
        case 0..<30: write(1 + Int(random.next() % 3))
        case 30..<45: log.wake()
        case 45..<52: log.turn()
        case 52..<62:
            log.files.handleEvents(now: log.now)
            for _ in 0..<3 {
                log.store()
                log.step(atMostLines: 1 + Int(random.next() % 2))
            }
        case 62..<72: answer(all: random.next() % 2 == 0)
        case 72..<78: log.store(always: true)
        case 78..<86: rotate()
        case 86..<90: try copyTruncate()
        case 90..<92:
            log.truncate("a.log")
            mayBeLost.formUnion(present)
            present = []
        default:
            log.restart()
            if random.next() % 2 == 0 { log.turn() }
        }
    }

    private func write(_ count: Int) {
        for _ in 0..<count {
            let filler = String(repeating: "x", count: Int(random.next() % 300))
            log.append("\(written) \(filler)\n", to: "a.log")
            present.append(written)
            written += 1
        }
    }

    private func rotate() {
        for number in (1...40).reversed() {
            for suffix in ["", ".gz"] where exists("a.log.\(number)\(suffix)") {
                log.rename("a.log.\(number)\(suffix)", "a.log.\(number + 1)\(suffix)")
            }
        }
        if !exists("a.log") { return }
        log.rename("a.log", "a.log.1")
        present = []
        write(1)
        // gzip at once, or delayed by one rotation.
        let name = "a.log.\(1 + random.next() % 2)"
        if random.next() % 3 == 0, exists(name) { try? log.scratch.compress(name) }
    }

    private func copyTruncate() throws {
        guard exists("a.log"), !exists("a.log.1"), !exists("a.log.1.gz") else { return }
        try log.copy("a.log", to: "a.log.1")
        log.truncate("a.log")
        // A kill may be between what was read and what is stored; then the copy is one of several.
        mayBeLost.formUnion(present)
        present = []
    }

    private func exists(_ name: String) -> Bool {
        access(log.scratch.path(of: name), F_OK) == 0
    }

    private func answer(all: Bool) {
        let count = all ? log.unanswered.count : min(1, log.unanswered.count)
        for checkpoint in log.unanswered.prefix(count) { log.files.acknowledge(checkpoint) }
        log.unanswered.removeFirst(count)
        if count > 0, log.unanswered.isEmpty {
            for line in log.lines {
                answered[line.stream] = max(answered[line.stream] ?? 0, line.place)
            }
        }
    }

    private func check() {
        for line in log.lines[min(taken, log.lines.count)...] {
            guard let number = Int(line.text.prefix { $0 != " " }) else {
                complaints.append("not a line: \(line.text.prefix(20))")
                continue
            }
            if let before = delivered[number] {
                if before.stream != line.stream || before.place != line.place {
                    complaints.append(
                        "\(number) came at \(before.stream):\(before.place), and again at "
                            + "\(line.stream):\(line.place)")
                }
            } else if line.place <= answered[line.stream] ?? 0 {
                complaints.append("\(number) is new at \(line.stream):\(line.place)")
            }
            delivered[number] = line
        }
        taken = log.lines.count
    }
}

@Suite("random scripts of rotation", .timeLimit(.minutes(5))) struct RotationScriptTests {
    @Test("no line is lost, and none counts twice", arguments: 0..<30)
    func script(_ seed: Int) throws {
        let script = try Script(seed: UInt64(seed))
        try script.run(100)
        #expect(
            script.complaints.isEmpty,
            "\(script.complaints.prefix(3))\n\(script.history.joined(separator: "\n"))")
    }
}
