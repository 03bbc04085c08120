// What opspager decides about pages: which it asks opsd for, when one may go out, and what is told
// of it.  It has no socket and no clock.
//   1. No byte of a page leaves before opsd has answered `begun`.
//   2. What became of a page is told until opsd has answered that, over any number of connections.
//   3. A channel has at most `perChannel` pages in hand; pages of one incident go one by one.
//   4. What opspager says by itself (opsd is silent) has no item; it is tried for a day, and other
//      channels stand in for one that has failed as often as opsd bears.

import OpsConfig
import OpsCore

/// What a request was about, when its answer comes.
enum DeskQuestion: Hashable, Sendable {
    case begun(UInt64), beat(UInt64), end(UInt64)
}

/// What is to be done.
enum DeskAction: Hashable, Sendable {
    /// A request for opsd.
    case tell(String, DeskQuestion)
    /// The message is to go out.
    case send(UInt64, channel: String, Message)
    /// A line for the journal.
    case warn(String)
}

/// What a channel did since the start.
struct ChannelFigures: Hashable, Sendable {
    var sent: UInt64 = 0
    var failed: UInt64 = 0
    /// Seconds since 1970; nil: never.
    var lastSuccess: Int64?
    /// The newest error, in the provider's words, and when: seconds since 1970.
    var lastError: String?
    var lastErrorAt: Int64?
}

/// Pages in hand.
struct DeliveryDesk: Sendable {
    /// Pages of a channel that are in hand at one time.
    static let perChannel = 8
    /// How often opsd is told that a page is still in hand, and how long it believes that: what a
    /// killed opspager had begun is sent again after as long.
    static let beatMilliseconds: Int64 = 5_000
    static let leaseSeconds = 20
    /// How long a page of opspager's own is tried, and after how many attempts others stand in: as
    /// many as those after which opsd parks a channel.
    static let ownMilliseconds: Int64 = 86_400_000
    static let ownAttempts = 5
    /// After a refusal that will pass.
    static let pauseMilliseconds: Int64 = 1_000

    private enum Phase: Hashable, Sendable {
        /// Another page of the same incident goes first.
        case waiting
        /// opsd was asked whether it may begin.
        case asking
        case sending
        /// What became of it is told: the request.
        case telling(String)
        /// It is tried, asked or told again then.
        case resting(until: Int64, then: Resting)
    }

    private enum Resting: Hashable, Sendable {
        case asking, sending
        case telling(String)
    }

    private struct Delivery: Sendable {
        var item: PagedItem
        var message: Message
        var phase: Phase
        var nextBeat: Int64
        /// opspager's own: attempts so far, when it is given up, and who stands in.
        var own: Own?
    }

    private struct Own: Sendable {
        var attempts = 0
        var expires: Int64
        var others: [String]
        /// Of which silence it is.
        var round: UInt64
    }

    private(set) var figures: [String: ChannelFigures] = [:]
    /// Numbers of chats that have moved, by channel.
    private(set) var chats: [String: String] = [:]
    private var deliveries: [UInt64: Delivery] = [:]
    private var actions: [DeskAction] = []
    private var nextOwn = UInt64.max
    /// The channels on which opspager was to say something by itself, and those that took it.
    private var own = (round: UInt64(0), asked: Set<String>(), told: Set<String>())
    private var isConnected = false

    /// Pages in hand.
    var count: Int { deliveries.count }

    /// Pages of a channel that are in hand, those of opspager's own aside.
    func inHand(_ channel: String) -> Int {
        deliveries.values.count { $0.item.channel == channel && $0.own == nil }
    }

    /// Whether it can take one more.
    func hasRoom(_ channel: String) -> Bool { inHand(channel) < Self.perChannel }

    /// What is to be done since the last call.
    mutating func takeActions() -> [DeskAction] {
        defer { actions.removeAll() }
        return actions
    }

    // MARK: Items of work

    /// opsd has handed out an item.
    mutating func took(_ item: PagedItem, at boot: Int64) {
        guard deliveries[item.id] == nil else { return }
        guard let page = item.page else {
            deliveries[item.id] = Delivery(
                item: item,
                message: Message(
                    page: PageMessage(reason: .test, host: "", made: 0, subjects: []), id: ""),
                phase: .asking, nextBeat: boot)
            let failure = DeliveryFailure(
                .permanent, "not a page that this opspager knows; install both of one version")
            return tell(item.id, item.failed(failure))
        }
        let isBusy = item.subject.map { subject in
            deliveries.values.contains { $0.item.subject == subject }
        }
        deliveries[item.id] = Delivery(
            item: item,
            message: Message(
                page: page, id: "\(item.created).\(item.id)", mayRepeat: item.mayRepeat),
            phase: .waiting, nextBeat: boot + Self.beatMilliseconds)
        if isBusy != true { ask(item.id) }
    }

    /// opsd's answer to a request.
    /// - Parameter refusal: its code and message; nil: it was done.
    mutating func answered(
        _ question: DeskQuestion, refusal: (code: String, message: String)?, at boot: Int64
    ) {
        let willPass = refusal.map { ["busy", "degraded", "internal"].contains($0.code) } ?? false
        switch question {
        case .begun(let id):
            guard deliveries[id]?.phase == .asking else { return }
            if willPass {
                rest(id, until: boot + Self.pauseMilliseconds, then: .asking)
            } else if let refusal {
                actions.append(.warn("page \(id) is not ours any more: \(refusal.message)"))
                drop(id)
            } else {
                send(id)
            }
        case .end(let id):
            guard case .telling(let line)? = deliveries[id]?.phase else { return }
            if willPass {
                rest(id, until: boot + Self.pauseMilliseconds, then: .telling(line))
            } else {
                if let refusal {
                    actions.append(
                        .warn("what became of page \(id) was not taken: \(refusal.message)"))
                }
                drop(id)
            }
        case .beat: break
        }
    }

    /// There is a connection: what was not answered is said again.
    mutating func connected() {
        isConnected = true
        for (id, delivery) in deliveries.sorted(by: { $0.key < $1.key })
        where delivery.own == nil {
            switch delivery.phase {
            case .asking: ask(id)
            case .telling(let line): tell(id, line)
            case .sending: actions.append(.tell(delivery.item.beat, .beat(id)))
            case .waiting, .resting: break
            }
        }
    }

    mutating func disconnected() { isConnected = false }

    /// The taking connection has ended: what had not begun goes to whoever takes next.
    mutating func lostLeases() {
        for (id, delivery) in deliveries where delivery.phase == .waiting { deliveries[id] = nil }
    }

    // MARK: What came of an attempt

    /// An attempt has ended.
    mutating func ended(
        _ id: UInt64, _ outcome: DeliveryOutcome, at boot: Int64, wall: Int64
    ) {
        guard var delivery = deliveries[id], delivery.phase == .sending else { return }
        let channel = delivery.item.channel
        switch outcome {
        case .againPlain(let error):
            actions.append(.warn("\(channel): \(error); sent once more as plain text"))
            delivery.message.isPlain = true
            deliveries[id] = delivery
            send(id)
        case .againInChat(let chat) where delivery.message.chat != chat:
            chats[channel] = chat
            actions.append(
                .warn(
                    "\(channel): the chat has become \(chat); set pager.channel.\(channel).chat_id")
            )
            delivery.message.chat = chat
            deliveries[id] = delivery
            send(id)
        case .againInChat(let chat):
            fail(id, DeliveryFailure(.permanent, "the chat moves to itself: \(chat)"), boot, wall)
        case .sent(let receipt):
            figures[channel, default: ChannelFigures()].sent += 1
            figures[channel, default: ChannelFigures()].lastSuccess = wall
            if delivery.own == nil {
                tell(id, delivery.item.done(receipt: receipt))
            } else {
                if delivery.own?.round == own.round { own.told.insert(channel) }
                drop(id)
            }
        case .failed(let failure): fail(id, failure, boot, wall)
        }
    }

    private mutating func fail(
        _ id: UInt64, _ failure: DeliveryFailure, _ boot: Int64, _ wall: Int64
    ) {
        guard var delivery = deliveries[id] else { return }
        let channel = delivery.item.channel
        var figure = figures[channel, default: ChannelFigures()]
        if figure.lastError != failure.error || figure.lastSuccess ?? 0 >= figure.lastErrorAt ?? 0 {
            actions.append(
                .warn("\(channel): not delivered (\(failure.kind.rawValue)): \(failure.error)"))
        }
        figure.failed += 1
        figure.lastError = failure.error
        figure.lastErrorAt = wall
        figures[channel] = figure
        guard let mine = delivery.own else { return tell(id, delivery.item.failed(failure)) }
        if failure.kind == .permanent || mine.attempts + 1 == Self.ownAttempts {
            if mine.round == own.round { say(delivery.message.page, on: mine.others, at: boot) }
        }
        if failure.kind == .permanent || boot >= mine.expires { return drop(id) }
        if failure.kind == .maybeSent { delivery.message.mayRepeat = true }
        delivery.own?.attempts += 1
        deliveries[id] = delivery
        let backoff = Int64(2_000) << Int64(min(mine.attempts, 5))
        let pause = failure.retryAfterSeconds.map { $0 * 1_000 } ?? backoff
        rest(id, until: boot + pause, then: .sending)
    }

    // MARK: Pages of opspager's own

    /// Says something by itself on those of the channels on which it has not said it yet; `others`
    /// stand in where one fails.
    mutating func say(
        _ page: PageMessage, on channels: [String], else others: [String] = [], at boot: Int64
    ) {
        for channel in channels where own.asked.insert(channel).inserted {
            let id = nextOwn
            nextOwn -= 1
            let item = PagedItem(
                id: id, channel: channel, key: "own", token: "", created: page.made,
                mayRepeat: false, page: page)
            deliveries[id] = Delivery(
                item: item, message: Message(page: page, id: "\(page.made).own"), phase: .sending,
                nextBeat: .max,
                own: Own(
                    expires: boot + Self.ownMilliseconds, others: others, round: own.round))
            send(id)
        }
    }

    /// What was to be said by itself and has not gone out is not said any more; returns the
    /// channels that took it, or are taking it now.
    mutating func unsay() -> Set<String> {
        var told = own.told
        for (id, delivery) in deliveries where delivery.own?.round == own.round {
            if delivery.phase == .sending {
                told.insert(delivery.item.channel)
            } else {
                deliveries[id] = nil
            }
        }
        own = (own.round + 1, [], [])
        return told
    }

    /// What came of a heartbeat.
    mutating func noteHeartbeat(_ channel: String, _ outcome: DeliveryOutcome, wall: Int64) {
        var own = figures[channel, default: ChannelFigures()]
        if case .failed(let failure) = outcome {
            own.failed += 1
            own.lastError = failure.error
            own.lastErrorAt = wall
        } else {
            own.sent += 1
            own.lastSuccess = wall
        }
        figures[channel] = own
    }

    // MARK: By the clock

    /// What is due.
    mutating func tick(at boot: Int64) {
        for (id, delivery) in deliveries.sorted(by: { $0.key < $1.key }) {
            if case .resting(let until, let then) = delivery.phase, until <= boot {
                switch then {
                case .asking: ask(id)
                case .sending: send(id)
                case .telling(let line): tell(id, line)
                }
            }
            guard isConnected, delivery.nextBeat <= boot, delivery.own == nil else { continue }
            deliveries[id]?.nextBeat = boot + Self.beatMilliseconds
            actions.append(.tell(delivery.item.beat, .beat(id)))
        }
    }

    /// opspager stops: what has not begun is left to whoever takes next.
    mutating func stop() {
        for (id, delivery) in deliveries {
            switch delivery.phase {
            case .sending, .telling, .asking: break
            case .resting(_, .telling): break
            case .waiting, .resting: deliveries[id] = nil
            }
        }
    }

    // MARK: Steps

    private mutating func ask(_ id: UInt64) {
        guard let item = deliveries[id]?.item else { return }
        deliveries[id]?.phase = .asking
        if isConnected { actions.append(.tell(item.begun, .begun(id))) }
    }

    private mutating func send(_ id: UInt64) {
        guard var delivery = deliveries[id] else { return }
        delivery.phase = .sending
        if let chat = chats[delivery.item.channel] { delivery.message.chat = chat }
        deliveries[id] = delivery
        actions.append(.send(id, channel: delivery.item.channel, delivery.message))
    }

    private mutating func tell(_ id: UInt64, _ line: String) {
        deliveries[id]?.phase = .telling(line)
        if isConnected { actions.append(.tell(line, .end(id))) }
    }

    private mutating func rest(_ id: UInt64, until: Int64, then: Resting) {
        deliveries[id]?.phase = .resting(until: until, then: then)
    }

    /// It is out of hand; the next one of its incident may go.
    private mutating func drop(_ id: UInt64) {
        guard let gone = deliveries.removeValue(forKey: id), let subject = gone.item.subject else {
            return
        }
        let next = deliveries.filter {
            $0.value.phase == .waiting && $0.value.item.subject == subject
        }
        .keys.min()
        if let next { ask(next) }
    }
}
