// The detector of a plan, with the positions that are stored.

import OpsLinux

extension WatchLoop {
    /// A detector that reads on where the stored positions say.
    static func detector(
        _ plan: WatchPlan, _ store: borrowing PositionStore, _ journalStore: borrowing JournalStore
    ) throws(WatchFault) -> Detector {
        var start = Detector.Start(
            now: Self.now().wall, random: { UInt32(truncatingIfNeeded: Self.randomWord()) })
        do throws(Errno) {
            let stored = try store.read()
            start.files = stored.positions
            let journal = try journalStore.read()
            start.journal = journal.content
            start.hasLostPositions = stored.isDamaged || journal.isDamaged
        } catch {
            throw WatchFault(
                status: 1, message: "the stored positions, in the state directory: \(error)")
        }
        do throws(PlanFault) {
            return try Detector(plan, start, clock: .host, seed: Self.randomWord())
        } catch {
            throw WatchFault(status: 2, message: error.message)
        }
    }
}
