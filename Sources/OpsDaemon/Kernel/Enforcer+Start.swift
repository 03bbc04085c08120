// What the enforcer does at the start and at the end, when the loop waits for the kernel.

import OpsFirewall
import OpsLinux

extension Enforcer {
    /// The whole of the state is being gathered, is with the thread, or is about to be gathered.
    var isRebuilding: Bool { task != nil || wantedRebuild != nil }

    /// The next part of the state can be handed over at once.
    var canGather: Bool { part != nil && thread.queuedJobs < Self.jobsWaiting }

    /// Removes the table, and waits for the answer a second at most.
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
