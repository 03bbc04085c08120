// A thread for work that may block: the log writer (permanent), a snapshot (ends when idle), a call
// that hangs on a dead mount (can be abandoned).  Jobs are submitted to a bounded queue and done
// one at a time, in order; each answer is posted to a mailbox.  The thread starts with the first
// job.
//
// A thread that hangs in the kernel cannot be ended.  `abandon` gives it up: another thread does
// the following jobs.  If the call returns later, its answer is still posted and the abandoned
// thread ends.  At most `abandonedLimit` threads are abandoned at a time.

import Synchronization

/// One thread at a time that does jobs and posts answers.
package final class Worker<Job: Sendable, Answer: Sendable>: Sendable {
    /// The outcome of `submit`.
    package enum Submission: Hashable, Sendable {
        case accepted
        /// The queue is full.
        case full
        /// The worker was told to stop.
        case stopped
        /// There is no thread and none could be started; the job was not queued.
        case failed(Errno)
    }

    private struct State {
        var jobs: [Job] = []
        /// Which thread is the current one; a thread with another number has been abandoned.
        var epoch: UInt64 = 0
        var hasThread = false
        var runningSince: Int64?
        var running: Job?
        var abandoned = 0
        var stopping = false
        var lostAnswers: UInt64 = 0
    }

    private let state = Mutex(State())
    private let wakeup: WakeupEvent
    private let name: String
    private let queueLimitJobs: Int
    private let abandonedLimit: Int
    private let idleMilliseconds: Int32
    private let answers: Mailbox<Answer>
    private let body: @Sendable (Worker, _ epoch: UInt64) -> Void

    /// Makes a worker that has no thread yet.
    /// - Parameters:
    ///   - name: the name in `ps -L`; at most 15 bytes of it.
    ///   - queueLimitJobs: jobs that wait, without the running one.
    ///   - idleMilliseconds: a thread without a job ends after this long; nil: never.
    ///   - abandonedLimit: abandoned threads besides the current one.
    ///   - givesWay: its threads run where others leave a processor free (`nice` 10 less).
    ///   - answers: where answers go; an answer is lost and counted if that mailbox is full.  None
    ///     is lost if it has room for `queueLimitJobs` + `abandonedLimit` + 1 answers of this
    ///     worker.
    ///   - makeState: runs on each thread as it starts; its result lives as long as the thread.
    ///   - work: does one job, on the thread.
    package init<Local: ~Copyable>(
        name: String, queueLimitJobs: Int, idleMilliseconds: Int32? = nil,
        abandonedLimit: Int = 0, givesWay: Bool = false, answers: Mailbox<Answer>,
        makeState: @escaping @Sendable () -> Local,
        work: @escaping @Sendable (inout Local, Job) -> Answer
    ) throws(Errno) {
        self.name = name
        self.queueLimitJobs = queueLimitJobs
        self.idleMilliseconds = idleMilliseconds.map { max(0, $0) } ?? -1
        self.abandonedLimit = abandonedLimit
        self.answers = answers
        wakeup = try WakeupEvent()
        body = { worker, epoch in
            if givesWay { Syscalls.giveWay(niceness: 10) }
            var local = makeState()
            while let job = worker.nextJob(epoch) {
                let answer = work(&local, job)
                guard worker.finish(answer, epoch) else { break }
            }
        }
    }

    /// Queues a job, and starts a thread if there is none.  Never waits.
    package func submit(_ job: Job) -> Submission {
        let (submission, wake) = state.withLock { state -> (Submission, Bool) in
            if state.stopping { return (.stopped, false) }
            guard state.jobs.count < queueLimitJobs else { return (.full, false) }
            if !state.hasThread {
                do throws(Errno) { try startThread(&state) } catch {
                    return (.failed(error), false)
                }
            }
            state.jobs.append(job)
            return (.accepted, state.jobs.count == 1)
        }
        if wake { wakeup.signal() }
        return submission
    }

    /// Boot time in nanoseconds at which the running job began; nil when none runs.
    package var runningSinceBootNanoseconds: Int64? { state.withLock { $0.runningSince } }

    /// The running job; nil when none runs.
    package var runningJob: Job? { state.withLock { $0.running } }

    /// How many jobs wait.
    package var queuedJobs: Int { state.withLock { $0.jobs.count } }

    /// Abandoned threads that have not returned.
    package var abandonedThreads: Int { state.withLock { $0.abandoned } }

    /// Answers that were lost because the mailbox was full.
    package var lostAnswers: UInt64 { state.withLock { $0.lostAnswers } }

    /// Abandons the thread of the running job; another one does the jobs after it.  Returns false
    /// when no job runs or `abandonedLimit` threads are abandoned already: then the caller can only
    /// wait.
    package func abandon() -> Bool {
        state.withLock { state in
            guard state.runningSince != nil, state.abandoned < abandonedLimit else { return false }
            state.epoch += 1
            state.abandoned += 1
            state.runningSince = nil
            state.running = nil
            state.hasThread = false
            // If this fails, the next `submit` tries again.
            if !state.jobs.isEmpty { try? startThread(&state) }
            return true
        }
    }

    /// Accepts no more jobs; queued ones are still done and answered, then the thread ends.
    package func stop() {
        state.withLock { $0.stopping = true }
        wakeup.signal()
    }

    private func startThread(_ state: inout State) throws(Errno) {
        let epoch = state.epoch
        try Thread.start(name: name) { self.body(self, epoch) }
        state.hasThread = true
    }
}

// The thread's side.
extension Worker {
    private enum Step {
        case job(Job), wait, end
    }

    /// Waits for a job; nil tells the thread to end.
    private func nextJob(_ epoch: UInt64) -> Job? {
        var idle = false
        while true {
            let step = state.withLock { state -> Step in
                guard state.epoch == epoch else { return .end }
                if !state.jobs.isEmpty {
                    state.runningSince = Clocks.bootNanoseconds()
                    let job = state.jobs.removeFirst()
                    state.running = job
                    return .job(job)
                }
                if idle || state.stopping {
                    state.hasThread = false
                    return .end
                }
                return .wait
            }
            switch step {
            case .job(let job): return job
            case .end: return nil
            case .wait:
                idle = !wakeup.wait(timeoutMilliseconds: idleMilliseconds)
                wakeup.clear()
            }
        }
    }

    /// Posts the answer; false when this thread was abandoned and must end.
    private func finish(_ answer: Answer, _ epoch: UInt64) -> Bool {
        let current = state.withLock { state in
            guard state.epoch == epoch else {
                state.abandoned -= 1
                return false
            }
            state.runningSince = nil
            state.running = nil
            return true
        }
        if !answers.post(answer) { state.withLock { $0.lostAnswers += 1 } }
        return current
    }
}
