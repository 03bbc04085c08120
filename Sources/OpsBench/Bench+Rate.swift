// Requests at a given rate: request n is due at start + n / rate.  Its latency counts from that
// moment, so the delay of a stalled server is counted for all requests due meanwhile (this avoids
// "coordinated omission").  How late this process itself was is recorded separately.

import OpsLinux

/// When requests are due, and which client sends the next.
final class RequestSchedule {
    /// The registration of the timer.
    let token: Token
    private let timer: BootTimer
    private let nanosecondsPerRequest: Double
    /// When the timer is due; 0: it is not armed.
    private var armedFor: Int64 = 0
    private let clients: [Client]
    private var next = 0
    /// Clients with unsent requests.
    fileprivate var listed: [Client] = []

    init(
        _ ratePerSecond: Double, _ clients: [Client], _ poller: inout Poller
    ) throws(BenchFault) {
        nanosecondsPerRequest = 1e9 / ratePerSecond
        self.clients = clients
        listed.reserveCapacity(clients.count)
        timer = try BenchFault.from { () throws(Errno) in try BootTimer() }
        let number = timer.descriptor.number
        token = try BenchFault.from { () throws(Errno) in try poller.register(number, .read) }
    }

    /// How long after the start request `number` is due, in nanoseconds.
    func due(_ number: Int) -> Int64 { Int64(Double(number) * nanosecondsPerRequest) }

    /// The next client in turn that may send another request.
    func freeClient() -> Client? {
        for _ in clients.indices {
            let client = clients[next]
            next = next + 1 == clients.count ? 0 : next + 1
            if client.freeSlots > 0 { return client }
        }
        return nil
    }

    func list(_ client: Client) {
        if client.isListed { return }
        client.isListed = true
        listed.append(client)
    }

    func arm(at moment: Int64) throws(BenchFault) {
        if armedFor == moment { return }
        armedFor = moment
        try BenchFault.from { () throws(Errno) in try timer.arm(atBootNanoseconds: moment) }
    }

    func acknowledge() throws(BenchFault) {
        armedFor = 0
        _ = try BenchFault.from { () throws(Errno) in try timer.acknowledge() }
    }
}

extension Bench {
    /// Sends the requests that are due, as far as connections have room, and sets the timer for the
    /// next.
    mutating func sendDue() throws(BenchFault) {
        guard schedule != nil else { return }
        var isFull = false
        while let due = nextDue, due <= now {
            guard let client = schedule?.freeClient() else {
                isFull = true
                break
            }
            result.lateness.record(now - due)
            client.enqueue(&requests, limitBytes: limitBytes, at: due)
            inFlight += 1
            schedule?.list(client)
        }
        while let client = schedule?.listed.popLast() {
            client.isListed = false
            try flush(client)
        }
        // If all connections are full, the next reply makes room.
        if let due = nextDue, !isFull { try schedule?.arm(at: due) }
    }

    /// When the next request is due; nil: there are no more.
    var nextDue: Int64? {
        guard let schedule else { return nil }
        let offset = schedule.due(requests.count)
        switch plan.end {
        case .requests(let count) where requests.count >= count: return nil
        case .nanoseconds(let length) where offset >= length: return nil
        default: return began + offset
        }
    }
}
