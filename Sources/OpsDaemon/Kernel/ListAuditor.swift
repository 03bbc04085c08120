// The thread that compares lists with the kernel, and does nothing else.  Reading a set of a
// million elements takes seconds, since the kernel begins at the front for every part of its
// answer; bans do not wait for that.  The thread exists while it has something to do.

import OpsCore
import OpsFirewall
import OpsLinux

/// A list as the kernel should have it.
struct ListClaim: Sendable {
    var sets: ListSets
    var networks: ListedNetworks
    /// Milliseconds of boot time; `Ban.never`.
    var deadline: Int64
}

/// The outcome of a comparison of lists.
struct ListAudit: Sendable {
    var comparison = Comparison()
    /// The kernel could not be asked.
    var error: Errno?
}

/// The thread's side.
struct ListAuditor: ~Copyable {
    private var socket: NetfilterSocket?
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    init(_ socket: consuming NetfilterSocket?) { self.socket = socket }

    /// Compares lists, both ways.
    mutating func audit(_ claims: [ListClaim]) -> ListAudit {
        var audit = ListAudit()
        do throws(Errno) {
            for claim in claims {
                var comparison = try compare(claim)
                // The walk over a hash table that grows may miss or repeat elements: look again.
                if !comparison.isClean { comparison = try compare(claim) }
                audit.comparison.add(comparison)
            }
        } catch { audit.error = error }
        return audit
    }

    private mutating func compare(_ claim: ListClaim) throws(Errno) -> Comparison {
        var comparison = Comparison()
        let boot = Clocks.bootNanoseconds() / 1_000_000
        // Elements of a list that is about to end may be gone already.
        if claim.deadline - Comparison.toleranceMilliseconds < boot { return comparison }
        let runs = claim.networks.runs
        for kind in claim.sets.kinds {
            var found = 0
            sequence &+= 1
            _ = try socket?.dump(
                .listElements(claim.sets.setName(kind)), sequence: sequence, &buffer
            ) { dump in
                found += comparison.compare(
                    claim.sets, kind, runs, until: claim.deadline, with: dump.drainElements(),
                    at: Clocks.bootNanoseconds() / 1_000_000)
            }
            comparison.finish(claim.sets, kind, runs, found: found)
        }
        return comparison
    }
}

typealias ListAuditThread = Worker<[ListClaim], KernelAnswer>

extension Worker where Job == [ListClaim], Answer == KernelAnswer {
    /// A thread that ends when it has been idle for a second.
    convenience init(auditsTo answers: Mailbox<KernelAnswer>) throws(Errno) {
        try self.init(
            name: "opsd-verify", queueLimitJobs: 1, idleMilliseconds: 1_000, answers: answers,
            makeState: { ListAuditor(try? NetfilterSocket()) }
        ) { (auditor: inout ListAuditor, claims: [ListClaim]) in
            .listsAudited(auditor.audit(claims))
        }
    }
}
