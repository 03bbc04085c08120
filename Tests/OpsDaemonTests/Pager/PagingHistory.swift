// A random history of paging as a whole: incidents come, grow worse, are acknowledged, resolved
// and silenced; a pager crashes and channels fail; opsd crashes and loses the end of its log
// between any two records; the disk hangs, and the wall clock is set.  What reached the channels is
// written down, and cannot be taken back.

import OpsConfig
import OpsCore
import OpsProtocol
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

/// What one page was about, whatever number the item had that told it.
struct ToldMark: Hashable {
    var channel: String
    /// Number, group and time: a number that a crash took back may be given again.
    var incident: String
    var reason: PageReason
    var number: UInt32
}

/// The channels, as nobody can take it back.
struct PageReceivers {
    var told: [ToldMark: Int] = [:]
    /// Channel and incident of each page that named it or stood for it.
    var heard: Set<[String]> = []
    var faults: [String] = []
}

/// An item that the pager has.
private struct HeldPage {
    var id: UInt64
    var token: String
    var channel: String
    var mayRepeat: Bool
    var payload: PageMessage
    /// How it went: what is to be told of it.
    var outcome: String?
}

final class PagingHistory {
    static let channels = ["chat", "mail"]

    var random: SeededGenerator
    private(set) var loop: FakeLoop
    private(set) var receivers = PageReceivers()
    /// Raises by source: those that were acknowledged, and those that may have been lost.
    private(set) var raised: [String: Int] = [:]
    private(set) var unsure: [String: Int] = [:]
    /// Incidents that were silent at some time.
    private(set) var silenced: Set<String> = []
    private(set) var steps = 0

    private let configuration: Configuration
    private var client: FakeClient
    /// What was asked and not answered: the source of a raise, or nothing.
    private var asked: [String?] = []
    private var taker: FakeClient?
    private var talker: FakeClient?
    private var isWaiting = false
    private var held: [HeldPage] = []
    /// Channels that take nothing for now.
    private var failing: Set<String> = []
    private var history: [(stamp: Stamp, change: Change)] = []
    private var groups = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var configuration = Configuration()
        configuration.pager.channels = Self.channels.map {
            PagerChannel(name: $0, kind: .file, perMinute: 4)
        }
        configuration.pager.critical.channels = Self.channels
        configuration.pager.warning.channels = ["mail"]
        if seed % 3 == 0 { configuration.pager.critical.repeatMilliseconds = 600_000 }
        for rule in IncidentRule.allCases { configuration.incidentRules[rule] = nil }
        self.configuration = configuration
        loop = FakeLoop.settled(configuration)
        client = loop.connect()
    }

    // MARK: Steps

    func step() {
        steps += 1
        loop.advance([0, 0.01, 1, 3, 20, 90][Int(random.next() % 6)])
        connect()
        switch random.next() % 40 {
        case 0...6: raise(random.pick(["critical", "critical", "critical", "warning", "info"]))
        case 7: for _ in 0..<(6 + random.next() % 60) { raise("critical") }
        case 8...9: onIncident("incident ack")
        case 10...12: onIncident("incident resolve")
        case 13: ask("silence add source=s\(random.next() % 3) ttl=\(random.pick([30, 300]))s")
        case 14...26: act()
        case 27...30: take()
        case 31: crashPager()
        case 32: if let talker { loop.hangUp(talker) }
        case 33: failing.formSymmetricDifference([random.pick(Self.channels)])
        case 34: loop.disk = random.pick([.waiting, .prompt])
        case 35: loop.disk = .prompt
        case 36: if random.next() % 3 == 0 { restart() }
        case 37:
            if random.next() % 4 == 0 { loop.setWall(by: random.pick([-3_600, -30, 40, 3_600])) }
        case 38: if random.next() % 6 == 0 { loop.advance(4_000) }
        default: loop.disk = .prompt
        }
        loop.turn()
        receive()
    }

    /// A group that is new, or one of the last few.
    private func raise(_ severity: String) {
        if random.next() % 3 > 0 { groups += 1 }
        let group = max(0, groups - Int(random.next() % 4))
        let source = "s\(group % 3)"
        ask(
            "incident raise severity=\(severity) source=\(source) key=k\(group) msg=m\(group)",
            source)
    }

    private func onIncident(_ command: String) {
        let open = loop.engine.ask { $0.openIncidents }
        if open.isEmpty { return }
        ask("\(command) \(random.pick(open).id)")
    }

    private func ask(_ line: String, _ source: String? = nil) {
        asked.append(source)
        loop.send(client, line + "\n")
        listen()
    }

    /// Answers to what was asked, in order.
    private func listen() {
        for line in client.take() {
            guard !asked.isEmpty, let source = asked.removeFirst() else { continue }
            if line.hasPrefix("ok"), !line.contains("\"durable\":false") {
                raised[source, default: 0] += 1
            } else {
                unsure[source, default: 0] += 1
            }
        }
    }

    // MARK: The pager

    private func connect() {
        if taker == nil || taker?.isClosed == true {
            taker = loop.connect(uid: 7, role: .pager)
            isWaiting = false
            held.removeAll { $0.outcome == nil }
        }
        if talker == nil || talker?.isClosed == true { talker = loop.connect(uid: 7, role: .pager) }
    }

    private func take() {
        guard let taker, !isWaiting else { return }
        isWaiting = true
        loop.send(taker, "work take page/chat,page/mail wait=10s lease=20s\n")
        receive()
    }

    private func receive() {
        listen()
        noteSilences()
        for line in taker?.take() ?? [] {
            isWaiting = false
            guard let item = takenItem(line) else { continue }
            guard let text = loop.engine.ask({ $0.work(item.id) })?.payload,
                let json = try? JSONValue(parsing: Array(text.utf8).span),
                let page = PageMessage(json: json)
            else {
                receivers.faults.append("item \(item.id) has no page")
                continue
            }
            held.append(
                HeldPage(
                    id: item.id, token: item.token, channel: String(item.kind.dropFirst(5)),
                    mayRepeat: item.mayRepeat, payload: page))
        }
    }

    private func noteSilences() {
        for incident in loop.engine.ask({ $0.openIncidents }) where incident.silence != nil {
            silenced.insert(Self.name(incident))
        }
    }

    /// Whether it was well; nil: there was no answer.
    private func say(_ words: String) -> Bool? {
        guard let talker else { return nil }
        loop.send(talker, words + "\n")
        for _ in 0..<3 where talker.bytes.isEmpty { loop.turn() }
        guard let reply = talker.take().last else {
            loop.hangUp(talker)
            self.talker = nil
            return nil
        }
        return reply.hasPrefix("ok")
    }

    /// Begins and sends a page, or tells what became of it.
    func act() {
        guard !held.isEmpty else { return }
        let place = Int(random.next() % UInt64(held.count))
        var page = held.remove(at: place)
        let name = "\(page.id) token=\(page.token)"
        if let outcome = page.outcome {
            let words =
                outcome == "done"
                ? "done \(name) receipt=r" : "failed \(name) class=\(outcome) error=no"
            // It is told until it is answered.
            if say("work " + words) == nil { held.append(page) }
            return
        }
        guard say("work begun \(name)") == true else { return }
        page.outcome = send(page)
        if random.next() % 9 == 0 { return crashPager() }
        held.append(page)
    }

    /// What a channel makes of a page.
    private func send(_ page: HeldPage) -> String {
        if failing.contains(page.channel) { return "never-sent" }
        switch isCalm ? 0 : random.next() % 20 {
        case 0...14:
            deliver(page)
            return "done"
        case 15:
            deliver(page)
            return "maybe-sent"
        case 16: return "maybe-sent"
        case 17: return "limited"
        case 18: return random.next() % 4 == 0 ? "permanent" : "never-sent"
        default: return "never-sent"
        }
    }

    private func crashPager() {
        for client in [taker, talker] where client?.isClosed == false {
            if let client { loop.hangUp(client) }
        }
        (taker, talker, held, isWaiting) = (nil, nil, [], false)
    }

    // MARK: What arrives

    private func deliver(_ page: HeldPage) {
        let incidents = loop.engine.ask { $0.domains.incidents.table.sorted }
        var told: [ToldMark] = []
        var numbers: Set<UInt64> = []
        for incident in incidents {
            for mark in incident.pages where mark.item == page.id && mark.channel == page.channel {
                numbers.insert(incident.id)
                told.append(
                    ToldMark(
                        channel: mark.channel, incident: Self.name(incident), reason: mark.reason,
                        number: mark.number))
            }
        }
        let named = Set(page.payload.subjects.map(\.incident) + page.payload.unnamedIDs)
        let count = page.payload.subjects.count + page.payload.unnamed.values.reduce(0, +)
        for incident in incidents where named.union(numbers).contains(incident.id) {
            receivers.heard.insert([page.channel, Self.name(incident)])
        }
        // A crash may take the marks and leave the item: what it tells is told by another as well.
        let isOrphan = numbers.isEmpty && page.mayRepeat
        if !isOrphan, count != numbers.count || !named.isSubset(of: numbers) {
            receivers.faults.append(
                "item \(page.id) says \(count) incidents, \(named.sorted()), and stands for \(numbers.sorted())"
            )
        }
        for mark in told {
            let before = receivers.told[mark] ?? 0
            receivers.told[mark] = before + 1
            if before > 0, !page.mayRepeat, ![.resolve, .raiseAndResolve].contains(mark.reason) {
                receivers.faults.append("told again without a mark: \(mark)")
            }
        }
    }

    static func name(_ incident: Incident) -> String {
        "\(incident.id) \(incident.group.source) \(incident.group.key) \(incident.opened)"
    }

    // MARK: A crash of opsd

    /// opsd dies; of what was not durable any number of records is on the disk.
    func restart() {
        history += loop.recordsAfterKill(startedAfter: history.count, using: &random)
        let state = State(replaying: history)
        let now = loop.now
        listen()
        for source in asked { if let source { unsure[source, default: 0] += 1 } }
        asked = []
        loop = FakeLoop(configuration, state: state, sequence: UInt64(history.count))
        loop.now = now
        loop.advance(2)
        loop.engine.begin(at: loop.now)
        loop.engine.resumeWork(wasStopped: false)
        // The pager is told that its connections have ended; what it has begun it still has.
        (taker, talker, isWaiting) = (nil, nil, false)
        held.removeAll { $0.outcome == nil }
        loop.settle()
        client = loop.connect()
    }

    // MARK: The end

    private var isCalm = false

    /// Everything works from now on, until nothing is left to tell.
    func drain() {
        isCalm = true
        failing = []
        loop.disk = .prompt
        for _ in 0..<3_000 {
            loop.advance(7)
            connect()
            take()
            while !held.isEmpty { act() }
            loop.settle()
            receive()
            let waits = loop.engine.ask { state in
                state.openWorkCount > 0 || !state.domains.incidents.silences.isEmpty
                    || state.domains.incidents.table.sorted.contains { incident in
                        incident.pages.contains { $0.end == nil }
                    }
            }
            if !waits { return }
        }
        receivers.faults.append("it comes to no end")
    }
}
