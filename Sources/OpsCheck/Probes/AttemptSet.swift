// All tries under way, on one poller that the loop watches as one descriptor.  A try waits for
// nobody: each has sockets and a deadline of its own.

import CCurl
import OpsCore
import OpsLinux
import OpsSatellite

/// Tries under way.
final class AttemptSet {
    /// What a look-up is told again after, milliseconds.
    private static let againMilliseconds: Int64 = 1_000
    /// Addresses of a name that are tried.
    private static let addressLimit = 4

    var poller: Poller
    let curl: CurlSet
    private let curlToken: Token
    private var attempts: [UInt64: Attempt] = [:]
    private var byToken: [UInt32: UInt64] = [:]
    var pages: [UnsafeMutableRawPointer: UInt64] = [:]
    private var ended: [(number: UInt64, outcome: TryOutcome)] = []
    private var nextNumber: UInt64 = 1
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    var random = SystemRandomNumberGenerator()
    /// What this host knows of names.
    var names = HostNames.own

    /// Readable while there is something to do.
    var descriptorNumber: Int32 { poller.descriptorNumber }
    /// How many there are.
    var count: Int { attempts.count }

    /// Before any thread starts.
    init() throws(Errno) {
        poller = try Poller()
        curl = try CurlSet()
        curlToken = try poller.register(curl.descriptorNumber, .read)
    }

    /// When something is to be done by the clock, milliseconds of boot time; nil: never.
    var deadline: Int64? {
        var next = curl.deadline
        for attempt in attempts.values {
            var due = attempt.deadline
            if case .lookUp(let lookUp) = attempt.stage { due = min(due, lookUp.again) }
            next = min(next ?? due, due)
        }
        return next
    }

    /// Begins a try; returns its number.  It may have ended already: `advance` returns it.
    func start(_ request: TryRequest, at boot: Int64) -> UInt64 {
        let number = nextNumber
        nextNumber += 1
        let attempt = Attempt(
            request, number: number, stage: .talk(.connected, isConnected: false), at: boot,
            microseconds: Clocks.monotonicMicroseconds())
        attempts[number] = attempt
        find(attempt, boot)
        return number
    }

    /// Ends a try without an outcome.
    func cancel(_ number: UInt64) {
        if let attempt = attempts.removeValue(forKey: number) { close(attempt) }
    }

    /// Goes on with what can go on; returns what has ended.
    func advance(at boot: Int64) throws(Errno) -> [(number: UInt64, outcome: TryOutcome)] {
        try poller.wait(timeoutMilliseconds: 0)
        var ready: [Ready] = []
        while let event = poller.next() { ready.append(event) }
        for event in ready where event.token != curlToken {
            guard let number = byToken[event.token.slot], let attempt = attempts[number],
                attempt.wire?.token == event.token || attempt.loan?.token == event.token
            else { continue }
            handle(attempt, event, boot)
        }
        for (transfer, code) in try curl.advance(at: boot) {
            guard let page = transfer as? HTTPTransfer,
                let number = pages.removeValue(forKey: page.easy), let attempt = attempts[number]
            else { continue }
            finish(attempt, page, code, boot)
        }
        for attempt in Array(attempts.values) { keepTime(attempt, boot) }
        defer { ended = [] }
        return ended
    }

    // MARK: Ends

    func end(_ attempt: Attempt, _ outcome: TryOutcome) {
        var outcome = outcome
        outcome.phases = attempt.phases
        outcome.phases.total = attempt.elapsed(Clocks.monotonicMicroseconds())
        outcome.address = attempt.address
        close(attempt)
        attempts[attempt.number] = nil
        ended.append((attempt.number, outcome.judged(attempt.request.settings)))
    }

    private func close(_ attempt: Attempt) {
        release(attempt)
        if case .page(let page) = attempt.stage {
            pages[page.easy] = nil
            curl.cancel(page)
        }
        attempt.stage = .talk(.connected, isConnected: false)
    }

    private func keepTime(_ attempt: Attempt, _ boot: Int64) {
        if boot >= attempt.deadline {
            // libcurl knows better how far it came, and has the same deadline.
            if case .page = attempt.stage, boot < attempt.deadline + 1_000 { return }
            return end(attempt, .down(timeoutReason(attempt)))
        }
        if case .lookUp(var lookUp) = attempt.stage, boot >= lookUp.again {
            lookUp.server += 1
            attempt.stage = .lookUp(lookUp)
            ask(attempt, boot)
        }
    }

    private func timeoutReason(_ attempt: Attempt) -> String {
        let span = DurationText.text(attempt.request.settings.timeoutMilliseconds)
        switch attempt.stage {
        case .lookUp: return "DNS: no answer within \(span)"
        case .talk(_, let isConnected):
            return isConnected ? "answer: none within \(span)" : "connect: no answer within \(span)"
        case .page: return "answer: none within \(span)"
        case .database(let talk):
            return (talk.isConnected ? "answer" : "connect") + ": none within \(span)"
        }
    }

    // MARK: Names

    func find(_ attempt: Attempt, _ boot: Int64) {
        let target = attempt.target
        if target.scheme == .unix { return connectUnix(attempt) }
        let family = attempt.request.family
        if let known = names.known(target.host) {
            attempt.addresses = Array(family.fitting(known).prefix(Self.addressLimit))
            guard !attempt.addresses.isEmpty else {
                return end(attempt, .down("DNS: \(target.host) has no address of this protocol"))
            }
            return reach(attempt, boot)
        }
        let types: [DNSType] =
            switch family {
            case .any: [.a, .aaaa]
            case .ipv4: [.a]
            case .ipv6: [.aaaa]
            }
        lookUp(attempt, types, boot)
    }

    private func lookUp(_ attempt: Attempt, _ types: [DNSType], _ boot: Int64) {
        let id = UInt16.random(in: 0...UInt16.max, using: &random)
        guard let type = types.first,
            let question = DNSMessage.question(attempt.target.host, type, id: id)
        else { return end(attempt, .down("DNS: \(attempt.target.host) is not a name")) }
        attempt.stage = .lookUp(
            LookUp(
                host: attempt.target.host, type: type, later: Array(types.dropFirst()),
                question: question, again: boot))
        ask(attempt, boot)
    }

    /// Asks the server whose turn it is.
    private func ask(_ attempt: Attempt, _ boot: Int64) {
        guard case .lookUp(var lookUp) = attempt.stage else { return }
        release(attempt)
        let server = names.servers[lookUp.server % names.servers.count]
        lookUp.again = boot + Self.againMilliseconds
        do throws(Errno) {
            try open(
                attempt, OutwardSocket(.datagram, to: server.addressBytes, port: 53), .read)
            if let wire = attempt.wire {
                let question = lookUp.question
                if case .failed(let error) = wire.socket.send(question.span.bytes) { throw error }
            }
        } catch {
            lookUp.error = error
            // No server can be reached: this host has no network.
            if error.isOfThisHost, lookUp.server + 1 >= names.servers.count {
                return end(
                    attempt, .unknown("DNS: \(server.addressText) cannot be asked: \(error.text)"))
            }
            if error.isOfThisHost { lookUp.again = boot }
        }
        attempt.stage = .lookUp(lookUp)
    }

    func answered(_ attempt: Attempt, _ lookUp: LookUp, _ answer: DNSAnswer, _ boot: Int64) {
        release(attempt)
        let found = answer.addresses.compactMap { Network(addressBytes: $0) }
        // A name that is not there has no address of another type either.
        if answer.code == 0, found.isEmpty, !lookUp.later.isEmpty {
            return self.lookUp(attempt, lookUp.later, boot)
        }
        // Those who cannot or will not say leave it to the next.
        if DNSAnswer.leavesItToOthers.contains(Int(answer.code)),
            lookUp.server + 1 < names.servers.count
        {
            var next = lookUp
            next.server += 1
            attempt.stage = .lookUp(next)
            return ask(attempt, boot)
        }
        if answer.code != 0 {
            return end(attempt, .down("DNS: \(lookUp.host): \(answer.codeText)"))
        }
        guard !found.isEmpty else {
            return end(
                attempt,
                .down(
                    "DNS: \(lookUp.host) has no address"
                        + (answer.isCut ? " in what fits an answer" : " of this protocol")))
        }
        attempt.phases.name = attempt.elapsed(Clocks.monotonicMicroseconds())
        attempt.addresses = Array(found.prefix(Self.addressLimit))
        reach(attempt, boot)
    }

    // MARK: Connections

    private func open(
        _ attempt: Attempt, _ socket: consuming OutwardSocket, _ interest: Interest
    ) throws(Errno) {
        let wire = Wire(socket)
        let token = try poller.register(wire.socket.descriptor.number, interest)
        wire.token = token
        byToken[token.slot] = attempt.number
        attempt.wire = wire
    }

    func release(_ attempt: Attempt) {
        if let token = attempt.wire?.token {
            byToken[token.slot] = nil
            poller.deregister(token)
        }
        attempt.wire = nil
        if let token = attempt.loan?.token {
            byToken[token.slot] = nil
            poller.deregister(token)
        }
        attempt.loan = nil
    }

    /// Waits for a socket of libpq's.
    func lend(_ attempt: Attempt, _ talk: PostgresTalk, _ interest: Interest) -> Bool {
        guard let number = talk.lend() else { return false }
        let descriptor = Descriptor(owning: number)
        guard let token = try? poller.register(descriptor.number, interest) else { return false }
        byToken[token.slot] = attempt.number
        attempt.loan = Loan(descriptor, token)
        return true
    }

    /// Tries the next address.
    func reach(_ attempt: Attempt, _ boot: Int64) {
        release(attempt)
        guard !attempt.addresses.isEmpty else {
            return end(attempt, attempt.connectFault ?? .down("connect: no address is left"))
        }
        let address = attempt.addresses.removeFirst()
        attempt.address = address
        switch attempt.target.scheme {
        case .http, .https: fetch(attempt, address, boot)
        case .unix: connectUnix(attempt)
        case .tcp, .redis, .dns, .icmp: connect(attempt, address, boot)
        case .postgres: logIn(attempt, address, boot)
        }
    }

    private func connect(_ attempt: Attempt, _ address: Network, _ boot: Int64) {
        let target = attempt.target
        let kind: OutwardSocket.Kind
        let talk: Talk
        switch target.scheme {
        case .dns:
            kind = .datagram
            let type: DNSType = attempt.request.family == .ipv6 ? .aaaa : .a
            let id = UInt16.random(in: 0...UInt16.max, using: &random)
            guard
                let question = DNSMessage.question(String(target.path.dropFirst()), type, id: id)
            else { return end(attempt, .down("DNS: \(target.path.dropFirst()) is not a name")) }
            talk = .dns(question: question, type)
        case .icmp:
            kind = .echo
            talk = .echo(
                EchoTalk(
                    isIPv6: !address.isIPv4,
                    mark: UInt64.random(in: 0...UInt64.max, using: &random)))
        case .redis:
            kind = .stream
            talk = .redis(
                RedisTalk(
                    user: attempt.request.settings.user, password: attempt.request.password))
        case .tcp, .unix, .http, .https, .postgres:
            kind = .stream
            talk = .connected
        }
        do throws(Errno) {
            try open(
                attempt, OutwardSocket(kind, to: address.addressBytes, port: target.port),
                [.read, .write])
        } catch {
            if kind == .echo, error.isOfThisHost {
                return end(
                    attempt,
                    .unknown(
                        "ICMP: \(error.text); net.ipv4.ping_group_range says who may send echoes"))
            }
            return refused(attempt, error, boot)
        }
        attempt.stage = .talk(talk, isConnected: false)
    }

    private func connectUnix(_ attempt: Attempt) {
        do throws(SocketFault) {
            let path = try SocketPath(attempt.target.path)
            do throws(Errno) {
                try open(attempt, OutwardSocket(unix: path), [.read, .write])
            } catch { throw .failed(error) }
            attempt.stage = .talk(.connected, isConnected: false)
        } catch {
            end(attempt, .down("connect: \(error)"))
        }
    }

    func refused(_ attempt: Attempt, _ error: Errno, _ boot: Int64) {
        let text = "connect: \(error.text)"
        attempt.note(error.isOfThisHost ? .unknown(text) : .down(text))
        reach(attempt, boot)
    }
}
