// The parameters of a run, from the command line or a test, and its result.

/// A run to be made.
struct BenchPlan: Sendable {
    /// When a run ends.
    enum End: Hashable, Sendable {
        case requests(Int)
        case nanoseconds(Int64)
    }

    /// The most connections.
    static let connectionsLimit = 10_000
    /// The most requests that may be in flight on one connection.
    static let pipelineLimit = 10_000

    /// What is sent.
    var workload: Workload
    /// The addresses that requests are about.
    var keys: KeySpace
    /// Whether keys are 0, 1, 2 ... instead of random.
    var isSequential = false
    /// How many connections.
    var connections = 50
    /// How many requests are sent at once on each connection.
    var pipeline = 1
    /// When the run ends.
    var end = End.nanoseconds(5_000_000_000)
    /// Requests per second, however fast the server is; nil: as many as it answers.
    var ratePerSecond: Double?
    /// The path of the server's socket.
    var socket: String
    /// The run fails when no reply comes for this long.
    var timeoutNanoseconds: Int64 = 10_000_000_000

    init(_ workload: Workload, _ keys: KeySpace, socket: String) {
        self.workload = workload
        self.keys = keys
        self.socket = socket
    }
}

/// What a run measured.
struct BenchResult: Sendable {
    /// Requests that were answered.
    var requests = 0
    /// Lines that were received.
    var replies = 0
    /// The replies that are errors.
    var errors = ErrorCounts()
    /// All bytes of requests.
    var bytesSent = 0
    /// All bytes of replies.
    var bytesReceived = 0
    /// From the first request to the last reply.
    var nanoseconds: Int64 = 0
    /// Nanoseconds from when a request was sent, or was due, to its last reply.
    var latency = Histogram()
    /// With a rate: nanoseconds by which a request was sent late.
    var lateness = Histogram()
    /// CPU time that this process used during the run.
    var cpuMicroseconds: Int64 = 0
    /// How long this process only waited for replies.
    var waitedNanoseconds: Int64 = 0

    /// The length of the run.
    var seconds: Double { Double(nanoseconds) / 1e9 }
    /// 0 where nothing was measured.
    var requestsPerSecond: Double { nanoseconds > 0 ? Double(requests) / seconds : 0 }
    /// 0 where nothing was measured.
    var repliesPerSecond: Double { nanoseconds > 0 ? Double(replies) / seconds : 0 }

    /// CPU time divided by time: 1 is one whole CPU.
    var cpuShare: Double {
        nanoseconds > 0 ? Double(cpuMicroseconds) * 1_000 / Double(nanoseconds) : 0
    }

    /// The share of the time in which this process waited for the server.
    var waitingShare: Double {
        nanoseconds > 0 ? Double(waitedNanoseconds) / Double(nanoseconds) : 0
    }

    /// The share of the time in which this process had work to do and no CPU.
    var lackingShare: Double { max(0, 1 - cpuShare - waitingShare) }

    /// Whether this process used nearly a whole CPU: the result may be its own limit.
    var isSaturated: Bool { cpuShare >= 0.9 }
}
