// The requests of a workload, how often each is sent, and about which keys.  A seed determines all
// of it: the n-th request is the same in every run.

/// A named mix of requests.
struct Workload: Hashable, Sendable {
    /// The name on the command line; `raw` for --raw.
    let name: String
    /// Requests, with the share of each in per cent.
    let requests: [(template: RequestTemplate, percent: Int)]
    /// Replies to one request: the same for all requests of a workload.
    let repliesPerRequest: Int

    /// Makes one request of the lines given with --raw.
    init(raw lines: [String], end: String) {
        self.init("raw", [(RequestTemplate(lines, end: end), 100)])
    }

    private init(_ name: String, _ requests: [(template: RequestTemplate, percent: Int)]) {
        self.name = name
        self.requests = requests
        repliesPerRequest = requests.first?.template.replies ?? 1
    }

    /// A built-in workload for opsd; nil: there is none with this name.
    init?(named name: String) {
        guard let lines = Self.own.first(where: { $0.name == name })?.lines else { return nil }
        self.init(
            name, lines.map { (RequestTemplate([$0.line], end: "\n"), $0.percent) })
    }

    /// The most bytes of a request.
    var limitBytes: Int { requests.map(\.template.limitBytes).max() ?? 0 }

    /// The built-in workloads, with the lines that they send.
    static let own: [(name: String, lines: [(line: String, percent: Int)])] = [
        ("check", [("check {ip}", 100)]),
        ("hit", [("hit {ip}", 100)]),
        ("strike", [("strike {ip}", 100)]),
        ("ban", [("ban {ip} ttl=600s", 100)]),
        ("observe", [("slo observe bench latency_ms={n} ok=true", 100)]),
        ("spend", [("cost record model=bench usd=0.000001", 100)]),
        ("keyed", [("cost record model=bench usd=0.000001 key=b{n}", 100)]),
        (
            "reserve",
            [
                (
                    "cost reserve model=bench usd=0.000001 key=b{n}\\n"
                        + "cost settle key=b{n} usd=0.000001", 100
                )
            ]
        ),
        (
            "mixed",
            [
                ("check {ip}", 70), ("hit {ip}", 25), ("strike {ip}", 3), ("ban {ip} ttl=600s", 2),
            ]
        ),
        ("ping", [("ping", 100)]),
        ("load", [("ban {ip} ttl=1d reason=bench source=opsbench", 100)]),
    ]

    static func == (one: Workload, other: Workload) -> Bool {
        one.name == other.name && one.requests.elementsEqual(other.requests) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        for request in requests { hasher.combine(request.template) }
    }
}

/// The requests of a run, one after another.
struct RequestStream: Sendable {
    private let workload: Workload
    private let keys: KeySpace
    private let isSequential: Bool
    private var random: SeededNumbers
    /// Requests written so far.
    private(set) var count = 0

    /// - Parameter isSequential: whether keys are 0, 1, 2 and so on, then again from 0; otherwise
    ///   they are random.
    init(_ workload: Workload, _ keys: KeySpace, isSequential: Bool) {
        self.workload = workload
        self.keys = keys
        self.isSequential = isSequential
        random = SeededNumbers(seed: keys.seed)
    }

    /// Writes the next request at `at`, where `buffer` must have room for `limitBytes`; returns
    /// where it ends.
    @inline(__always)
    mutating func write(into buffer: inout [UInt8], at: Int) -> Int {
        let number =
            isSequential ? UInt64(count % keys.count) : random.next(below: UInt64(keys.count))
        count += 1
        var span = buffer.mutableSpan
        return workload.requests[drawn()].template.write(number, of: keys, into: &span, at: at)
    }

    /// Which request of the workload is next.
    @inline(__always)
    private mutating func drawn() -> Int {
        if workload.requests.count == 1 { return 0 }
        var left = Int(random.next(below: 100))
        for index in workload.requests.indices {
            left -= workload.requests[index].percent
            if left < 0 { return index }
        }
        return 0
    }
}
