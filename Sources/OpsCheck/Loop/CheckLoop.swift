// opscheck while it runs: one thread, one poller.  A turn is
//
//     wait      for opsd, an endpoint or a signal
//     take      what each has to say: tries that have ended, opsd's answers
//     begin     checks that are due, at most `check.at_once` of them under way
//     rounds    once a second: pings, the watchdog
//     send      reports go out
//
// It keeps nothing: what opsd has not been told when it ends is not told.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsSatellite
import OpsSystemd

/// The running checker.
final class CheckLoop {
    private enum Descriptor {
        case signals, tries, opsd
    }

    private enum Expected {
        case hello, ping, report(String)
    }

    static let tickMilliseconds: Int64 = 1_000
    static let pingMilliseconds: Int64 = 20_000
    /// How often names and servers of this host are read again.
    static let namesMilliseconds: Int64 = 30_000

    let options: SatelliteOptions
    private let manager = ServiceManager()
    private let tries: AttemptSet
    private let opsd = OpsdConnection()
    private let signals: SignalSource
    private var poller: Poller
    private var meanings: [Descriptor?] = []

    private var plan: CheckPlan
    private var schedule: Schedule
    /// Due, and not begun: as many are under way as may be.
    private var line: [String] = []
    private var lineNames: Set<String> = []
    private var runs: [String: CheckRun] = [:]
    private var runOfTry: [UInt64: String] = [:]
    /// Until when each that pauses between tries does so, milliseconds of boot time.
    private var pauses: [String: Int64] = [:]
    /// Whose pause is over, and who wait for a place.
    private var resumed: [String] = []
    private var control: ControlDesk
    /// What seems to be down, until the control endpoints have told whether it is.
    private var doubted: [String: TryOutcome] = [:]
    /// Reports that opsd has not got: the newest of each endpoint.
    private var unsent: [String: TryOutcome] = [:]

    private var expected: [Expected] = []
    private var isWelcome = false
    private var backoff = Backoff()
    private var told: [String: String] = [:]
    private var nextTick: Int64 = 0
    private var nextPing: Int64 = 0
    private var nextNames: Int64 = 0
    private var isEnding = false

    init(_ options: SatelliteOptions, _ plan: CheckPlan) throws(Errno) {
        self.options = options
        self.plan = plan
        try SignalSource.ignoreBrokenPipes()
        signals = try SignalSource([.terminate, .interrupt, .hangUp])
        poller = try Poller()
        tries = try AttemptSet()
        let boot = Self.boot()
        schedule = Schedule(plan.configuration.endpoints, at: boot)
        control = ControlDesk(count: plan.control.count)
        try register(signals.descriptor.number, .signals)
        try register(tries.descriptorNumber, .tries)
    }

    /// Milliseconds of boot time.
    static func boot() -> Int64 { Clocks.bootNanoseconds() / 1_000_000 }

    @discardableResult
    private func register(_ number: Int32, _ meaning: Descriptor) throws(Errno) -> Token {
        let token = try poller.register(number, .read)
        while meanings.count <= Int(token.slot) { meanings.append(nil) }
        meanings[Int(token.slot)] = meaning
        return token
    }

    // MARK: Turns

    /// Runs until it is told to stop; returns the exit status.
    func run() throws(Errno) -> Int32 {
        manager.ready(status: status)
        Say.info("started: \(status)")
        for fault in plan.faults { Say.error("\(fault); it is not checked") }
        while !isEnding { try turn() }
        manager.stopping(status: "stopped")
        Say.info("stopped")
        return 0
    }

    private func turn() throws(Errno) {
        let before = Self.boot()
        var due = nextTick
        if let deadline = tries.deadline { due = min(due, deadline) }
        if let next = schedule.next { due = min(due, next) }
        if let pause = pauses.values.min() { due = min(due, pause) }
        if !opsd.isOpen { due = min(due, backoff.next) }
        try poller.wait(
            timeoutMilliseconds: Int32(clamping: max(0, min(Self.tickMilliseconds, due - before))))
        let boot = Self.boot()
        while let ready = poller.next() {
            switch meanings[Int(ready.token.slot)] {
            case .signals?: while let received = try signals.next() { handle(received) }
            case .opsd?: receive(boot)
            case .tries?, nil: break
            }
        }
        for (number, outcome) in try tries.advance(at: boot) { ended(number, outcome, boot) }
        begin(boot)
        rounds(boot)
        report()
        flush()
    }

    private func rounds(_ boot: Int64) {
        if !opsd.isOpen, boot >= backoff.next { connect(boot) }
        guard boot >= nextTick else { return }
        nextTick = boot + Self.tickMilliseconds
        manager.watchdog()
        if boot >= nextNames {
            nextNames = boot + Self.namesMilliseconds
            tries.names = HostNames.own
            // What reading the configuration has left, and a rush of transfers.
            OwnProcess.trimHeap()
        }
        if isWelcome, boot >= nextPing {
            nextPing = boot + Self.pingMilliseconds
            ask("ping", .ping)
        }
    }

    private func handle(_ received: ReceivedSignal) {
        switch received.signal {
        case .hangUp: reload()
        case .terminate, .interrupt: isEnding = true
        case .user1, .user2, .windowChange: break
        }
    }

    private func reload() {
        manager.reloading()
        do throws(SatelliteFault) {
            let fresh = try CheckStart.plan(options)
            for number in runOfTry.keys { tries.cancel(number) }
            plan = fresh
            (line, lineNames, runs, runOfTry) = ([], [], [:], [:])
            (pauses, resumed, doubted, unsent) = ([:], [], [:], [:])
            schedule = Schedule(plan.configuration.endpoints, at: Self.boot())
            control = ControlDesk(count: plan.control.count)
            told = [:]
            Say.info("reloaded: \(status)")
            for fault in plan.faults { Say.error("\(fault); it is not checked") }
        } catch {
            Say.warning("not reloaded, the old configuration stays:\n\(error.message)")
        }
        manager.ready(status: status)
    }

    private var status: String {
        let count = plan.configuration.endpoints.count
        if count == 0 { return "no endpoint is configured; see [endpoint.NAME]" }
        return count == 1 ? "1 endpoint" : "\(count) endpoints"
    }

    // MARK: Checks

    /// Checks that take a place: those that pause, or wait for the control endpoints, take none.
    private var underWay: Int { runs.count - doubted.count - pauses.count - resumed.count }

    private func begin(_ boot: Int64) {
        for name in schedule.take(at: boot) where lineNames.insert(name).inserted {
            line.append(name)
        }
        for (name, until) in pauses where until <= boot {
            pauses[name] = nil
            resumed.append(name)
        }
        var places = plan.configuration.check.atOnce - underWay
        while places > 0, !resumed.isEmpty {
            places -= 1
            let name = resumed.removeFirst()
            proceed(name, boot)
        }
        var later: [String] = []
        for name in line {
            guard places > 0 else {
                later.append(name)
                continue
            }
            lineNames.remove(name)
            // Its last check is not over: this one is left out.
            guard runs[name] == nil, let settings = plan.configuration.endpoints[name] else {
                continue
            }
            places -= 1
            if let fault = plan.requests[name]?.fault {
                finish(name, .unknown(fault))
                continue
            }
            runs[name] = CheckRun(settings, at: boot)
            proceed(name, boot)
        }
        line = later
    }

    private func proceed(_ name: String, _ boot: Int64) {
        guard var run = runs[name], var request = plan.requests[name]?.request else { return }
        switch run.next(at: boot) {
        case .start(let family):
            runs[name] = run
            request.family = family
            runOfTry[tries.start(request, at: boot)] = name
        case .wait(let until):
            runs[name] = run
            pauses[name] = until
        case .done(let outcome): judge(name, outcome, boot)
        }
    }

    private func ended(_ number: UInt64, _ outcome: TryOutcome, _ boot: Int64) {
        if control.ended(number, outcome, at: boot) {
            if !control.isAsking { settle(boot) }
            return
        }
        guard let name = runOfTry.removeValue(forKey: number), var run = runs[name] else { return }
        run.ended(outcome, at: boot)
        runs[name] = run
        proceed(name, boot)
    }

    /// A check has its outcome; what is down is doubted where the control endpoints have to be
    /// asked first.
    private func judge(_ name: String, _ outcome: TryOutcome, _ boot: Int64) {
        let isLocal = plan.requests[name]?.request?.target.isLocal ?? false
        guard outcome.state == .down, !isLocal else {
            runs[name] = nil
            return finish(name, outcome)
        }
        if let works = control.verdict(at: boot) {
            runs[name] = nil
            return finish(name, works ? outcome : Self.cutOff(outcome))
        }
        doubted[name] = outcome
        if control.isAsking { return }
        control.ask(plan.control.map { tries.start($0, at: boot) }, at: boot)
    }

    private func settle(_ boot: Int64) {
        let works = control.verdict(at: boot) ?? true
        for (name, outcome) in doubted {
            runs[name] = nil
            finish(name, works ? outcome : Self.cutOff(outcome))
        }
        doubted = [:]
        if works {
            wellAgain("network", "the network of this host works again")
        } else {
            warnOnce("network", "no control endpoint can be reached: this host has no network")
        }
    }

    private static func cutOff(_ outcome: TryOutcome) -> TryOutcome {
        .unknown("this host has no network: no control endpoint answers")
    }

    private func finish(_ name: String, _ outcome: TryOutcome) {
        unsent[name] = outcome
    }

    // MARK: opsd

    private func connect(_ boot: Int64) {
        let path = plan.configuration.paths.socket
        do throws(SocketFault) {
            let number = try opsd.open(path)
            do throws(Errno) { opsd.token = try register(number, .opsd) } catch {
                opsd.close()
                throw .failed(error)
            }
            expected = []
            ask("hello name=opscheck version=\(Release.version)", .hello)
        } catch {
            warnOnce("opsd", "opsd cannot be reached at \(path): \(error)")
            backoff.failed(at: boot)
        }
    }

    private func disconnect(_ boot: Int64, _ fault: String) {
        if let token = opsd.token { poller.deregister(token) }
        opsd.token = nil
        opsd.close()
        expected = []
        isWelcome = false
        backoff.failed(at: boot)
        warnOnce("opsd", fault)
    }

    private func ask(_ text: String, _ kind: Expected) {
        if opsd.send(text) { expected.append(kind) }
    }

    private func receive(_ boot: Int64) {
        var fault: String?
        do throws(ConnectionFault) {
            try opsd.receive { answer in if fault == nil { fault = self.take(answer) } }
        } catch {
            fault = fault ?? error.message
        }
        if let fault { disconnect(boot, fault) }
    }

    /// Returns why the connection cannot go on.
    private func take(_ answer: Answer) -> String? {
        var refusal: Answer.Refusal?
        if case .refused(let why) = answer { refusal = why }
        guard !expected.isEmpty else {
            return refusal.map { "opsd refuses: \($0.message)" }
                ?? "opsd answered what was not asked"
        }
        switch expected.removeFirst() {
        case .hello:
            if let refusal { return "opsd refuses: \(refusal.message)" }
            isWelcome = true
            backoff.succeeded()
            wellAgain("opsd", "connected to opsd")
        case .ping: break
        case .report(let name):
            if let refusal {
                warnOnce("endpoint \(name)", "opsd refuses a report: \(refusal.message)")
            } else {
                told["endpoint \(name)"] = nil
            }
        }
        return nil
    }

    private func report() {
        guard isWelcome else { return }
        for (name, outcome) in unsent {
            guard opsd.send(CheckReport.line(name, outcome)) else { return }
            expected.append(.report(name))
            unsent[name] = nil
        }
    }

    private func flush() {
        opsd.flush()
        guard let token = opsd.token else { return }
        _ = try? poller.update(token, opsd.isBlocked ? [.read, .write] : .read)
    }

    /// Says what has not been said of this since it was well.
    private func warnOnce(_ subject: String, _ text: String) {
        if told[subject] != text { Say.warning(text) }
        told[subject] = text
    }

    /// It is well again.
    private func wellAgain(_ subject: String, _ text: String) {
        if told.removeValue(forKey: subject) != nil { Say.info(text) }
    }
}
