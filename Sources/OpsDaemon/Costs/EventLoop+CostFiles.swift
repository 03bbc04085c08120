// The files of spending in the log directory: costs.json, replaced as a whole, a minute old at most
// while something is spent; costs.ndjson, a line an hour; cost_throttle.flag, which exists while a
// cap is reached.

import OpsConfig
import OpsCore
import OpsProtocol

/// The files as they were left.
struct CostFiles {
    static let latest = "costs.json"
    static let flag = "cost_throttle.flag"
    /// How often the flag is written again, and how long it is valid: nanoseconds.
    static let flagRefresh: Int64 = 60 * Rounds.second
    static let flagLife: Int64 = 300 * Rounds.second

    /// `costs.json` as it was last written, without its time.
    var written: CostStatus?
    /// What the flag says without its times.
    struct FlagWords: Equatable {
        var models: [ModelName]
        var isForAll: Bool
    }

    var throttleFlag = FlagFile<FlagWords>()
    /// When `costs.ndjson` gets its line.
    var hours = ClockPeriods(length: 3_600 * Rounds.second)
}

extension EventLoop {
    /// Tells levels that have changed, and keeps trail and flag.  Called once a second.
    func keepCosts() {
        for change in engine.ask({ $0.costChanges(at: engine.now) }) { engine.commit(change) }
        let isHour = loop.costFiles.hours.hasBegun(at: engine.now.wall)
        let flag = loop.costFiles.throttleFlag
        if engine.ask({ $0.costs.isEmpty }) && flag.due == nil && !flag.mayBeOld { return }
        if isHour {
            var lines: [UInt8] = []
            engine.costStatus.writeTrail(to: &lines)
            lines.append(0x0a)
            let rotateBytes = Int64(configuration.events.rotateBytes)
            perform(.trail(.append(.costs, lines: lines, rotateBytes: rotateBytes)))
        }
        refreshCostFlag()
    }

    /// Writes `costs.json` if something has changed since the last time; called once a minute.
    func writeLatestCosts() {
        if engine.ask({ $0.costs.isEmpty }) { return }
        var status = engine.costStatus
        var bytes: [UInt8] = []
        status.writeTrail(to: &bytes)
        status.ts = 0
        status.capAt = nil
        if status == loop.costFiles.written { return }
        loop.costFiles.written = status
        bytes.append(0x0a)
        perform(.trail(.replace(CostFiles.latest, bytes: bytes)))
    }

    /// Writes the flag while a cap is reached, and removes it when none is.
    private func refreshCostFlag() {
        // What is told is not over before spending is below the cap.
        let mayThrottle = engine.ask { $0.toldCostLevels.contains { $0.level == .critical } }
        let status = mayThrottle ? engine.costStatus : nil
        let words = status.flatMap { status in
            status.level == .critical
                ? CostFiles.FlagWords(
                    models: status.throttled, isForAll: status.total.level == .critical) : nil
        }
        let step = loop.costFiles.throttleFlag.step(
            words, at: engine.now.boot, every: CostFiles.flagRefresh)
        if step == .remove { perform(.trail(.remove(CostFiles.flag))) }
        guard step == .write, let status else { return }
        let wall = engine.now.wall
        var bytes: [UInt8] = []
        status.writeFlag(
            now: wall / Rounds.second, expires: (wall + CostFiles.flagLife) / Rounds.second,
            to: &bytes)
        perform(.trail(.replace(CostFiles.flag, bytes: bytes)))
    }
}

extension Engine {
    /// `cost status` now.
    var costStatus: CostStatus { ask { $0.costStatus(at: now) } }
}
