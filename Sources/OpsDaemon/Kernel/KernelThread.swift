// The thread that changes and reads opsd's table in the kernel, and does nothing else.  Jobs are
// done in order, so the parts of the state that it gathers and the changes in between make one
// whole.
//
// It is a thread, and not a part of the loop, because the kernel carries out a transaction inside
// sendto(2), under a lock that every program that changes nf_tables shares: one that loads a large
// ruleset holds up all others, nonblocking socket or not.  It exists only where bans are enforced.

import OpsCore
import OpsFirewall
import OpsLinux

/// What the kernel thread is asked to do.
enum KernelJob: Sendable {
    /// Change bans.  Each network is in it once, with its newest change.
    case change(ticket: UInt64, [KernelChange])
    /// Keep a part of the state; the first part discards what was gathered before.
    case gather([Drop], isFirst: Bool)
    /// Put what was gathered into the kernel, in one transaction.  `fromNothing`: delete the table
    /// that is there first.
    case rebuild(Layout, fromNothing: Bool)
    /// Compare what was gathered with the kernel; `repairs`: rebuild the table where they differ.
    case audit(Layout, repairs: Bool)
    /// Replace what is never dropped, whatever bans or lists it.
    case allow([Network])
    /// Begin to load a list into sets that no rule refers to yet.
    case loadList(ListOrder)
    /// Load the next part of that list.  Sent again while the answer is `ListProgress.more`.
    case continueList
    /// Delete lists of other names.
    case keepLists([String])
    /// Read the counters.
    case count
    /// Delete the table.
    case withdraw
}

/// One network and what is to become of it.
struct KernelChange: Hashable, Sendable {
    var network: Network
    /// Milliseconds of boot time until which it is dropped; nil: it is dropped no longer.
    var deadline: Int64?
}

/// A list that is to be in the kernel.
struct ListOrder: Sendable {
    var name: String
    var networks: ListedNetworks
    /// Milliseconds of boot time; `Ban.never`.
    var deadline: Int64
}

/// How far a list is loaded.
enum ListProgress: Sendable {
    /// A part is in; there is more.
    case more
    /// The rules look the list up, in these sets.
    case done(ListSets)
    case failed(Errno)
}

/// The outcome of a job; where it holds an optional error, nil is success.
enum KernelAnswer: Sendable {
    case changed(ticket: UInt64, Errno?)
    case gathered
    case rebuilt(Rebuilt)
    case audited(Audit)
    case allowed(Errno?)
    case listed(ListProgress)
    case kept(Errno?)
    case listsAudited(ListAudit)
    /// Counts by the name of the counter.
    case counted([String: DropCount])
    case withdrawn(Errno?)
    /// The answer, and that others may have changed the tables while the monitor did not hear.
    indirect case missed(KernelAnswer)
}

/// The outcome of building the table.
struct Rebuilt: Sendable {
    var error: Errno?
    /// Elements in the table.
    var elements = 0
    var milliseconds: Int64 = 0
    /// The table was made from nothing: no list is in it.
    var lostLists = false
    /// What was in the table that opsd had not made, for people; it is gone.
    var strange: [String] = []
}

/// A comparison, and what followed.
struct Audit: Sendable {
    var comparison = Comparison()
    /// The kernel could not be asked.
    var error: Errno?
    /// The outcome of the repair; nil: none was tried.
    var rebuilt: Rebuilt?
}

typealias KernelThread = Worker<KernelJob, KernelAnswer>

extension Worker where Job == KernelJob, Answer == KernelAnswer {
    /// Jobs that wait for the thread.
    static var queueLimit: Int { 64 }

    /// A thread that works with the table through `socket`, in the network it was opened in.
    /// - Parameter hearing: the monitor's, which does not hear long transactions.
    convenience init(
        socket: consuming NetfilterSocket, hearing: consuming GroupMembership?, layout: Layout,
        answers: Mailbox<KernelAnswer>
    ) throws(Errno) {
        let handover = Handover(socket)
        let membership = Handover(hearing)
        try self.init(
            name: "opsd-kernel", queueLimitJobs: Self.queueLimit, answers: answers,
            makeState: {
                KernelTable(handover.take(), layout: layout, hearing: membership.take())
            }
        ) { (table: inout KernelTable, job: KernelJob) in
            let answer = table.perform(job)
            return table.takeMissed() ? .missed(answer) : answer
        }
    }
}
