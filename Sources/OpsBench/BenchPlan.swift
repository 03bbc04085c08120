// What a run does: everything that decides it, read from the command line or made by a test.

/// A run to be made.
package struct BenchPlan: Sendable {
    /// When a run ends.
    package enum End: Hashable, Sendable {
        case requests(Int)
        case nanoseconds(Int64)
    }

    /// The most connections, and the most requests that may be under way on one.
    package static let connectionsLimit = 10_000
    package static let pipelineLimit = 10_000

    package var workload: Workload
    package var keys: KeySpace
    /// Keys 0, 1, 2 ... instead of random ones.
    package var isSequential = false
    package var connections = 50
    package var pipeline = 1
    package var end = End.nanoseconds(5_000_000_000)
    /// Requests a second, whatever the server does; nil: as many as it answers.
    package var ratePerSecond: Double?
    package var socket: String
    /// How long nothing may come while something is awaited.
    package var timeoutNanoseconds: Int64 = 10_000_000_000

    package init(_ workload: Workload, _ keys: KeySpace, socket: String) {
        self.workload = workload
        self.keys = keys
        self.socket = socket
    }
}

/// What a run came to.
package struct BenchResult: Sendable {
    package var requests = 0
    package var replies = 0
    package var errors = ErrorCounts()
    package var bytesSent = 0
    package var bytesReceived = 0
    /// From the first request to the last reply.
    package var nanoseconds: Int64 = 0
    /// Of requests: from when each was asked, or was due to be asked, to its last reply; nanoseconds.
    package var latency = Histogram()
    /// With a rate: how long after its time each request was handed to the socket; nanoseconds.
    package var lateness = Histogram()
    /// CPU time of this process in the run.
    package var cpuMicroseconds: Int64 = 0
    /// How long this process had nothing to do but wait for replies.
    package var waitedNanoseconds: Int64 = 0

    package init() {}

    package var seconds: Double { Double(nanoseconds) / 1e9 }
    package var requestsPerSecond: Double { nanoseconds > 0 ? Double(requests) / seconds : 0 }
    package var repliesPerSecond: Double { nanoseconds > 0 ? Double(replies) / seconds : 0 }

    /// CPU time over time: 1 is a whole CPU.
    package var cpuShare: Double {
        nanoseconds > 0 ? Double(cpuMicroseconds) * 1_000 / Double(nanoseconds) : 0
    }

    /// Of the time, how much was waiting for the server.
    package var waitingShare: Double {
        nanoseconds > 0 ? Double(waitedNanoseconds) / Double(nanoseconds) : 0
    }

    /// Of the time, how much went to other processes while there was something to do here.
    package var lackingShare: Double { max(0, 1 - cpuShare - waitingShare) }

    /// The generator took nearly a whole CPU: what was measured may be its own speed.
    package var isSaturated: Bool { cpuShare >= 0.9 }
}
