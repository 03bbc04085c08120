// A detector over logs of a scratch directory, driven as the loop does; its opsd answers all.

@preconcurrency import Glibc
import OpsConfig
import OpsCore
import OpsDetect
import OpsTestKit
import Testing

@testable import OpsWatch

/// A detector, and what opsd was told.
final class DetectorBench {
    let scratch: ScratchDirectory
    private let plan: WatchPlan
    private let store: PositionStore
    private let journalStore: JournalStore
    private(set) var detector: Detector
    private var queue = ReportQueue()
    private var names: UInt32 = 0
    var now: Int64 = 1_800_000_000_000

    /// `%` in the text of the configuration is the directory.
    init(_ configuration: String) throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("state")
        let text = configuration.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: scratch.path)
        let read = try Configuration.load(
            Array(text.utf8), file: "t.toml",
            networks: NetworkNotation(parse: { Network(parsing: $0) }, text: { "\($0)" }))
        plan = try WatchPlan(
            read, PlanFiles(read: { _ in nil }, list: { _ in [] }, hasJournal: false, zone: .utc))
        store = try PositionStore(path: scratch.path(of: "state"))
        journalStore = try JournalStore(path: scratch.path(of: "state"))
        detector = try Detector(
            plan, Detector.Start(now: now, random: { 0 }),
            clock: LineClock(monotonic: { 0 }, threadCPU: { 0 }), seed: 1)
        restart()
    }

    /// As after `kill -9`, or as a reload: only what is stored is known.
    func restart() {
        names += 1
        let name = names
        do {
            let stored = try store.read()
            let start = Detector.Start(
                files: stored.positions, hasLostPositions: stored.isDamaged, now: now,
                random: { name })
            detector = try Detector(
                plan, start, clock: LineClock(monotonic: { 0 }, threadCPU: { 0 }), seed: 1)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// A second later: all is read, answered and stored; the addresses that were reported.
    func turn() -> [String] {
        now += 1_000
        let uptime = now - 1_700_000_000_000
        detector.files.handleEvents(now: now)
        detector.tick(now: now, uptime: uptime)
        var found: [String] = []
        for _ in 0..<1_000 where detector.hasWork {
            if detector.mustStore { save() }
            detector.readSlice(now: now, uptime: uptime, into: &queue)
            var output: [UInt8] = []
            while queue.writeNext(to: &output) {
                if let address = queue.answered()?.address { found.append(address.bare) }
            }
            detector.acknowledge(below: queue.appended)
        }
        detector.account(now: now, uptimeNanoseconds: uptime * 1_000_000)
        save()
        return found
    }

    private func save() { try? detector.store(store, journalStore, now: now) }

    func append(_ text: String, to name: String) throws {
        let file = try #require(fopen(scratch.path(of: name), "ae"))
        fputs(text, file)
        fclose(file)
    }

    func rename(_ old: String, _ new: String) {
        #expect(Glibc.rename(scratch.path(of: old), scratch.path(of: new)) == 0)
    }
}
