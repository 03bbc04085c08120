// Work and its doers at the engine: who gets an item when, and which replies wait for the disk.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import Testing

@testable import OpsDaemon

extension FakeLoop {
    /// Puts an item, as a part of opsd does in a turn; no turn is run.
    func put(_ key: String, kind: String = "page/mail", urgent: Bool = false) {
        engine.begin(at: now)
        let draft = WorkDraft(
            kind: kind, key: key, payload: #"{"page":1}"#, isUrgent: urgent,
            expires: now.bootMilliseconds + 86_400_000)
        for change in engine.ask({ $0.put([draft], at: now) }) { engine.commit(change) }
    }

    /// Configures the kinds of the tests.
    func configureWork() {
        engine.update { $0.workKinds = ["page/mail", "page/tg", "restart"] }
    }
}

/// The id and the token of the item in a reply to `work take`; nil: there is none.
func takenItem(_ line: String) -> (id: UInt64, token: String, kind: String, mayRepeat: Bool)? {
    guard line.hasPrefix("ok {\"item\":{") else { return nil }
    func value(_ name: String) -> Substring {
        guard let start = line.range(of: "\"\(name)\":") else { return "" }
        return line[start.upperBound...].prefix { $0 != "," && $0 != "}" }
    }
    let kind = value("kind").dropFirst().dropLast()
    let token = value("token").dropFirst().dropLast()
    guard let id = UInt64(value("id")) else { return nil }
    return (id, String(token), String(kind), value("may_repeat") == "true")
}

@Suite struct WorkEngineTests {
    private let loop: FakeLoop
    /// The two connections of a satellite.
    private let taker: FakeClient
    private let talker: FakeClient

    init() {
        loop = FakeLoop.settled()
        loop.configureWork()
        taker = loop.connect(uid: 7, role: .pager)
        talker = loop.connect(uid: 7, role: .pager)
    }

    private func take(_ wait: Int = 30) -> (id: UInt64, token: String)? {
        loop.send(taker, "work take page/mail,page/tg wait=\(wait)s lease=60s\n")
        return taker.take().first.flatMap { takenItem($0) }.map { ($0.id, $0.token) }
    }

    private func say(_ words: String, _ client: FakeClient? = nil) -> String {
        let client = client ?? talker
        loop.send(client, words + "\n")
        return client.take()[line: 0]
    }

    private func stage(_ id: UInt64) -> String {
        loop.engine.ask { $0.work(id) }?.stage.name ?? "forgotten"
    }

    // MARK: In the turn of its put, whatever the disk does

    enum Disk: CaseIterable {
        case prompt, hangs, fails, isFull
    }

    private func spoil(_ disk: Disk) {
        switch disk {
        case .prompt: break
        case .hangs:
            loop.disk = .waiting
            loop.send(loop.connect(), "ban 203.0.113.1\n")
        case .fails:
            loop.disk = .broken
            loop.send(loop.connect(), "ban 203.0.113.1\n")
            loop.settle()
            #expect(loop.engine.log.isDegraded)
        case .isFull:
            loop.engine.log.pendingLimitBytes = 4 << 10
            loop.disk = .waiting
            for count in 0..<200 where !loop.engine.log.isFull {
                loop.send(loop.connect(), "ban 10.0.0.\(count)\n")
            }
            #expect(loop.engine.log.isFull)
        }
    }

    @Test(arguments: Disk.allCases) func aPageWaitsForNoDisk(_ disk: Disk) throws {
        #expect(take() == nil, "it waits")
        spoil(disk)
        #expect(taker.take().isEmpty)
        loop.put("incident/17/raise/1", urgent: true)
        loop.turn()
        let item = try #require(taker.take().first.flatMap { takenItem($0) })
        #expect(item.kind == "page/mail")
        for (words, stage) in [
            ("begun", "begun"), ("beat", "begun"), ("done", "done"),
        ] {
            let reply = say("work \(words) \(item.id) token=\(item.token)")
            #expect(reply.hasPrefix("ok {\"id\":\(item.id),\"stage\":\"\(stage)\""), "\(reply)")
        }
        loop.put("incident/18/raise/1")
        loop.turn()
        let next = try #require(take())
        #expect(
            say("work failed \(next.id) token=\(next.token) class=limited retry_after=30s")
                .contains("\"stage\":\"ready\",\"retry_seconds\":30"))
    }

    @Test func aRestartWaitsForTheDisk() throws {
        let doer = loop.connect(uid: 0)
        loop.put("nginx", kind: "restart")
        loop.disk = .waiting
        loop.send(doer, "work take restart\n")
        #expect(doer.take().isEmpty)
        loop.disk = .prompt
        loop.settle()
        let item = try #require(doer.take().first.flatMap { takenItem($0) })
        loop.disk = .waiting
        let begun = "work begun \(item.id) token=\(item.token)\n"
        loop.send(doer, begun)
        #expect(doer.take().isEmpty)
        loop.disk = .prompt
        loop.settle()
        #expect(doer.take().map { $0.contains("begun") && !$0.contains("durable") } == [true])
    }

    @Test func aRestartDoesNotBeginWhileTheStoreIsDegraded() throws {
        let doer = loop.connect(uid: 0)
        loop.put("nginx", kind: "restart")
        loop.send(doer, "work take restart\n")
        loop.settle()
        let item = try #require(doer.take().first.flatMap { takenItem($0) })
        loop.put("sshd", kind: "restart")
        spoil(.fails)
        loop.send(doer, "work begun \(item.id) token=\(item.token)\n")
        #expect(doer.take()[line: 0].hasPrefix("err {\"code\":\"degraded\""))
        loop.send(doer, "work take restart\n")
        #expect(doer.take() == ["ok {\"item\":null}"])
    }

    // MARK: Waiting

    @Test func nothingCameInTime() {
        #expect(take(0) == nil)
        loop.send(taker, "work take page/mail wait=30s\n")
        loop.advance(29)
        loop.turn()
        #expect(taker.take().isEmpty)
        #expect(loop.engine.nextDeadline <= loop.now.boot + FakeLoop.second)
        loop.advance(1)
        loop.turn()
        #expect(taker.take() == ["ok {\"item\":null}"])
    }

    @Test func itIsHandedOutWhenItsTimeHasCome() throws {
        loop.put("a")
        let item = try #require(take())
        _ = say("work failed \(item.id) token=\(item.token) class=never-sent")
        loop.send(taker, "work take page/mail wait=30s\n")
        #expect(taker.take().isEmpty)
        loop.advance(3)
        #expect(loop.engine.nextDeadline <= loop.now.boot)
        loop.turn()
        #expect(takenItem(taker.take()[line: 0])?.id == item.id)
    }

    @Test func aStopEndsEachWaitAtOnce() {
        #expect(take() == nil)
        loop.engine.begin(at: loop.now)
        loop.beginStop()
        loop.turn()
        #expect(taker.take() == ["ok {\"item\":null}"])
    }

    @Test func whoWaitsIsWatchedForItsEnd() {
        #expect(take() == nil)
        #expect(taker.interest == .hangUp)
        loop.hangUp(taker)
        loop.turn()
        #expect(loop.engine.work.isEmpty && loop.engine.work.due == .max)
        loop.put("a")
        loop.turn()
        #expect(stage(1) == "ready")
    }

    @Test func takersGetItByTurns() {
        let others = (0..<3).map { _ in loop.connect(uid: 7, role: .pager) }
        for client in others { loop.send(client, "work take page/mail wait=30s\n") }
        for round in 0..<6 {
            loop.put("\(round)")
            loop.turn()
            let place = round % 3
            #expect(takenItem(others[place].take()[line: 0])?.id == UInt64(round + 1))
            loop.send(others[place], "work take page/mail wait=30s\n")
        }
    }

    @Test func aTurnHandsOutSoManyAndNoMore() {
        let clients = (0..<100).map { _ in loop.connect(uid: 0) }
        for client in clients { loop.send(client, "work take page/mail wait=30s\n") }
        for number in 0..<100 { loop.put("\(number)") }
        loop.turn()
        #expect(clients.map { $0.take().count }.reduce(0, +) == WorkBounds.perTurn)
        #expect(loop.wantsTurn)
        loop.turn()
        #expect(clients.map { $0.take().count }.reduce(0, +) == 100 - WorkBounds.perTurn)
    }

    // MARK: Ends of connections and of opsd

    @Test func whatHasNotBegunIsReadyAtOnce() throws {
        loop.put("a")
        loop.put("b")
        let first = try #require(take())
        let second = try #require(take())
        _ = say("work begun \(second.id) token=\(second.token)")
        loop.hangUp(taker)
        #expect(stage(first.id) == "ready" && stage(second.id) == "begun")
        #expect(say("work begun \(first.id) token=\(first.token)").hasPrefix("err"))
        // On its other connection the holder goes on.
        loop.advance(59)
        #expect(say("work beat \(second.id) token=\(second.token)").hasPrefix("ok"))
        loop.advance(59)
        loop.turn()
        #expect(stage(second.id) == "begun")
        loop.advance(1)
        loop.turn()
        #expect(stage(second.id) == "ready")
    }

    @Test func aLeaseOutlivesAStartOfOpsd() throws {
        loop.put("a")
        let item = try #require(take())
        _ = say("work begun \(item.id) token=\(item.token)")
        loop.settle()
        let next = FakeLoop(state: loop.engine.state, sequence: loop.engine.log.sequence)
        next.now = loop.now
        next.advance(500)
        next.engine.begin(at: next.now)
        next.engine.resumeWork(wasStopped: true)
        next.configureWork()
        let client = next.connect(uid: 7, role: .pager)
        next.advance(59)
        next.send(client, "work beat \(item.id) token=\(item.token) progress=\"half\"\n")
        #expect(client.take()[line: 0].hasPrefix("ok"))
        next.advance(59)
        next.send(client, "work done \(item.id) token=\(item.token) receipt=\"<1@a>\"\n")
        #expect(client.take()[line: 0].contains("done"))
        #expect(next.engine.ask { $0.work(item.id) }?.receipt == "<1@a>")
    }

    @Test func afterACrashWhatIsOpenMayHaveBeenDone() throws {
        loop.put("a")
        loop.put("b", kind: "restart")
        loop.settle()
        for wasStopped in [true, false] {
            let next = FakeLoop(state: loop.engine.state, sequence: loop.engine.log.sequence)
            next.engine.begin(at: next.now)
            next.engine.resumeWork(wasStopped: wasStopped)
            #expect(next.engine.ask { $0.work(1) }?.mayRepeat == !wasStopped)
            #expect(next.engine.ask { $0.work(2) }?.mayRepeat == false)
        }
    }

    // MARK: Who may

    @Test func aPagerTakesPagesAlone() {
        loop.put("nginx", kind: "restart")
        #expect(say("work take restart").hasPrefix("err {\"code\":\"forbidden\""))
        #expect(say("work list").hasPrefix("err {\"code\":\"forbidden\""))
        let reader = loop.connect(uid: 9, role: .read)
        loop.send(reader, "work take page/mail\nwork why 1\n")
        loop.settle()
        let lines = reader.take()
        #expect(lines[line: 0].hasPrefix("err {\"code\":\"forbidden\""))
        #expect(lines[line: 1].contains("\"why\":\"it waits for somebody to take it\""))
    }

    @Test func healthSaysThatNobodyTakesIt() {
        let client = loop.connect()
        loop.put("a")
        loop.advance(61)
        #expect(loop.ask(client, "health")[line: 0].contains("nobody takes page/mail"))
        loop.put("b", kind: "page/tg")
        _ = take(0)
        #expect(!loop.ask(client, "health")[line: 0].contains("nobody takes"))
    }

    @Test func byHand() throws {
        let admin = loop.connect()
        loop.put("a")
        #expect(loop.ask(admin, "work hold page/mail")[line: 0].contains("\"held\":true"))
        #expect(take(0) == nil)
        #expect(loop.ask(admin, "work why 1")[line: 0].contains("page/mail is held"))
        #expect(loop.ask(admin, "work resume page/mail")[line: 0].contains("\"held\":false"))
        let item = try #require(take())
        _ = say(
            "work failed \(item.id) token=\(item.token) class=never-sent error=\"421 too busy\"")
        let why = loop.ask(admin, "work why 1")[line: 0]
        #expect(why.contains("\"outcome\":\"never-sent\",\"error\":\"421 too busy\""))
        #expect(loop.ask(admin, "work retry 1")[line: 0].contains("\"retry_seconds\":0"))
        #expect(take() != nil)
        #expect(loop.ask(admin, "work cancel 1")[line: 0].contains("cancelled"))
        #expect(loop.ask(admin, "work cancel 1")[line: 0].hasPrefix("err"))
        #expect(loop.ask(admin, "work hold page/none")[line: 0].hasPrefix("err"))
    }
}
