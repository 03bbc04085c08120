// The run: one thread, one epoll, all connections.
//
// Without a rate each connection sends `pipeline` requests in one write, waits for all their
// replies and sends the next, as redis-benchmark does.  With a rate (Bench+Rate.swift) requests are
// due at given times, whether or not the server keeps up.
//
// The clock is read after each read of a socket: that moment ends the requests just answered and
// begins those sent next.  Nothing is allocated between the first request and the last reply,
// except when a reply is an error with a new code.

import OpsLinux

/// A run: its connections, and its result so far.
struct Bench: ~Copyable {
    let plan: BenchPlan
    var poller: Poller
    /// The clients, indexed by the slot of their token.
    private var clients: [Client?] = []
    var requests: RequestStream
    var result = BenchResult()
    /// Requests that have been sent or queued and not answered.
    var inFlight = 0
    /// The last reading of the clock: nanoseconds of boot time, like all times here.
    var now: Int64 = 0
    var began: Int64 = 0
    private var lastReply: Int64 = 0
    let limitBytes: Int
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var schedule: RequestSchedule?

    /// Makes all connections.
    init(_ plan: BenchPlan) throws(BenchFault) {
        self.plan = plan
        requests = RequestStream(plan.workload, plan.keys, isSequential: plan.isSequential)
        limitBytes = plan.workload.limitBytes
        var poller = try BenchFault.from { () throws(Errno) in try Poller() }
        for _ in 0..<plan.connections {
            let client = try Self.connect(plan, &poller)
            while clients.count <= Int(client.token.slot) { clients.append(nil) }
            clients[Int(client.token.slot)] = client
        }
        if let rate = plan.ratePerSecond {
            schedule = try RequestSchedule(rate, clients.compactMap { $0 }, &poller)
        }
        self.poller = poller
    }

    private static func connect(
        _ plan: BenchPlan, _ poller: inout Poller
    ) throws(BenchFault) -> Client {
        do throws(SocketFault) {
            let stream = try UnixStream(
                connectingTo: try SocketPath(plan.socket), timeoutMilliseconds: 10_000)
            do throws(Errno) {
                let token = try poller.register(stream.descriptor.number, .read)
                return Client(stream, token, plan.workload, pipeline: plan.pipeline)
            } catch {
                throw .failed(error)
            }
        } catch {
            throw .unreachable(plan.socket, error)
        }
    }

    /// Runs to the end.
    consuming func run() throws(BenchFault) -> BenchResult {
        var process = try BenchFault.from { () throws(Errno) in try OwnProcess() }
        let before = try BenchFault.from { () throws(Errno) in try process.usage() }
        began = Clocks.bootNanoseconds()
        now = began
        lastReply = began
        if schedule == nil {
            for client in clients {
                if let client { try refill(client) }
            }
        } else {
            try sendDue()
        }
        while inFlight > 0 || hasMore { try turn() }
        let after = try BenchFault.from { () throws(Errno) in try process.usage() }
        result.cpuMicroseconds = after.cpuMicroseconds - before.cpuMicroseconds
        result.nanoseconds = lastReply - began
        return result
    }

    /// Whether there are more requests to send.
    private var hasMore: Bool {
        if schedule != nil { return nextDue != nil }
        return switch plan.end {
        case .requests(let count): requests.count < count
        case .nanoseconds(let length): now - began < length
        }
    }

    private mutating func turn() throws(BenchFault) {
        let entered = Clocks.bootNanoseconds()
        let timeout = min(1_000, Int32(clamping: plan.timeoutNanoseconds / 1_000_000))
        try BenchFault.from { () throws(Errno) in try poller.wait(timeoutMilliseconds: timeout) }
        now = Clocks.bootNanoseconds()
        result.waitedNanoseconds += now - entered
        while let ready = poller.next() {
            if let schedule, schedule.token == ready.token {
                try schedule.acknowledge()
            } else if let client = clients[Int(ready.token.slot)] {
                try serve(client, ready)
            }
        }
        if schedule != nil { try sendDue() }
        if inFlight > 0 && now - lastReply > plan.timeoutNanoseconds
            && now - began > plan.timeoutNanoseconds
        {
            let waited = plan.timeoutNanoseconds / 1_000_000
            throw BenchFault(
                .unreachable, "no reply for \(waited) ms, with \(inFlight) requests unanswered",
                hint: "does the server answer each line with exactly one line?")
        }
    }

    private mutating func serve(_ client: Client, _ ready: Ready) throws(BenchFault) {
        if ready.isReadable || ready.isBroken {
            switch client.receive(into: &buffer) {
            case .moved(let count): try countReplies(count, client)
            case .blocked: break
            case .disconnected(let why): throw disconnected(why)
            }
            if client.inFlight == 0 && schedule == nil { return try refill(client) }
        }
        if ready.isWritable { try flush(client) }
    }

    private mutating func countReplies(_ count: Int, _ client: Client) throws(BenchFault) {
        now = Clocks.bootNanoseconds()
        lastReply = now
        guard let answered = client.countReplies(buffer, count, at: now, &result) else {
            throw BenchFault(
                .unreachable, "the server sent more replies than requests",
                hint: "each reply must be one line: bulk and array replies cannot be counted")
        }
        inFlight -= answered
    }

    /// Sends as many requests as may be in flight on one connection, in one write.
    private mutating func refill(_ client: Client) throws(BenchFault) {
        while client.freeSlots > 0 && hasMore {
            client.enqueue(&requests, limitBytes: limitBytes, at: now)
            inFlight += 1
        }
        if client.inFlight > 0 { try flush(client) }
    }

    /// Sends what a client has queued; if the socket does not take all of it, watches the socket.
    mutating func flush(_ client: Client) throws(BenchFault) {
        let wasBlocked = client.isBlocked
        switch client.send() {
        case .moved(let count): result.bytesSent += count
        case .blocked: break
        case .disconnected(let why): throw disconnected(why)
        }
        if client.isBlocked != wasBlocked {
            let interest: Interest = client.isBlocked ? [.read, .write] : .read
            try BenchFault.from { () throws(Errno) in
                try poller.update(client.token, interest)
            }
        }
    }

    private func disconnected(_ why: String) -> BenchFault {
        BenchFault(
            .unreachable, "\(why), after \(result.requests) requests",
            hint: "see the log of the server; opsd refuses users with too many connections")
    }
}
