// One connection of the load: the requests to be sent, and when those in flight were sent.  Its
// buffers are allocated once, before the run.

import OpsLinux

/// The outcome of an attempt to send or receive.
enum Movement {
    case moved(Int)
    case blocked
    case disconnected(String)
}

/// A connection to the server under test.
final class Client {
    let stream: UnixStream
    let token: Token
    private var output: [UInt8]
    private var filled = 0
    private var sent = 0
    private var replies = ReplyCounter()
    private let repliesPerRequest: Int
    /// How many replies to the oldest request have come, of `repliesPerRequest`.
    private var partial = 0
    /// When the requests in flight were sent, in a ring from `oldest` on: nanoseconds of boot time.
    private var asked: [Int64]
    private var oldest = 0
    /// Requests that have not been answered.
    private(set) var inFlight = 0
    /// Whether it waits until its socket takes more.
    var isBlocked = false
    /// Whether it is in the list of clients with unsent requests.
    var isListed = false

    init(_ stream: consuming UnixStream, _ token: Token, _ workload: Workload, pipeline: Int) {
        self.stream = stream
        self.token = token
        repliesPerRequest = workload.repliesPerRequest
        output = Array(repeating: 0, count: workload.limitBytes * pipeline)
        asked = Array(repeating: 0, count: pipeline)
    }

    /// How many more requests may be in flight.
    var freeSlots: Int { asked.count - inFlight }

    /// Appends the next of `requests` to the output, as sent at `moment`; there must be a free
    /// slot.
    @inline(__always)
    func enqueue(_ requests: inout RequestStream, limitBytes: Int, at moment: Int64) {
        if output.count - filled < limitBytes { compact() }
        filled = requests.write(into: &output, at: filled)
        var place = oldest + inFlight
        if place >= asked.count { place -= asked.count }
        asked[place] = moment
        inFlight += 1
    }

    /// Moves unsent bytes to the front of the buffer.
    private func compact() {
        for index in sent..<filled { output[index - sent] = output[index] }
        filled -= sent
        sent = 0
    }

    /// Sends as much as the socket takes.
    func send() -> Movement {
        var moved = 0
        let ready = output
        while sent < filled {
            switch stream.send(ready.span.extracting(sent..<filled).bytes) {
            case .bytes(let count):
                sent += count
                moved += count
            case .wouldBlock:
                isBlocked = true
                return moved > 0 ? .moved(moved) : .blocked
            case .closed: return .disconnected("the server closed a connection")
            case .failed(let error): return .disconnected("\(error)")
            }
        }
        filled = 0
        sent = 0
        isBlocked = false
        return .moved(moved)
    }

    /// Reads once into `buffer`.
    func receive(into buffer: inout [UInt8]) -> Movement {
        switch stream.receive(into: &buffer) {
        case .bytes(let count): .moved(count)
        case .wouldBlock: .blocked
        case .closed: .disconnected("the server closed a connection")
        case .failed(let error): .disconnected("\(error)")
        }
    }

    /// Counts the replies in the first `count` bytes of `buffer`, received at `moment`; returns how
    /// many requests they complete.  nil: there were more replies than requests.
    func countReplies(
        _ buffer: [UInt8], _ count: Int, at moment: Int64, _ result: inout BenchResult
    ) -> Int? {
        let lines = replies.feed(buffer.span.extracting(first: count), &result.errors)
        var requests = 0
        partial += lines
        while partial >= repliesPerRequest {
            if inFlight == 0 { return nil }
            partial -= repliesPerRequest
            result.latency.record(moment - asked[oldest])
            oldest += 1
            if oldest == asked.count { oldest = 0 }
            inFlight -= 1
            requests += 1
        }
        result.bytesReceived += count
        result.requests += requests
        result.replies += lines
        return partial > 0 && inFlight == 0 ? nil : requests
    }
}
