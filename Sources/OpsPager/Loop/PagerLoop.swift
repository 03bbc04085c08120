// opspager while it runs: one thread, one poller (files have a thread of their own).  A turn is
//
//     wait        for opsd, a server, a file or a signal
//     take        what each has to say
//     rounds      once a second: pings, heartbeats, whether opsd lives, the watchdog
//     decide      what the desk wants done: requests to opsd, messages out
//     send        requests go out
//
// Two connections to opsd: `taking` takes pages and waits for them, `telling` does everything else.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite
import OpsSystemd

/// The running pager.
final class PagerLoop {
    enum Descriptor {
        case signals, transfers, files, taking, telling
    }

    /// Where the taking connection is.
    enum TakePhase: Hashable {
        case away, greeting
        /// It may ask then: milliseconds of boot time.
        case idle(notBefore: Int64)
        /// It has asked at this time, for this long.
        case asked(at: Int64, waitMilliseconds: Int64)
    }

    /// What the telling connection waits for.
    enum Expected {
        case hello, ping, health, report
        case desk(DeskQuestion)
    }

    static let tickMilliseconds: Int64 = 1_000
    static let pingMilliseconds: Int64 = 20_000
    /// How long a stop waits for what has begun.
    static let stopMilliseconds: Int64 = 10_000

    let options: SatelliteOptions
    let host: String
    let manager = ServiceManager()
    let transfers: TransferSet
    let files: FileChannel
    let taking = OpsdConnection()
    let telling = OpsdConnection()
    private let signals: SignalSource
    private var poller: Poller
    private var meanings: [Descriptor?] = []

    var configuration: Configuration
    var channels: [String: Channel]
    var desk = DeliveryDesk()
    var deadman: Deadman
    /// What was said when opsd fell silent, until it is back.
    var silence: PageMessage?
    var hearts: [String: Heart] = [:]
    /// Messages under way, by number: what their answers are held against.
    var messages: [UInt64: (channel: String, message: Message)] = [:]
    var nextTransfer: UInt64 = 1
    /// Transfers by their own numbers: pages and heartbeats.
    var errands: [UInt64: Errand] = [:]

    var takePhase = TakePhase.away
    var expected: [Expected] = []
    var takeBackoff = Backoff()
    var tellBackoff = Backoff()
    /// opsd has ended a wait before its time: it stops, if the connection ends now.
    var endedEarly: Int64?
    var told: [String: String] = [:]
    private var nextTick: Int64 = 0
    private var nextPing: Int64 = 0
    var nextReport: Int64 = 0
    private(set) var stopAt: Int64?

    /// What a transfer is for.
    enum Errand: Hashable {
        case page(UInt64), heartbeat(String)
    }

    init(_ options: SatelliteOptions, _ plan: PagerPlan) throws(Errno) {
        self.options = options
        configuration = plan.configuration
        channels = plan.channels
        host = try HostIdentity().hostName
        deadman = Deadman(at: Self.now().boot)
        try SignalSource.ignoreBrokenPipes()
        signals = try SignalSource([.terminate, .interrupt, .hangUp])
        poller = try Poller()
        transfers = try TransferSet()
        files = try FileChannel()
        try register(signals.descriptor.number, .signals)
        try register(transfers.descriptorNumber, .transfers)
        try register(files.descriptorNumber, .files)
        startHearts()
    }

    /// Milliseconds of boot time, and seconds since 1970.
    static func now() -> (boot: Int64, wall: Int64) {
        let now = Clocks.now()
        return (now.bootNanoseconds / 1_000_000, now.wallNanoseconds / 1_000_000_000)
    }

    // MARK: Descriptors

    @discardableResult
    private func register(_ number: Int32, _ meaning: Descriptor) throws(Errno) -> Token {
        let token = try poller.register(number, .read)
        while meanings.count <= Int(token.slot) { meanings.append(nil) }
        meanings[Int(token.slot)] = meaning
        return token
    }

    /// Connects and watches; false: told, and tried again later.
    func connect(_ connection: OpsdConnection, _ meaning: Descriptor) -> Bool {
        let path = configuration.paths.socket
        do throws(SocketFault) {
            let number = try connection.open(path)
            do throws(Errno) {
                connection.token = try register(number, meaning)
            } catch {
                connection.close()
                throw .failed(error)
            }
            return true
        } catch {
            warnOnce("opsd", "opsd cannot be reached at \(path): \(error)")
            return false
        }
    }

    func disconnect(_ connection: OpsdConnection) {
        if let token = connection.token { poller.deregister(token) }
        connection.token = nil
        connection.close()
    }

    private func flush(_ connection: OpsdConnection) {
        connection.flush()
        guard let token = connection.token else { return }
        _ = try? poller.update(token, connection.isBlocked ? [.read, .write] : .read)
    }

    // MARK: Turns

    /// Runs until it is told to stop; returns the exit status.
    func run() throws(Errno) -> Int32 {
        manager.ready(status: status)
        Say.info("started: \(status)")
        for channel in channels.values.sorted(by: { $0.name < $1.name }) {
            if let fault = channel.fault { Say.error("\(fault); it delivers nothing") }
        }
        while try !turn() {}
        manager.stopping(status: "stopped")
        Say.info("stopped")
        return 0
    }

    /// One turn; true when it is time to end.
    private func turn() throws(Errno) -> Bool {
        let before = Self.now().boot
        var due = nextTick
        if let deadline = transfers.deadline { due = min(due, deadline) }
        if !telling.isOpen { due = min(due, tellBackoff.next) }
        if takePhase == .away, wantsPages { due = min(due, takeBackoff.next) }
        if case .idle(let notBefore) = takePhase { due = min(due, notBefore) }
        try poller.wait(
            timeoutMilliseconds: Int32(clamping: max(0, min(Self.tickMilliseconds, due - before))))
        let now = Self.now()
        while let ready = poller.next() { try take(ready, now.boot) }
        try finishTransfers(now.boot)
        rounds(now.boot, now.wall)
        takeMore(now.boot)
        perform(now.boot)
        flush(telling)
        flush(taking)
        guard let stopAt else { return false }
        return desk.count == 0 || now.boot >= stopAt
    }

    private func take(_ ready: Ready, _ boot: Int64) throws(Errno) {
        switch meanings[Int(ready.token.slot)] {
        case .signals?: while let received = try signals.next() { handle(received, boot) }
        case .files?: finishFiles(boot)
        case .taking?: receiveTaking(boot)
        case .telling?: receiveTelling(boot)
        case .transfers?, nil: break
        }
    }

    private func handle(_ received: ReceivedSignal, _ boot: Int64) {
        switch received.signal {
        case .hangUp: reload()
        case .terminate, .interrupt:
            guard stopAt == nil else { return }
            stopAt = boot + Self.stopMilliseconds
            manager.stopping(status: "finishing what has begun")
            desk.stop()
            leaveTaking()
        case .user1, .user2, .windowChange: break
        }
    }

    private func rounds(_ boot: Int64, _ wall: Int64) {
        if !telling.isOpen, boot >= tellBackoff.next { connectTelling(boot) }
        guard boot >= nextTick else { return }
        nextTick = boot + Self.tickMilliseconds
        manager.watchdog()
        desk.tick(at: boot)
        if let finding = deadman.look(at: boot), stopAt == nil { say(finding, boot, wall) }
        beatHearts(boot)
        if telling.isOpen, boot >= nextPing {
            nextPing = boot + Self.pingMilliseconds
            ask("ping", .ping)
        }
        if telling.isOpen, boot >= nextReport { report(boot) }
    }

    // MARK: Configuration

    private func reload() {
        manager.reloading()
        do throws(SatelliteFault) {
            let plan = try PagerStart.plan(options)
            configuration = plan.configuration
            channels = plan.channels
            startHearts()
            // What is asked for now is for the channels as they were.
            leaveTaking()
            for channel in channels.values { told[channel.name] = nil }
            Say.info("reloaded: \(status)")
            for fault in plan.faults { Say.error("\(fault); it delivers nothing") }
        } catch {
            Say.warning("not reloaded, the old configuration stays:\n\(error.message)")
        }
        nextReport = 0
        manager.ready(status: status)
    }

    /// Says what has not been said of this since it was well.
    func warnOnce(_ subject: String, _ text: String) {
        if told[subject] != text { Say.warning(text) }
        told[subject] = text
    }

    /// It is well again.
    func wellAgain(_ subject: String, _ text: String) {
        if told.removeValue(forKey: subject) != nil { Say.info(text) }
    }

    /// One line for `systemctl status`.
    private var status: String {
        let names = channels.values.sorted { $0.name < $1.name }.map {
            $0.fault == nil ? "\($0.name) (\($0.kind.rawValue))" : "\($0.name) (cannot be used)"
        }
        return names.isEmpty
            ? "no channel is configured; see [pager] in the configuration"
            : "channels \(names.joined(separator: ", "))"
    }
}
