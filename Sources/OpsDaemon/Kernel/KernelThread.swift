// The thread that changes and reads opsd's table in the kernel, and does nothing else.  Jobs are done
// in order, so what it gathers of the state and what changes meanwhile make one whole.
//
// It is a thread, and not a part of the loop, because the kernel works a transaction off inside
// sendto(2), under a lock that every program that changes nf_tables shares: whoever loads a large
// ruleset holds up everybody else, nonblocking socket or not.  It exists only where bans are enforced.

import OpsCore
import OpsFirewall
import OpsLinux

/// What the kernel thread is asked to do.
enum KernelJob: Sendable {
    /// Make these so: until a deadline (milliseconds of boot time), or nil, not at all.  The newest of a
    /// network, once.
    case change(ticket: UInt64, [KernelChange])
    /// A part of the state; the first of them forgets what was gathered before.
    case gather([Drop], isFirst: Bool)
    /// Put what was gathered into the kernel, in one transaction.  `fromNothing`: whatever stands.
    case rebuild(Layout, fromNothing: Bool)
    /// Compare what was gathered with the kernel, and put it there where they differ.
    case audit(Layout, repairs: Bool)
    /// What is never dropped, whatever holds it.
    case allow([Network])
    /// Begin to load a list into sets that no rule knows yet; then, as often as it takes, go on.
    case loadList(ListOrder)
    case continueList
    /// Lists of other names go.
    case keepLists([String])
    case count
    /// Take the table away.
    case withdraw
}

/// One network and what is to become of it.
struct KernelChange: Hashable, Sendable {
    var network: Network
    /// nil: it is dropped no longer.
    var deadline: Int64?
}

/// A list that is to be in the kernel.
struct ListOrder: Sendable {
    var name: String
    var networks: ListedNetworks
    /// Milliseconds of boot time; `Ban.never`.
    var deadline: Int64
}

/// How far a list has come.
enum ListProgress: Sendable {
    case more
    /// It is looked up, in these sets.
    case done(ListSets)
    case failed(Errno)
}

/// What became of it.
enum KernelAnswer: Sendable {
    /// nil: it is done.
    case changed(ticket: UInt64, Errno?)
    case gathered
    case rebuilt(Rebuilt)
    case audited(Audit)
    case allowed(Errno?)
    case listed(ListProgress)
    case kept(Errno?)
    case listsAudited(ListAudit)
    /// By the name of the counter.
    case counted([String: DropCount])
    case withdrawn(Errno?)
}

/// A table put into the kernel, or not.
struct Rebuilt: Sendable {
    var error: Errno?
    /// Elements in it.
    var elements = 0
    var milliseconds: Int64 = 0
    /// The table was made from nothing: no list is in it.
    var lostLists = false
}

/// A comparison, and what followed.
struct Audit: Sendable {
    var comparison = Comparison()
    /// The kernel could not be asked.
    var error: Errno?
    /// Set where it was put right, or tried.
    var rebuilt: Rebuilt?
}

typealias KernelThread = Worker<KernelJob, KernelAnswer>

extension Worker where Job == KernelJob, Answer == KernelAnswer {
    /// Jobs that wait for the thread.
    static var queueLimit: Int { 64 }

    /// A thread that works with the table through `socket`, in the network it was opened in.
    convenience init(
        socket: consuming NetfilterSocket, layout: Layout, answers: Mailbox<KernelAnswer>
    ) throws(Errno) {
        let handover = Handover(socket)
        try self.init(
            name: "opsd-kernel", queueLimitJobs: Self.queueLimit, answers: answers,
            makeState: { KernelTable(handover.take(), layout: layout) }
        ) { (table: inout KernelTable, job: KernelJob) in table.perform(job) }
    }
}
