// `opscheck --once NAME`: one check without opsd, and how long each step of it took.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// Checks one endpoint and prints what came of it.
enum CheckOnce {
    static func run(_ name: String, _ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        let plan = try CheckStart.plan(options)
        guard let planned = plan.requests[name] else {
            let near = Suggestion.closest(to: name, among: Array(plan.requests.keys))
            throw SatelliteFault(
                status: 2,
                message: "\(options.configurationFile): there is no [endpoint.\(name)]"
                    + (near.map { ", did you mean \"\($0)\"?" } ?? ""))
        }
        guard let request = planned.request else {
            throw SatelliteFault(status: 2, message: planned.fault ?? "endpoint.\(name): no url")
        }
        do throws(Errno) {
            return try check(name, request)
        } catch {
            throw SatelliteFault(status: 1, message: "\(name): \(error)")
        }
    }

    private static func check(_ name: String, _ request: TryRequest) throws(Errno) -> Int32 {
        let tries = try AttemptSet()
        var run = CheckRun(request.settings, at: CheckLoop.boot())
        var request = request
        request.wantsDetails = true
        while true {
            switch run.next(at: CheckLoop.boot()) {
            case .start(let family):
                request.family = family
                let outcome = try attempt(request, tries)
                _ = SatelliteCommand.print(lines(name, outcome))
                run.ended(outcome, at: CheckLoop.boot())
            case .wait(let until): try wait(until - CheckLoop.boot())
            case .done(let outcome):
                let reason = outcome.reason.map { ": \($0)" } ?? ""
                _ = SatelliteCommand.print(
                    "\(name) is \(outcome.state.rawValue)\(reason) (\(request.settings.url ?? ""))\n"
                )
                return outcome.state == .up || outcome.state == .slow ? 0 : 1
            }
        }
    }

    private static func attempt(
        _ request: TryRequest, _ tries: AttemptSet
    ) throws(Errno) -> TryOutcome {
        var poller = try Poller()
        _ = try poller.register(tries.descriptorNumber, .read)
        _ = tries.start(request, at: CheckLoop.boot())
        while true {
            let boot = CheckLoop.boot()
            if let ended = try tries.advance(at: boot).first { return ended.outcome }
            let due = tries.deadline.map { $0 - CheckLoop.boot() } ?? 1_000
            try poller.wait(timeoutMilliseconds: Int32(clamping: max(0, min(1_000, due))))
            while poller.next() != nil {}
        }
    }

    private static func wait(_ milliseconds: Int64) throws(Errno) {
        var poller = try Poller()
        try poller.wait(timeoutMilliseconds: Int32(clamping: max(0, milliseconds)))
    }

    /// A try as lines: times since it began.
    static func lines(_ name: String, _ outcome: TryOutcome) -> String {
        let phases = outcome.phases
        let steps: [(String, Double?)] = [
            ("name", phases.name), ("connect", phases.connected), ("tls", phases.secured),
            ("first byte", phases.firstByte), ("total", phases.total),
        ]
        var text = "\(name): \(outcome.state.rawValue)"
        if let address = outcome.address { text += " at \(address.addressText)" }
        text += (outcome.reason.map { ": \($0)" } ?? "") + "\n"
        for (step, time) in steps {
            guard let time else { continue }
            let shown = CheckReport.milliseconds(time)
            let gap = String(repeating: " ", count: max(1, 22 - step.utf8.count - shown.utf8.count))
            text += "  \(step)\(gap)\(shown) ms\n"
        }
        for line in outcome.details { text += "  \(line)\n" }
        if let days = outcome.certificateDays { text += "  certificate: \(days) days left\n" }
        return text
    }
}
