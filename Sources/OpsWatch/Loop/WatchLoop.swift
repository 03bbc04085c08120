// opswatch while it runs: one thread, one poller.  A turn is
//
//     wait        for a log, the journal, opsd or a signal; not at all while there is work
//     take        opsd's answers, what inotify and the journal tell, signals
//     rounds      once a second: files looked at by the clock, shares, silence, the watchdog;
//                 every few seconds: positions stored, figures told
//     read        slices of logs for about 2 ms, while opsd takes more
//     send        reports go out
//
// Nothing is read while opsd is away, so memory stays what it is.

import OpsConfig
import OpsCore
import OpsDetect
import OpsLinux
import OpsSystemd

/// The running detector.
final class WatchLoop {
    private enum Descriptor {
        case signals, files, journal, uplink
    }

    /// Reading in one turn, nanoseconds.
    static let readingNanoseconds: Int64 = 2_000_000
    /// Between two looks by the clock, and at most as long a wait: milliseconds.
    static let tickMilliseconds: Int64 = 1_000
    static let storeMilliseconds: Int64 = 5_000
    static let figuresMilliseconds: Int64 = 10_000
    /// How long a stop waits for opsd's answers.
    static let stopMilliseconds: Int64 = 2_000

    private let options: WatchOptions
    private var socketPath: String
    private var detector: Detector
    private var uplink: Uplink
    private var stream: UnixStream?
    private var poller: Poller
    private var meanings: [Descriptor?] = []
    private var tokens: [Token] = []
    private var uplinkToken: Token?
    private var uplinkWantsWriting = false
    private let signals: SignalSource
    private let manager: ServiceManager
    private let store: PositionStore
    private let journalStore: JournalStore
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    private var nextTick: Int64 = 0
    private var nextStore: Int64 = 0
    private var nextFigures: Int64 = 0
    private var nextConnect: Int64 = 0
    private var backoff: Int64 = 100
    private var toldAway = ""
    private var toldStoreFault = ""
    private var toldRefusal = ""
    private var budget = HappeningBudget()
    private var answers = AnswerWatch()
    /// Lines for opsd that found no room yet.
    private var notes: [String] = []
    private var stopAt: Int64?

    /// Opens what it needs; the state directory must be there.
    init(
        _ options: WatchOptions, _ configuration: Configuration, _ plan: WatchPlan
    ) throws(WatchFault) {
        self.options = options
        socketPath = configuration.paths.socket
        manager = ServiceManager()
        uplink = Uplink(version: Release.version, uid: Accounts.ownUserID)
        do throws(Errno) {
            try SignalSource.ignoreBrokenPipes()
            signals = try SignalSource([.terminate, .interrupt, .hangUp])
            poller = try Poller()
            store = try PositionStore(path: options.stateDirectory)
            journalStore = try JournalStore(path: options.stateDirectory)
        } catch {
            throw WatchFault(status: 1, message: "\(options.stateDirectory): \(error)")
        }
        detector = try Self.detector(plan, store, journalStore)
        do throws(Errno) {
            try register(signals.descriptor.number, .signals)
            try registerLogs()
        } catch {
            throw WatchFault(status: 1, message: "\(error)")
        }
    }

    static func randomWord() -> UInt64 {
        (try? Random.word()) ?? UInt64.random(in: .min ... .max)
    }

    /// Milliseconds: since 1970, and since boot.
    static func now() -> (wall: Int64, boot: Int64) {
        let now = Clocks.now()
        return (now.wallNanoseconds / 1_000_000, now.bootNanoseconds / 1_000_000)
    }

    // MARK: Descriptors

    private func register(_ number: Int32, _ meaning: Descriptor) throws(Errno) {
        let token = try poller.register(number, .read)
        note(token, meaning)
        if meaning != .signals { tokens.append(token) }
    }

    private func note(_ token: Token, _ meaning: Descriptor) {
        while meanings.count <= Int(token.slot) { meanings.append(nil) }
        meanings[Int(token.slot)] = meaning
    }

    private func registerLogs() throws(Errno) {
        if let number = detector.files.descriptor { try register(number, .files) }
        if let number = detector.journal?.descriptorNumber { try register(number, .journal) }
    }

    private func forgetLogs() {
        for token in tokens { poller.deregister(token) }
        tokens.removeAll()
    }

    // MARK: Turns

    /// Runs until it is told to stop; returns the exit status.
    func run() throws(Errno) -> Int32 {
        for note in detector.plan.notes { Say.notice(note) }
        detector.tick(now: Self.now().wall, uptime: Self.now().boot)
        // From now on a log that appears is new, and read from its beginning.
        storePositions(Self.now().wall)
        manager.ready(status: status)
        Say.info("started: \(status)")
        while true {
            let isDone = try turn()
            if isDone { break }
        }
        manager.stopping(status: "stored its positions")
        storePositions(Self.now().wall)
        Say.info("stopped")
        return 0
    }

    /// One turn; true when it is time to end.
    private func turn() throws(Errno) -> Bool {
        let mayRead = uplink.phase == .open && !uplink.queue.isFull && stopAt == nil
        let isBusy = mayRead && detector.hasWork
        let before = Self.now().boot
        let next = min(nextTick, nextConnectDue)
        let wait = isBusy ? 0 : max(0, min(Self.tickMilliseconds, next - before))
        try poller.wait(timeoutMilliseconds: Int32(wait))
        let (wall, boot) = Self.now()
        while let ready = poller.next() { try take(ready, wall) }
        rounds(wall, boot)
        if uplink.phase == .open, stopAt == nil { read(wall, boot) }
        // At once: what was lost must be told before anything else can go wrong.
        for happening in detector.takeHappenings() { tell(happening) }
        send()
        detector.acknowledge(below: acknowledged)
        if let stopAt { return uplink.queue.count == 0 || boot >= stopAt || stream == nil }
        return false
    }

    /// What may be forgotten: while opsd cannot keep anything safe, nothing.
    private var acknowledged: UInt64 { uplink.isDurable ? uplink.queue.firstUnanswered : 0 }

    private var nextConnectDue: Int64 { stream == nil ? nextConnect : .max }

    private func take(_ ready: Ready, _ wall: Int64) throws(Errno) {
        switch meanings[Int(ready.token.slot)] {
        case .signals?:
            while let received = try signals.next() { handle(received) }
        case .files?: detector.files.handleEvents(now: wall)
        case .journal?: detector.wakeJournal()
        case .uplink?: receive()
        case nil: break
        }
    }

    private func handle(_ received: ReceivedSignal) {
        switch received.signal {
        case .terminate, .interrupt: stopAt = Self.now().boot + Self.stopMilliseconds
        case .hangUp:
            ReloadAnswer(pid: received.senderPID, refusal: reload())
                .give(in: options.stateDirectory)
        default: break
        }
    }

    private func read(_ wall: Int64, _ boot: Int64) {
        let end = Clocks.bootNanoseconds() + Self.readingNanoseconds
        repeat {
            if detector.mustStore { storePositions(wall) }
            guard detector.hasWork, !uplink.queue.isFull else { return }
            detector.readSlice(now: wall, uptime: boot, into: &uplink.queue)
        } while Clocks.bootNanoseconds() < end
    }

    private func rounds(_ wall: Int64, _ boot: Int64) {
        if stream == nil, boot >= nextConnect, stopAt == nil { connect(boot) }
        guard boot >= nextTick else { return }
        nextTick = boot + Self.tickMilliseconds
        manager.watchdog()
        lookForAnswers(boot)
        detector.tick(now: wall, uptime: boot)
        detector.account(now: wall, uptimeNanoseconds: boot &* 1_000_000)
        if boot >= nextStore {
            nextStore = boot + Self.storeMilliseconds
            if detector.hasChanges { storePositions(wall) }
        }
        if boot >= nextFigures, uplink.phase == .open {
            nextFigures = boot + Self.figuresMilliseconds
            notes.removeAll { !Telemetry.isKept($0) }
            let standings = detector.standings(now: wall)
            detector.watch(standings, uptime: boot)
            notes += Telemetry.sources(detector, standings) + Telemetry.rules(detector)
            if notes.isEmpty { notes.append("ping") }
        }
        if uplink.counts.lastRefusal != toldRefusal {
            toldRefusal = uplink.counts.lastRefusal
            Say.warning("opsd refused a report: \(toldRefusal)")
        }
    }

    private func tell(_ happening: Happening) {
        guard let happening = budget.take(happening, at: Clocks.bootNanoseconds()) else { return }
        let isNamed = happening.text.hasPrefix(happening.subject)
        let text = isNamed ? happening.text : "\(happening.subject): \(happening.text)"
        if happening.isWarning { Say.warning(text) } else { Say.info(text) }
        if let line = Telemetry.line(happening), notes.count < 4_096 { notes.append(line) }
    }

    private func storePositions(_ wall: Int64) {
        do throws(Errno) {
            try detector.store(store, journalStore, now: wall)
            if !toldStoreFault.isEmpty { Say.info("positions are stored again") }
            toldStoreFault = ""
        } catch {
            let text = "\(options.stateDirectory): positions are not stored: \(error)"
            if text != toldStoreFault { Say.warning(text) }
            toldStoreFault = text
        }
    }

    // MARK: opsd

    private func connect(_ boot: Int64) {
        do throws(SocketFault) {
            let path = try SocketPath(socketPath)
            let made = try UnixStream(connectingTo: path, timeoutMilliseconds: 1_000)
            try attach(made)
        } catch {
            away("opsd cannot be reached at \(socketPath): \(error)", boot)
        }
    }

    private func attach(_ made: consuming UnixStream) throws(SocketFault) {
        do throws(Errno) {
            let token = try poller.register(made.descriptor.number, .read)
            note(token, .uplink)
            uplinkToken = token
            uplinkWantsWriting = false
        } catch {
            throw .failed(error)
        }
        stream = consume made
        uplink.connected()
    }

    private func away(_ text: String, _ boot: Int64) {
        if text != toldAway { Say.warning("\(text); the logs wait") }
        toldAway = text
        nextConnect = boot + backoff
        backoff = min(backoff * 2, 5_000)
    }

    private func disconnect(_ text: String) {
        if let token = uplinkToken { poller.deregister(token) }
        uplinkToken = nil
        stream = nil
        uplink.disconnected()
        away(text, Self.now().boot)
    }

    private func receive() {
        let wasOpen = uplink.phase == .open
        // Out of the object while it is worked on, so that it is not copied.
        var buffer: [UInt8] = []
        swap(&buffer, &self.buffer)
        defer { swap(&buffer, &self.buffer) }
        for _ in 0..<64 {
            guard let outcome = stream?.receive(into: &buffer) else { return }
            switch outcome {
            case .wouldBlock: return
            case .closed: return disconnect("opsd closed the connection")
            case .failed(let error): return disconnect("the connection to opsd broke: \(error)")
            case .bytes(let count):
                do throws(UplinkFault) {
                    try uplink.received(buffer.span.extracting(first: count))
                } catch {
                    return disconnect(error.message)
                }
            }
            if !wasOpen, uplink.phase == .open { opened() }
        }
    }

    private func lookForAnswers(_ boot: Int64) {
        switch answers.look(isWaiting: uplink.isWaiting, answers: uplink.answers, at: boot) {
        case nil: break
        case .late where uplink.phase == .greeting:
            disconnect("opsd does not answer at \(socketPath)")
        case .late: Say.warning("opsd has not answered for 10 s; the logs wait")
        case .answering: Say.info("opsd answers again")
        }
    }

    private func opened() {
        backoff = 100
        if !toldAway.isEmpty { Say.info("connected to opsd; reading goes on") }
        toldAway = ""
        nextFigures = 0
        nextTick = min(nextTick, Self.now().boot + 50)
    }

    private func send() {
        guard stream != nil else { return }
        while let line = notes.first, uplink.note(line) { notes.removeFirst() }
        while true {
            uplink.fill()
            let output = uplink.output
            guard !output.isEmpty else { break }
            guard let outcome = stream?.send(output.span.bytes) else { return }
            guard case .bytes(let count) = outcome else {
                // What opsd said before it closed is still to be read, so only reading ends this.
                break
            }
            uplink.sent(count)
            if uplink.queue.sentCount >= Uplink.window { break }
        }
        let wantsWriting = !uplink.output.isEmpty
        guard wantsWriting != uplinkWantsWriting, let token = uplinkToken else { return }
        uplinkWantsWriting = wantsWriting
        _ = try? poller.update(token, wantsWriting ? [.read, .write] : .read)
    }

    // MARK: Reload

    /// Returns why the old configuration stays; nil: the new one counts.
    private func reload() -> String? {
        manager.reloading()
        var refusal: String?
        do throws(WatchFault) {
            let configuration = try WatchStart.configuration(options)
            let plan = try WatchStart.plan(configuration, options)
            storePositions(Self.now().wall)
            let fresh = try Self.detector(plan, store, journalStore)
            // Somebody is there who can mend it; at a start, what can run runs.
            guard fresh.faults.isEmpty else {
                throw WatchFault(status: 2, message: WatchStart.text(of: fresh.faults, options))
            }
            forgetLogs()
            if notes.count < 4_096 { notes += Telemetry.gone(detector.plan, plan) }
            fresh.goOnCounting(from: detector)
            detector = fresh
            do throws(Errno) { try registerLogs() } catch {
                throw WatchFault(status: 1, message: "\(error)")
            }
            for note in plan.notes { Say.notice(note) }
            if configuration.paths.socket != socketPath {
                socketPath = configuration.paths.socket
                disconnect("the socket of opsd is another one")
            }
            nextFigures = 0
            Say.info("reloaded: \(status)")
        } catch {
            refusal = error.message
            Say.warning("not reloaded, the old configuration stays:\n\(error.message)")
        }
        detector.tick(now: Self.now().wall, uptime: Self.now().boot)
        manager.ready(status: status)
        return refusal
    }

    /// One line for `systemctl status`.
    private var status: String { detector.plan.summary }
}
