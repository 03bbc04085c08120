// A life of the guard: requests, clocks, reloads, reboots and snapshots as the bytes say.  At its
// end and at every restart, what recovery makes of the files is the live state.

import OpsCore
import OpsProtocol
import OpsStore
import OpsTestKit

/// The bytes are what happens.
func fuzzGuard(_ bytes: [UInt8]) throws(Finding) {
    var feed = Feed(bytes)
    var life = Life(maxTracked: 1 + Int(feed.byte() % 12))
    while !feed.isEmpty { try life.step(&feed) }
    try life.holdReplay()
}

private struct Life {
    private static let eventCapacity = 20
    private static let day: Int64 = 86_400_000_000_000

    private var state: State
    private var now = Moment(boot: 1_000_000_000_000, wall: 1_767_225_600_000_000_000)
    private var boots: UInt64 = 1
    private var segment: [UInt8] = []
    private var writer: SegmentWriter
    private var snapshot: [UInt8] = []
    /// Under way: the bytes, and the next part.
    private var copy: (writer: SnapshotWriter, bytes: [UInt8], part: Int)?

    init(maxTracked: Int) {
        var rules = GuardRules()
        rules.maxTracked = maxTracked
        state = State(rules: rules, hashKey: (1, 2), eventCapacity: Self.eventCapacity)
        writer = SegmentWriter(
            SegmentHeader(
                salt: 5, firstSequence: 1, bootID: BootID(high: 0, low: 1), created: now),
            into: &segment)
        state.restore(lastEventID: 0, clockOffset: 0, bootID: BootID(high: 0, low: 1))
        commit(.clockSet(offset: now.wallMilliseconds - now.bootMilliseconds, step: nil))
    }

    // MARK: What happens

    mutating func step(_ feed: inout Feed) throws(Finding) {
        let kind = feed.byte()
        switch kind % 16 {
        case 0: advance(Int64(feed.byte()) * 1_000_000_000)
        case 1: advance(Int64(feed.number(UInt16.self)) * Self.day / 65_536)
        case 2: advance(Int64(feed.number(UInt16.self)) * Self.day / 8)
        case 3: setWall(feed.number())
        case 4: adopt(&feed)
        case 5: try reboot(feed.number())
        case 6: snapshotStep(parts: 1 + Int(feed.byte()))
        case 7: state.sweepRates(Int(feed.byte()), at: now)
        case 8:
            let line = feed.piece(Int(feed.byte()))
            if let (command, _) = try? RequestParser.parse(line.span) { ask(command, &feed) }
        default: ask(command(kind, &feed), &feed)
        }
        expire()
    }

    private mutating func advance(_ nanoseconds: Int64) {
        // A machine that has been up for a century is another test.
        if now.boot > 36_500 * Self.day { return }
        now.boot += nanoseconds
        now.wall = now.wall.addingReportingOverflow(nanoseconds).partialValue
        watchClock()
    }

    private mutating func setWall(_ wall: Int64) {
        now.wall = wall
        watchClock()
    }

    private mutating func watchClock() {
        if let change = state.clockChange(at: now) { commit(change) }
    }

    private mutating func adopt(_ feed: inout Feed) {
        var rules = state.rules
        rules.maxTracked = 1 + Int(feed.byte() % 12)
        rules.ipv6Prefix = 32 + Int(feed.byte() % 97)
        rules.strikes = 1 + Int(feed.byte() % 8)
        rules.rateLimit = 1 + Int(feed.byte() % 4)
        rules.rateWindowMilliseconds = 1_000 + Int64(feed.byte()) * 300_000
        rules.successClears = feed.byte() & 1 == 0
        rules.allow = feed.byte() & 1 == 0 ? [] : [network(feed.byte())]
        let choice = feed.byte()
        rules.dryRunSources = choice & 1 == 0 ? [] : ["s2"]
        rules.sources = [:]
        if choice & 2 != 0 {
            var policy = SourcePolicy(rules)
            policy.strikes = 1 + Int(choice >> 4)
            policy.weight = 1 + Int(choice >> 2 & 1)
            rules.sources["s1"] = policy
        }
        state.adopt(rules, eventCapacity: Self.eventCapacity)
        applySettings()
    }

    private mutating func applySettings() {
        while let change = state.beyondBounds { commit(change) }
        var walk = AllowWalk()
        while let lifts = state.bansToLift(&walk, atMost: Bounds.expirySlice) {
            for lift in lifts { commit(lift) }
        }
    }

    /// The files are all there is; deadlines move to the new boot's clock.
    private mutating func reboot(_ wall: Int64) throws(Finding) {
        try holdReplay()
        let last = now.bootMilliseconds
        boots += 1
        now = Moment(boot: 5_000_000_000 + Int64(boots), wall: wall)
        commit(
            .rebased(
                Rebase(
                    lastBoot: last, earlierOffset: state.clockOffset, boot: now.bootMilliseconds,
                    wall: now.wallMilliseconds, bootID: BootID(high: 0, low: boots))))
        applySettings()
    }

    private mutating func ask(_ command: Command, _ feed: inout Feed) {
        let caller = Caller(uid: UInt32(feed.byte() % 3), role: .admin)
        guard let decision = try? state.decide(command, by: caller, at: now) else { return }
        if let reply = decision.reply {
            var line: [UInt8] = []
            reply.writeLine(to: &line, limitBytes: 16_384)
        }
        for change in decision.changes.all { commit(change) }
        if let telemetry = decision.telemetry { state.apply(telemetry) }
    }

    /// As the engine does it.
    private mutating func expire() {
        var silent: Change?
        for _ in 0..<Bounds.expirySlice {
            guard let change = state.dueBan(at: now) else { break }
            if case .bansExpired(_, announce: false) = change {
                state.apply(change, Stamp(moment: now))
                silent = change
            } else {
                if let mark = silent { writer.append(mark, Stamp(moment: now), into: &segment) }
                silent = nil
                commit(change)
            }
        }
        if let silent { writer.append(silent, Stamp(moment: now), into: &segment) }
        while let change = state.dueClaim(at: now) { commit(change) }
        while let change = state.dueStrikes(at: now) { commit(change) }
        while let change = state.dueOffense(at: now) { commit(change) }
        if let change = state.expirySummary(at: now) { commit(change) }
    }

    private mutating func commit(_ change: Change) {
        let stamp = Stamp(moment: now)
        state.apply(change, stamp)
        writer.append(change, stamp, into: &segment)
    }

    // MARK: Commands

    private func network(_ byte: UInt8) -> Network {
        let host = UInt32(byte & 7)
        switch byte >> 5 {
        case 0: return Network(ipv4: 0xc633_6400 + host, prefix: 30)
        case 1: return Network(ipv4: 0xc633_6400, prefix: UInt8(24 + host))
        case 2:
            return Network(
                high: 0x2001_0db8_0000_0000 | UInt64(host), low: UInt64(byte), length: 128)
        case 3: return Network(high: 0x2001_0db8_0000_0000, low: 0, length: 32 + (byte & 31))
        default: return Network(ipv4: 0xc633_6400 + host)
        }
    }

    private func target(_ byte: UInt8, isAddress: Bool = false) -> Target {
        let network = network(byte)
        if isAddress && !network.isAddress { return target(byte | 0x80) }
        return Target(network: network, isBare: network.isAddress && byte & 8 == 0)
    }

    private func command(_ kind: UInt8, _ feed: inout Feed) -> Command {
        let byte = feed.byte()
        switch kind >> 4 {
        case 0: return .check(Targets(target(byte), [target(feed.byte())]))
        case 1: return .hit(target(byte, isAddress: true), route: Route("/\(byte)"))
        case 2: return .success(target(byte), source: source(byte))
        case 3:
            if byte & 0x10 == 0 { return .confirm(Targets(target(byte)), source: source(byte)) }
            return .clear(target(byte))
        case 4:
            let choice = feed.byte()
            return .unban(Targets(target(byte), [target(choice)]), source: source(choice))
        case 5: return .why(target(byte))
        case 6:
            return .bans(
                PageQuery(
                    limit: 1 + Int(byte & 3), after: byte & 4 == 0 ? nil : network(feed.byte()),
                    source: byte & 8 == 0 ? nil : "s1",
                    under: byte & 16 == 0 ? nil : target(feed.byte())))
        case 7: return .strikes(PageQuery(limit: 1 + Int(byte & 3), after: network(feed.byte())))
        case 8, 9: return .ban(Targets(target(byte)), terms(&feed))
        case 10:
            return .ban(Targets(target(byte), [target(feed.byte())]), BanTerms(reason: "r"))
        case 11: return .events(EventQuery(limit: 3, after: .id(feed.number())))
        default:
            let weight = feed.byte()
            let at = weight & 0x80 == 0 ? nil : time(&feed)
            return .strike(
                target(byte, isAddress: true),
                StrikeTerms(
                    reason: "r\(byte % 5)", source: "s\(byte % 3)", weight: 1 + Int(weight & 3),
                    at: at, place: weight & 4 == 0 ? nil : place(feed.byte())))
        }
    }

    private func source(_ byte: UInt8) -> String? { byte & 4 == 0 ? nil : "s\(byte % 3)" }

    private func place(_ byte: UInt8) -> Place {
        Place(stream: "log\(byte & 1)", number: UInt64(byte >> 1))
    }

    private func terms(_ feed: inout Feed) -> BanTerms {
        let choice = feed.byte()
        let lifetime: Lifetime?
        switch choice & 7 {
        case 0: lifetime = nil
        case 1: lifetime = .permanent
        case 2: lifetime = .until(time(&feed))
        case 3: lifetime = .milliseconds(Bounds.lifetimeMilliseconds)
        default: lifetime = .milliseconds(1_000 + Int64(feed.number(UInt16.self)))
        }
        return BanTerms(
            lifetime: lifetime, reason: "r\(choice % 5)", source: "s\(choice % 3)",
            confirmMilliseconds: choice & 0x20 == 0 ? nil : 1_000 + Int64(choice) * 1_000,
            isExact: choice & 0xc0 == 0xc0)
    }

    /// A time as the parser lets one through: RFC 3339, or up to 12 digits of seconds.
    private func time(_ feed: inout Feed) -> Int64 {
        let any = feed.number(Int64.self)
        if any & 1 == 0 { return now.wallMilliseconds &+ any % 100_000_000 }
        return min(max(any, -62_167_219_200_000), 999_999_999_999_999)
    }

    // MARK: Files

    /// Some parts of a snapshot; the last one puts it in its place.
    private mutating func snapshotStep(parts: Int) {
        var (writer, bytes, part) = copy ?? begun()
        for _ in 0..<parts where part < State.snapshotParts {
            let held = state.snapshotPart(part, at: now)
            held.bans { writer.append($0, into: &bytes) }
            held.claims { writer.append(claim: $0, into: &bytes) }
            held.strikes { writer.append($0, into: &bytes) }
            held.offenses { writer.append($0, into: &bytes) }
            part += 1
        }
        copy = (writer, bytes, part)
        if part < State.snapshotParts { return }
        writer.finish(through: self.writer.nextSequence - 1, into: &bytes)
        snapshot = bytes
        copy = nil
    }

    private func begun() -> (SnapshotWriter, [UInt8], Int) {
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(
            SnapshotHeader(
                sequence: self.writer.nextSequence - 1, bootID: state.bootID, taken: now,
                clockOffset: state.clockOffset, lastEventID: state.events.lastID,
                serviceOffset: state.snapshotServiceOffset), into: &bytes)
        for event in state.events.all { writer.append(event, into: &bytes) }
        for image in state.domainImages(.beginning, at: now) {
            image.forEachEntry { entry in
                for step in 0..<entry.steps { writer.append(entry, step: step, into: &bytes) }
            }
        }
        return (writer, bytes, 0)
    }

    /// The log alone, and the snapshot with what follows it, both give the live state.
    func holdReplay() throws(Finding) {
        let live = state.image(at: now)
        for hasSnapshot in snapshot.isEmpty ? [false] : [false, true] {
            let replayed = try recover(hasSnapshot)
            let image = replayed.image(at: now)
            if image == live { continue }
            throw Finding(
                description: "snapshot \(hasSnapshot): live \(live)\n\nreplayed \(image)")
        }
    }

    private func recover(_ hasSnapshot: Bool) throws(Finding) -> State {
        var directory = MemoryStateDirectory([StateFiles.segment(1): segment])
        if hasSnapshot { directory.files[StateFiles.snapshot] = snapshot }
        let (step, sink) = directory.recover()
        guard case .done = step else { throw Finding(description: "no recovery: \(step)") }
        var replayed = sink.state
        // Before any snapshot, the daemon's first act is to name the boot.
        if !hasSnapshot && boots == 1 {
            replayed.restore(
                lastEventID: replayed.events.lastID, clockOffset: replayed.clockOffset,
                bootID: state.bootID)
        }
        return replayed
    }
}
