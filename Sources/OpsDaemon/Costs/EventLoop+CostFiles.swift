// The files of spending in the log directory: costs.json, replaced as a whole, a minute old at most
// while something is spent; costs.ndjson, a line an hour; cost_throttle.flag, which exists while a
// cap is reached.  The flag says until when it is valid and is written again before that: a reader
// who finds one that has expired knows that opsd is dead, not that a cap is reached.

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
    /// When the flag is to be written next: nanoseconds of boot time; nil: it does not exist.
    var flagDue: Int64?
    /// What the flag says without its times.
    var flagModels: [ModelName] = []
    var flagIsForAll = false
    /// A flag of an earlier daemon may be there.
    var mayHaveOldFlag = true
    /// When `costs.ndjson` gets its line.
    var hours = ClockPeriods(length: 3_600 * Rounds.second)
}

extension EventLoop {
    /// Tells levels that have changed, and keeps trail and flag.  Called once a second.
    func keepCosts() {
        for change in engine.ask({ $0.costChanges(at: engine.now) }) { engine.commit(change) }
        let isHour = loop.costFiles.hours.hasBegun(at: engine.now.wall)
        if engine.ask({ $0.costs.isEmpty }) && loop.costFiles.flagDue == nil
            && !loop.costFiles.mayHaveOldFlag
        {
            return
        }
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
        let now = engine.now.boot
        // What is told is not over before spending is below the cap.
        let mayThrottle = engine.ask { $0.toldCostLevels.contains { $0.level == .critical } }
        let status = mayThrottle ? engine.costStatus : nil
        guard let status, status.level == .critical else {
            if loop.costFiles.flagDue != nil || loop.costFiles.mayHaveOldFlag {
                perform(.trail(.remove(CostFiles.flag)))
            }
            loop.costFiles.flagDue = nil
            loop.costFiles.mayHaveOldFlag = false
            return
        }
        let (models, isForAll) = (status.throttled, status.total.level == .critical)
        if let due = loop.costFiles.flagDue, due > now, models == loop.costFiles.flagModels,
            isForAll == loop.costFiles.flagIsForAll
        {
            return
        }
        loop.costFiles.flagDue = now + CostFiles.flagRefresh
        loop.costFiles.flagModels = models
        loop.costFiles.flagIsForAll = isForAll
        loop.costFiles.mayHaveOldFlag = false
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
