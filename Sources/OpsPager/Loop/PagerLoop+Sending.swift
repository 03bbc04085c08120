// Doing what the desk has decided: requests to opsd, messages to servers and files; heartbeats; and
// what opspager says by itself while opsd is silent.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// A dead man's service and when it is called.
struct Heart: Hashable, Sendable {
    var everyMilliseconds: Int64
    /// Milliseconds of boot time.
    var next: Int64
    /// opsd was asked, and has not answered yet.
    var isAsked = false
}

extension PagerLoop {
    /// What the desk wants done, until it wants nothing more.
    func perform(_ boot: Int64) {
        while true {
            let actions = desk.takeActions()
            if actions.isEmpty { return }
            for action in actions {
                switch action {
                case .tell(let line, let question): ask(line, .desk(question))
                case .send(let id, let channel, let message): send(id, channel, message, boot)
                case .warn(let text): Say.warning(text)
                }
            }
        }
    }

    // MARK: Pages

    private func send(_ id: UInt64, _ name: String, _ message: Message, _ boot: Int64) {
        let wall = Self.now().wall
        func end(_ failure: DeliveryFailure) {
            desk.ended(id, .failed(failure), at: boot, wall: wall)
        }
        guard let channel = channels[name] else {
            return end(DeliveryFailure(.permanent, "there is no [pager.channel.\(name)] any more"))
        }
        if let fault = channel.fault { return end(DeliveryFailure(.permanent, fault)) }
        messages[id] = (name, message)
        switch channel.sending(message, now: wall) {
        case .transfer(let request):
            let number = nextTransfer
            nextTransfer += 1
            errands[number] = .page(id)
            if transfers.start(request, number: number) { return }
            errands[number] = nil
            messages[id] = nil
            end(DeliveryFailure(.neverSent, "no memory for a transfer"))
        case .line(let path, let bytes):
            if files.append(bytes, to: path, number: id) { return }
            messages[id] = nil
            end(DeliveryFailure(.neverSent, "too many lines wait for files"))
        }
    }

    func finishTransfers(_ boot: Int64) throws(Errno) {
        let wall = Self.now().wall
        for (number, result) in try transfers.advance(at: boot) {
            switch errands.removeValue(forKey: number) {
            case .page(let id)?:
                guard let (name, message) = messages.removeValue(forKey: id) else { continue }
                guard let channel = channels[name] else {
                    // It has gone with a reload while its answer was on its way.
                    desk.ended(
                        id, .failed(DeliveryFailure(.maybeSent, "the channel has gone")), at: boot,
                        wall: wall)
                    continue
                }
                for refused in result.refused where result.code == 0 {
                    Say.warning("\(name): a recipient was refused: \(refused)")
                }
                desk.ended(id, channel.outcome(result, of: message), at: boot, wall: wall)
            case .heartbeat(let name)?: finishHeart(name, result)
            case nil: break
            }
        }
    }

    func finishFiles(_ boot: Int64) {
        let wall = Self.now().wall
        for answer in files.takeAnswers() {
            guard let (_, message) = messages.removeValue(forKey: answer.number) else { continue }
            let outcome: DeliveryOutcome =
                answer.error.map {
                    .failed(DeliveryFailure(answer.mayBeThere ? .maybeSent : .neverSent, $0))
                } ?? .sent(receipt: message.id)
            desk.ended(answer.number, outcome, at: boot, wall: wall)
        }
    }

    // MARK: Heartbeats

    func startHearts() {
        let boot = Self.now().boot
        hearts = hearts.filter { channels[$0.key]?.kind == .heartbeat }
        for channel in channels.values where channel.kind == .heartbeat && channel.fault == nil {
            let every = channel.settings.everyMilliseconds
            let next = hearts[channel.name]?.next ?? boot
            hearts[channel.name] = Heart(
                everyMilliseconds: every, next: min(next, boot + every))
        }
    }

    /// Asks opsd how it is where one is due; whoever is due is called when it has answered.
    func beatHearts(_ boot: Int64) {
        var isDue = false
        for (name, heart) in hearts where heart.next <= boot {
            isDue = true
            hearts[name]?.isAsked = true
            hearts[name]?.next = boot + heart.everyMilliseconds
        }
        if isDue, telling.isOpen { ask("health", .health) }
    }

    func sendHearts(_ boot: Int64) {
        for (name, heart) in hearts where heart.isAsked {
            hearts[name]?.isAsked = false
            // An answer that is older than that says nothing of this minute.
            guard heart.next > boot, let channel = channels[name], channel.fault == nil else {
                continue
            }
            let number = nextTransfer
            nextTransfer += 1
            errands[number] = .heartbeat(name)
            if !transfers.start(.http(channel.beat()), number: number) { errands[number] = nil }
        }
    }

    private func finishHeart(_ name: String, _ result: TransferResult) {
        guard let channel = channels[name] else { return }
        let page = PageMessage(reason: .test, host: host, made: 0, subjects: [])
        let now = Self.now()
        let outcome = channel.outcome(result, of: Message(page: page, id: ""))
        desk.noteHeartbeat(name, outcome, wall: now.wall)
        switch outcome {
        case .failed(let failure): warnOnce(name, "\(name): no heartbeat: \(failure.error)")
        default: wellAgain(name, "\(name): heartbeats arrive again")
        }
    }

    // MARK: By itself

    /// Says on the channels of critical incidents whether opsd lives.
    func say(_ finding: Deadman.Finding, _ boot: Int64, _ wall: Int64) {
        let page = finding.page(host: host, wall: wall, silence: silence)
        let text = page.subjects.first?.message ?? ""
        switch finding {
        case .silent:
            silence = page
            let route = configuration.pager.critical
            let names = route.channels.filter { channels[$0] != nil }
            let others = route.fallback.isEmpty ? route.escalate : route.fallback
            Say.error("\(text); said so on \(names.joined(separator: ", "))")
            _ = desk.unsay()
            desk.say(page, on: names, else: others.filter { channels[$0] != nil }, at: boot)
        case .back(let milliseconds):
            Say.info("opsd answers again, after \(PlainTime.duration(milliseconds / 1_000))")
            // Whoever was not told of it need not be told of its end.
            let told = desk.unsay()
            silence = nil
            desk.say(page, on: told.filter { channels[$0] != nil }.sorted(), at: boot)
        }
    }

    // MARK: Reports

    private static var reportMilliseconds: Int64 { 10_000 }

    /// Tells opsd how each channel does, for `pager status`.
    func report(_ boot: Int64) {
        nextReport = boot + Self.reportMilliseconds
        for channel in channels.values.sorted(by: { $0.name < $1.name }) {
            ask(
                PagerReport.line(
                    channel, desk.figures[channel.name] ?? ChannelFigures(),
                    inHand: desk.inHand(channel.name)),
                .report)
        }
    }
}
