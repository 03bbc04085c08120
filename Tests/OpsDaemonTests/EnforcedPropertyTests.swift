// Random requests of six sources through the engine, its log and its snapshots on disk, with a
// table in a real kernel; after every step what the kernel drops, and until when, is what a plain
// list of claims says.  In a network of its own; skipped where that is not permitted (no root).
//
// The clock is far ahead of the kernel's, so that nothing times out there while the test runs: an
// element whose end has come by the test's clock counts as gone.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

private func network(_ text: String) -> Network { Network(parsing: text) ?? .ipv4Loopback }

/// A daemon's life beside its model.
private final class EnforcedLife {
    static let sources = ["", "a", "b", "sshd", "dry", "fleet"]
    static let targets = [
        "203.0.113.1", "203.0.113.2", "203.0.113.9",
        "203.0.113.0/24", "203.0.113.0/28", "203.0.0.0/16",
        "2001:db8:0:1::5", "2001:db8:0:1::5/128", "2001:db8:0:2::/64", "2001:db8::/48",
    ]
    static let allows = [
        [], ["203.0.113.2/32"], ["203.0.113.0/28", "2001:db8:0:1::/64"], ["203.0.112.0/20"],
    ]
    static let listed = [
        "198.51.100.0/25", "203.0.113.2", "203.0.113.8/29", "2001:db8:0:1::/64", "2001:db8:8::/48",
    ]
    static let settings = """
        guard.strikes = 3
        guard.window = "20s"
        guard.ban = "30s"
        guard.subnet_threshold_ipv6 = 0
        guard.dry_run_sources = ["dry", "list:trial"]
        guard.source.sshd.strikes = 2
        guard.source.sshd.ban = "12s"
        guard.source."list:own".dry_run = true

        """

    let scratch: ScratchDirectory
    /// The one that runs; none between two.
    private var running: [RealStore] = []
    var table: KernelTable
    var model: EnforcedModel
    var random: SeededGenerator
    var now: Moment
    var boots: UInt64 = 1
    var steps: [String] = []
    /// Jobs that the kernel was handed.
    var jobs = 0
    private var protections: UInt64?

    init(seed: UInt64) throws {
        scratch = try ScratchDirectory()
        random = SeededGenerator(seed: seed)
        let first = (Clocks.bootNanoseconds() / 1_000_000_000 + 100_000_000) * 1_000_000_000
        now = Moment(boot: first, wall: FakeLoop.newYear)
        let configuration = try Configuration.load(
            Array(Self.settings.utf8), file: "opsd.toml", networks: ConfigurationFile.notation)
        model = EnforcedModel(rules: configuration.guard)
        table = KernelTable(try NetfilterSocket(), layout: Layout(ipv6Prefix: 64))
        try start(configuration)
    }

    var store: RealStore { running[0] }
    var boot: Int64 { now.bootMilliseconds }

    // MARK: The kernel

    /// A start: what is on disk, and then the whole of the state in one transaction.
    private func start(_ configuration: Configuration) throws {
        running = [
            try RealStore(
                scratch, now: now, bootID: OpsCore.BootID(high: 1, low: boots),
                configuration: configuration)
        ]
        store.engine.begin(at: now)
        store.engine.beginEnforcing()
        protections = nil
        allow()
        var drops: [Drop] = []
        for part in 0..<State.snapshotParts { store.engine.appendDrops(ofPart: part, to: &drops) }
        _ = table.perform(.gather(drops, isFirst: true))
        let layout = Layout(ipv6Prefix: 64)
        guard case .rebuilt(let rebuilt) = table.perform(.rebuild(layout, fromNothing: false))
        else { throw KernelRefused() }
        #expect(rebuilt.error == nil)
        store.engine.kernel?.rebuilt(rebuilt.error)
        enforceChanges()
    }

    private func allow() {
        if protections == store.engine.protections { return }
        protections = store.engine.protections
        guard case .allowed(nil) = table.perform(.allow(store.engine.exempt)) else {
            _ = Issue.record("refused")
            return
        }
        store.engine.kernel?.lists.note()
    }

    /// What a turn hands to the kernel, and its answers.
    private func enforceChanges() {
        allow()
        if let job = store.engine.kernel?.nextJob(at: now),
            case .changed(let ticket, let error) = table.perform(job)
        {
            #expect(error == nil)
            jobs += 1
            store.engine.kernelChanged(ticket, error)
        }
        let wanted = store.engine.enforcedLists
        while let job = store.engine.kernel?.lists.nextJob(wanted, at: now) {
            jobs += 1
            switch table.perform(job) {
            case .listed(let progress): _ = store.engine.kernel?.lists.listed(progress, at: now)
            case .kept(let error): store.engine.kernel?.lists.kept(error, at: now)
            default: Issue.record("another answer")
            }
        }
    }

    // MARK: Steps

    private func ask(_ line: String) -> String {
        steps.append(line)
        return store.ask(line, at: now)
    }

    /// A request whose success is known before.
    private func ask(_ line: String, isOK: Bool) {
        let reply = ask(line)
        #expect(reply.hasPrefix("ok ") == isOK, "\(line): \(reply)")
    }

    private func pass() {
        let step = Int64.random(in: 1...9, using: &random)
        now.boot += step * 1_000_000_000
        now.wall += step * 1_000_000_000
        // Sometimes the wall clock is set, and sometimes what has ended is not looked at in time.
        if random.next() % 16 == 0 {
            now.wall += Int64.random(in: -9...9, using: &random) * 7_000_000_000
        }
        steps.append("pass \(step)")
        store.engine.begin(at: now)
        store.engine.watchClock()
        if random.next() % 4 != 0 { store.turn(at: now) }
        model.forget(at: boot)
    }

    private func ban(_ target: String, _ key: Network, _ source: String) {
        let length = Int64.random(in: 1...60, using: &random)
        let isPermanent = random.next() % 8 == 0
        let isExact = random.next() % 8 == 0
        var claim = EnforcedModel.Claim(
            source: source, deadline: isPermanent ? Ban.never : boot + length * 1_000,
            isDryRun: model.isDryRun(source))
        var words = "ban \(target) ttl=\(isPermanent ? "permanent" : "\(length)s")"
        if !source.isEmpty { words += " source=\(source)" }
        if isExact { words += " exact=true" }
        if !isExact, random.next() % 3 == 0 {
            let wait = Int64.random(in: 1...30, using: &random)
            words += " confirm=\(wait)s"
            if boot + wait * 1_000 < claim.deadline {
                claim.confirmed = claim.deadline
                claim.deadline = boot + wait * 1_000
            }
        }
        let isOK = model.takes(claim, on: key, isExact: isExact)
        ask(words, isOK: isOK)
        if isOK { model.ban(claim, on: key, isExact: isExact) }
    }

    /// As `opsctl import` does, and several at once.
    private func importBans() {
        let length = Int64.random(in: 1...60, using: &random)
        let second = now.wall / 1_000_000_000 + length
        let some = Self.targets.filter { _ in random.next() % 3 == 0 }
        if some.isEmpty { return }
        let reply = ask("ban \(some.joined(separator: ",")) until=\(second) source=import")
        var count = 0
        for target in some {
            let claim = EnforcedModel.Claim(source: "import", deadline: boot + length * 1_000)
            let key = key(target)
            if model.takes(claim, on: key, isExact: false) {
                model.ban(claim, on: key)
                count += 1
            }
        }
        #expect(reply.hasPrefix("ok ") || count == 0, "\(reply)")
    }

    private func key(_ target: String) -> Network {
        target == "2001:db8:0:1::5" ? network("2001:db8:0:1::/64") : network(target)
    }

    private func list() throws {
        let name = random.pick(["block", "own", "trial"])
        if model.lists[name] != nil && random.next() % 2 == 0 {
            ask("list drop \(name)", isOK: true)
            model.lists[name] = nil
            return
        }
        let length = Int64.random(in: 10...90, using: &random)
        let networks = Self.listed.filter { _ in random.next() % 2 == 0 }
        let begun = ask("list begin \(name) ttl=\(length)s")
        let token = try #require(try ReplyComparison.object(begun)["token"] as? Int, "\(begun)")
        let taken = networks.map(network).filter { one in
            !model.allow.contains { $0.overlaps(one) }
        }
        if !networks.isEmpty { _ = ask("list add \(token) \(networks.joined(separator: ","))") }
        if !ask("list commit \(token)").hasPrefix("ok ") {
            #expect(taken.isEmpty)
            return
        }
        model.lists[name] = EnforcedModel.Listed(
            networks: taken, deadline: boot + length * 1_000, isDryRun: name != "block")
    }

    private func reload() {
        let allow = random.pick(Self.allows).map(network)
        steps.append("allow \(allow)")
        var configuration = store.engine.configuration
        configuration.guard.allow = allow
        store.engine.begin(at: now)
        store.engine.adopt(configuration)
        while store.engine.settle() {}
        store.flush()
        model.allow(allow)
    }

    /// The daemon is killed and started again, in this boot of the machine or the next.
    private func restart() throws {
        let configuration = store.engine.configuration
        store.flush()
        steps.append("restart")
        if random.next() % 2 == 0 {
            let old = boot
            boots += 1
            now.boot += 1_000_000 * 1_000_000_000
            now.wall += 5_000_000_000
            model.rebase(from: old, to: boot, lost: 5_000)
            steps.append("boot")
        }
        running = []
        try start(configuration)
    }

    func step() throws {
        if random.next() % 3 == 0 { pass() }
        let target = random.pick(Self.targets)
        let key = key(target)
        let source = random.pick(Self.sources)
        let words = source.isEmpty ? "" : " source=\(source)"
        switch random.next() % 32 {
        case 0...9: ban(target, key, source)
        case 10: importBans()
        case 11...12:
            ask("unban \(target)", isOK: !model.claims[key, default: []].isEmpty)
            if !model.claims[key, default: []].isEmpty { model.unban(key) }
        case 13...16:
            if source.isEmpty { return }
            ask("unban \(target)\(words)", isOK: model.holds(key, source))
            if model.holds(key, source) { model.unban(key, source) }
        case 17...20:
            let mine = random.next() % 2 == 0 && !source.isEmpty
            let count = model.confirm(key, mine ? source : nil)
            ask("confirm \(target)\(mine ? words : "")", isOK: count > 0)
        case 21: reload()
        case 22: try list()
        case 23: if random.next() % 6 == 0 { try restart() }
        case 24:
            if random.next() % 6 == 0 {
                steps.append("snapshot")
                try store.snapshot(at: now)
            }
        default:
            if target.contains("/") { return }
            ask("strike \(target)\(words)", isOK: true)
            model.strike(key, network(target), source, at: boot)
        }
    }

    // MARK: Comparing

    /// The edges of all that is ever named, and their neighbours.
    static let probes: [Network] = (targets + listed + allows.joined()).flatMap { text in
        let whole = network(text)
        let first = Network(high: whole.high, low: whole.low, length: 128)
        let host = 128 - UInt128(whole.length)
        let last = KernelReading.key(first) | (UInt128(1) << host - 1)
        let keys = [
            KernelReading.key(first), last, KernelReading.key(first) - 1, last + 1,
        ]
        return keys.map { key in
            whole.isIPv4
                ? Network(ipv4: UInt32(truncatingIfNeeded: key))
                : Network(
                    high: UInt64(truncatingIfNeeded: key >> 64),
                    low: UInt64(truncatingIfNeeded: key), length: 128)
        }
    }

    /// Whether all is as the model says.
    func compare() throws -> Bool {
        enforceChanges()
        let kernel = try KernelReading(&table, at: boot)
        for address in Self.probes {
            let wanted = model.dropped(address)
            let found = kernel.dropped(address)
            let held = store.engine.state.holder(of: address, at: now)
            let isHeld = held.map { !$0.isDryRun } ?? false
            if wanted == found && isHeld == (wanted != nil) { continue }
            Issue.record(
                """
                \(address): the kernel \(found.map { "\($0 - boot)" } ?? "free"), check \(isHeld), \
                the model \(wanted.map { "\($0 - boot)" } ?? "free") after \
                \(steps.suffix(40).joined(separator: "; "))
                """)
            return false
        }
        for set in [KernelSet.addresses4, .addresses6, .exact6] {
            let wanted = model.claims.keys
                .filter { Layout(ipv6Prefix: 64).set(of: $0) == set }
                .compactMap { one in model.enforced(one).map { (KernelReading.key(one), $0) } }
            let found = kernel.singles(set)
            #expect(found == Dictionary(uniqueKeysWithValues: wanted), "\(set)")
            if found != Dictionary(uniqueKeysWithValues: wanted) { return false }
        }
        return true
    }
}

private struct KernelRefused: Error {}

@Suite("claims in the kernel", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct EnforcedPropertyTests {
    @Test("after any history the kernel drops what a list of claims says", arguments: 1...6)
    func anyHistory(seed: Int) {
        let wasRun = NetworkOfItsOwn.run {
            do {
                let life = try EnforcedLife(seed: UInt64(seed))
                for _ in 0..<1_500 {
                    try life.step()
                    if try !life.compare() { return }
                }
                #expect(life.boots > 1 && life.jobs > 200, "\(life.jobs)")
            } catch { Issue.record("\(error)") }
        }
        #expect(wasRun)
    }
}
