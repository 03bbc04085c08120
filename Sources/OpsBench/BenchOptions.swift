// Parsing of the command line.  Every option may be written `--name value` or `--name=value`, and
// only once, except for --raw.

import OpsCore
import OpsLinux
import OpsProtocol

/// What a command line asks for.
enum BenchOptions: Sendable {
    case run(BenchPlan, isJSON: Bool)
    /// Send back what is received on a socket.
    case echo(path: String)
    case help
    case version

    /// Where opsd listens by default.
    static let defaultSocket = "/run/opsd/opsd.sock"

    /// Parses the arguments after the program's name.
    init(_ words: [String], environmentSocket: String?) throws(BenchFault) {
        var reader = OptionReader(words)
        var isJSON = false
        try reader.read(flags: ["--json", "--sequential", "--help", "-h", "--version"])
        if reader.has("--help") || reader.has("-h") {
            self = .help
            return
        }
        if reader.has("--version") {
            self = .version
            return
        }
        isJSON = reader.has("--json")
        if let path = reader.value("--echo") {
            guard reader.isUsedUp else { throw .usage("--echo PATH takes no other options") }
            self = .echo(path: path)
            return
        }
        let workload = try Self.workload(&reader)
        let keys = KeySpace(
            count: try reader.integer("--keys", 1...KeySpace.limit) ?? 1_000_000,
            seed: UInt64(try reader.integer("--seed", 0...Int.max) ?? 1),
            ipv6Percent: try reader.integer("--ipv6-share", 0...100) ?? 0)
        let fromEnvironment = environmentSocket.flatMap { $0.isEmpty ? nil : $0 }
        var plan = BenchPlan(
            workload, keys,
            socket: reader.value("--socket") ?? fromEnvironment ?? Self.defaultSocket)
        plan.isSequential = reader.has("--sequential") || workload.name == "load"
        plan.connections =
            try reader.integer("--connections", 1...BenchPlan.connectionsLimit) ?? 50
        plan.pipeline = try reader.integer("--pipeline", 1...BenchPlan.pipelineLimit) ?? 1
        plan.ratePerSecond = try reader.integer("--rate", 1...10_000_000).map(Double.init)
        plan.end = try Self.end(&reader, plan)
        if let patience = try reader.duration("--timeout") { plan.timeoutNanoseconds = patience }
        try reader.finish()
        self = .run(plan, isJSON: isJSON)
    }

    private static func workload(_ reader: inout OptionReader) throws(BenchFault) -> Workload {
        let lines = reader.values("--raw")
        let eol = reader.value("--eol")
        let name = reader.popWord()
        if lines.isEmpty {
            if eol != nil { throw .usage("--eol is for --raw only") }
            guard let name else { throw .usage("expected a workload or --raw LINE") }
            guard let workload = Workload(named: name) else {
                let names = Workload.own.map(\.name).joined(separator: ", ")
                throw .usage("unknown workload '\(name)': expected one of \(names)")
            }
            return workload
        }
        if let name { throw .usage("--raw cannot be combined with the workload '\(name)'") }
        let end: String
        switch eol {
        case "lf", nil: end = "\n"
        case "crlf": end = "\r\n"
        case let other?: throw .usage("--eol '\(other)': expected lf or crlf")
        }
        let workload = Workload(raw: lines, end: end)
        if workload.limitBytes > 1 << 20 { throw .usage("--raw: a request is larger than 1 MiB") }
        return workload
    }

    private static func end(
        _ reader: inout OptionReader, _ plan: BenchPlan
    ) throws(BenchFault) -> BenchPlan.End {
        let count = try reader.integer("--requests", 1...Int(Int32.max) * 1_000)
        let length = try reader.duration("--duration")
        switch (count, length) {
        case (_?, _?): throw .usage("--requests and --duration cannot be combined")
        case (let count?, nil): return .requests(count)
        case (nil, let length?): return .nanoseconds(length)
        case (nil, nil):
            return plan.isSequential ? .requests(plan.keys.count) : .nanoseconds(5_000_000_000)
        }
    }
}

/// Splits arguments into options with values, flags, and the rest.
struct OptionReader {
    private static let valued: Set<String> = [
        "--connections", "--pipeline", "--requests", "--duration", "--keys", "--seed",
        "--ipv6-share", "--socket", "--raw", "--eol", "--rate", "--timeout", "--echo",
    ]

    private let all: [String]
    private var options: [(name: String, value: String)] = []
    private var flags: Set<String> = []
    private var words: [String] = []

    init(_ words: [String]) { all = words }

    /// Splits all arguments.
    mutating func read(flags known: Set<String>) throws(BenchFault) {
        var rest = all[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else {
                words.append(word)
                continue
            }
            if known.contains(word) {
                flags.insert(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard Self.valued.contains(name) else { throw .usage("unknown option \(name)") }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw .usage("\(name) needs a value")
            }
            if name != "--raw" && options.contains(where: { $0.name == name }) {
                throw .usage("\(name) is given twice")
            }
            options.append((name, value))
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// Whether every option and word has been read.
    var isUsedUp: Bool { options.isEmpty && words.isEmpty }

    mutating func values(_ name: String) -> [String] {
        defer { options.removeAll { $0.name == name } }
        return options.filter { $0.name == name }.map(\.value)
    }

    mutating func value(_ name: String) -> String? { values(name).first }

    mutating func popWord() -> String? { words.isEmpty ? nil : words.removeFirst() }

    mutating func integer(
        _ name: String, _ range: ClosedRange<Int>
    ) throws(BenchFault) -> Int? {
        guard let text = value(name) else { return nil }
        guard let value = Int(text), range.contains(value), !text.hasPrefix("+") else {
            throw .usage(
                "\(name) '\(text)': expected an integer from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return value
    }

    /// Nanoseconds.
    mutating func duration(_ name: String) throws(BenchFault) -> Int64? {
        guard let text = value(name) else { return nil }
        guard let length = DurationText.parse(text), (1...86_400_000).contains(length) else {
            throw .usage("\(name) '\(text)': expected a duration from 1ms to 1d, such as 10s")
        }
        return length * 1_000_000
    }

    /// Fails if an option or word has not been read.
    func finish() throws(BenchFault) {
        if let word = words.first { throw .usage("unexpected argument '\(word)'") }
        if let option = options.first { throw .usage("\(option.name) cannot be used here") }
    }
}
