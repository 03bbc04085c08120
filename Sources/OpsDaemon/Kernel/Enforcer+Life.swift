// Enforcement at the start and at the end of the daemon, and in words.

import OpsCore
import OpsFirewall
import OpsLinux

extension Enforcer {
    /// Puts every ban into the kernel before anybody is told that the daemon is ready.  What stood
    /// there stands until that has happened.
    func restoreAtStart(_ engine: Engine) {
        wantRebuild(fromNothing: false, at: engine.now.boot)
        let deadline = Clocks.bootNanoseconds() + Self.startPatience * 1_000_000
        while task != nil || wantedRebuild != nil {
            advance(engine)
            let left = (deadline - Clocks.bootNanoseconds()) / 1_000_000
            if left <= 0 || failure != nil { return }
            if part != nil && thread.queuedJobs < Self.jobsWaiting { continue }
            _ = try? answers.wait(timeoutMilliseconds: Int32(left))
            collect(engine)
        }
    }

    /// Takes the table away, and waits for that, a second at most.
    func withdraw() {
        submit(.withdraw)
        let deadline = Clocks.bootNanoseconds() + 1_000_000_000
        while true {
            let left = (deadline - Clocks.bootNanoseconds()) / 1_000_000
            if left <= 0 { return }
            _ = try? answers.wait(timeoutMilliseconds: Int32(left))
            for answer in answers.drain() { if case .withdrawn = answer { return } }
        }
    }
}

// MARK: - In words

extension Enforcer {
    /// `enforcement` in `status`.
    func status(_ engine: Engine) -> String {
        guard let failure = failure ?? engine.kernel?.lists.refusal?.error else {
            return "nftables"
        }
        return "nftables: \(failure.name)"
    }

    /// The component in `health`.
    func detail(_ engine: Engine) -> String {
        if let failure {
            return "the kernel refuses bans: \(failure.text); tried again within a minute"
        }
        if let (name, error) = engine.kernel?.lists.refusal {
            return "the kernel refuses the list \(name): \(error.text); tried again within a minute"
        }
        var words = "nftables: table inet \(Layout.table)"
        if engine.kernel?.lists.isSettled == false { words += "; lists are on their way" }
        let open = engine.kernel?.doubts.count ?? 0
        if open > 0 { words += "; \(open) changes are on their way" }
        if monitor == nil { words += "; changes by others are noticed late: no monitor" }
        return words
    }

    func isBroken(_ engine: Engine) -> Bool {
        failure != nil || engine.kernel?.lists.hasRefusals ?? false
    }
}

extension Comparison {
    /// For an event.
    var words: String {
        var parts: [String] = []
        if isAltered { parts.append("its table or rules were changed") }
        if missing > 0 { parts.append("\(missing) bans were missing") }
        if extra > 0 { parts.append("\(extra) elements were nobody's") }
        if wrong > 0 { parts.append("\(wrong) had another end") }
        return "the kernel differed: " + parts.joined(separator: ", ")
    }

    /// - Parameter isRepaired: nil: that was not asked, or there was nothing to do.
    func report(_ isRepaired: Bool?) -> AuditReport {
        AuditReport(
            elements: elements, missing: missing, extra: extra, wrong: wrong,
            isAltered: isAltered, examples: examples, isRepaired: isRepaired)
    }
}

extension Daemon {
    /// Has the kernel compared with the state.
    func beginAudit(mends: Bool) throws(Refusal) {
        guard let enforcer else {
            throw Refusal(.refused, "bans are not enforced here", hint: "`health` says why")
        }
        enforcer.beginAudit(mends: mends, engine)
    }
}
