// The two conversations with opsd.

import OpsCore
import OpsLinux
import OpsProtocol
import OpsSatellite

extension PagerLoop {
    /// How long a take waits; shorter while a channel is full, so that it is asked for soon after.
    private static let waitSeconds = 30
    private static let shortWaitSeconds = 1
    /// A wait that ends this much before its time was ended by opsd's stop.
    private static let earlyMilliseconds: Int64 = 1_500
    /// After an answer that will pass, and after one that will not soon.
    private static let pauseMilliseconds: Int64 = 1_000
    private static let longPauseMilliseconds: Int64 = 30_000

    private static var hello: String { "hello name=opspager version=\(Release.version)" }

    // MARK: Telling

    func connectTelling(_ boot: Int64) {
        guard connect(telling, .telling) else { return tellBackoff.failed(at: boot) }
        expected.removeAll()
        ask(Self.hello, .hello)
    }

    /// Sends a request on the telling connection.
    func ask(_ line: String, _ kind: Expected) {
        if telling.send(line) { expected.append(kind) }
    }

    func receiveTelling(_ boot: Int64) {
        var fault: String?
        do throws(ConnectionFault) {
            try telling.receive { answer in
                if fault == nil { fault = self.takeTold(answer, boot) }
            }
        } catch {
            fault = fault ?? error.message
        }
        guard let fault else { return }
        disconnect(telling)
        expected.removeAll()
        desk.disconnected()
        tellBackoff.failed(at: boot)
        warnOnce("opsd", fault)
    }

    /// Returns why the connection cannot go on.
    private func takeTold(_ answer: Answer, _ boot: Int64) -> String? {
        var refusal: Answer.Refusal?
        if case .refused(let why) = answer { refusal = why }
        if let refusal, Self.isGoodbye(refusal) { deadman.saidGoodbye() }
        guard !expected.isEmpty else {
            return refusal.map { "opsd refuses: \($0.message)" }
                ?? "opsd answered what was not asked"
        }
        let kind = expected.removeFirst()
        if let finding = deadman.answered(at: boot) { say(finding, boot, Self.now().wall) }
        switch kind {
        case .hello:
            if let refusal { return "opsd refuses: \(refusal.message)" }
            tellBackoff.succeeded()
            wellAgain("opsd", "connected to opsd")
            desk.connected()
            nextReport = 0
        case .ping, .report: break
        case .health: if refusal == nil { sendHearts(boot) }
        case .desk(let question):
            desk.answered(question, refusal: refusal.map { ($0.code, $0.message) }, at: boot)
        }
        return nil
    }

    private static func isGoodbye(_ refusal: Answer.Refusal) -> Bool {
        refusal.code == "busy" && refusal.message.contains("stopping")
    }

    // MARK: Taking

    /// The channels that pages can be taken for.
    private var takeable: [Channel] {
        channels.values.filter { $0.kind != .heartbeat }.sorted { $0.name < $1.name }
    }

    /// Whether there is a channel to take them for.
    var wantsPages: Bool { stopAt == nil && channels.values.contains { $0.kind != .heartbeat } }

    /// Connects or asks, whichever is next.
    func takeMore(_ boot: Int64) {
        guard wantsPages else { return }
        switch takePhase {
        case .away:
            guard boot >= takeBackoff.next else { return }
            guard connect(taking, .taking), taking.send(Self.hello) else {
                return takeBackoff.failed(at: boot)
            }
            takePhase = .greeting
        case .idle(let notBefore) where notBefore <= boot:
            let all = takeable
            let free = all.filter { desk.hasRoom($0.name) }
            guard !free.isEmpty else {
                takePhase = .idle(notBefore: boot + 100)
                return
            }
            let seconds = free.count == all.count ? Self.waitSeconds : Self.shortWaitSeconds
            let kinds = free.map { "page/\($0.name)" }.joined(separator: ",")
            let line = "work take \(kinds) wait=\(seconds)s lease=\(DeliveryDesk.leaseSeconds)s"
            if taking.send(line) {
                takePhase = .asked(at: boot, waitMilliseconds: Int64(seconds) * 1_000)
            }
        case .greeting, .idle, .asked: break
        }
    }

    func receiveTaking(_ boot: Int64) {
        var fault: String?
        do throws(ConnectionFault) {
            try taking.receive { answer in
                if fault == nil { fault = self.takeTaken(answer, boot) }
            }
        } catch {
            fault = fault ?? error.message
        }
        guard let fault else { return }
        if let early = endedEarly, boot - early < 5_000 { deadman.saidGoodbye() }
        warnOnce("opsd", fault)
        leaveTaking()
        takeBackoff.failed(at: boot)
    }

    /// Ends the taking connection: opsd gives what has not begun to whoever takes next.
    func leaveTaking() {
        disconnect(taking)
        takePhase = .away
        endedEarly = nil
        desk.lostLeases()
    }

    private func takeTaken(_ answer: Answer, _ boot: Int64) -> String? {
        switch (takePhase, answer) {
        case (.greeting, .taken):
            takeBackoff.succeeded()
            takePhase = .idle(notBefore: boot)
        case (.asked(let at, let wait), .taken(let object)):
            takePhase = .idle(notBefore: boot)
            guard let reply = try? JSONValue(parsing: object.span) else {
                return "what opsd answered to take is not JSON"
            }
            if let item = reply["item"], item != .null {
                guard let item = PagedItem(json: item) else {
                    return "opsd handed out what is not an item of work"
                }
                desk.took(item, at: boot)
            } else if boot - at < wait - Self.earlyMilliseconds {
                endedEarly = boot
                takePhase = .idle(notBefore: boot + Self.pauseMilliseconds)
            }
            wellAgain("take", "opsd hands out pages")
        case (_, .refused(let refusal)):
            if Self.isGoodbye(refusal) { deadman.saidGoodbye() }
            if takePhase == .greeting { return "opsd refuses: \(refusal.message)" }
            let willPass = refusal.code == "busy" || refusal.code == "degraded"
            if !willPass { warnOnce("take", "opsd hands out no pages: \(refusal.message)") }
            takePhase = .idle(
                notBefore: boot + (willPass ? Self.pauseMilliseconds : Self.longPauseMilliseconds))
        default: return "opsd answered what was not asked"
        }
        return nil
    }
}
