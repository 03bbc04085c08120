@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Synchronization
import Testing

/// Posts its name when the thread that made it ends.
private struct Ending: ~Copyable {
    let ended: Mailbox<String>
    deinit { _ = ended.post("ended") }
}

private enum Job: Sendable {
    case number(Int)
    /// Blocks until the pipe has a byte, as a dead mount blocks statvfs.
    case read(Int32)
    case threadName
    case signalsBlocked
    case niceness
}

/// Of the calling thread.  Source: getpriority(2), "C library/kernel differences".
private func niceness() -> Int32 {
    getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
}

private func work(_ local: inout Ending, _ job: Job) -> String {
    switch job {
    case .number(let number): return "\(number)"
    case .read(let fd):
        var byte: UInt8 = 0
        return read(fd, &byte, 1) == 1 ? "read \(byte)" : "end"
    case .threadName:
        let text = try? FileReader.bytes(path: "/proc/thread-self/comm")
        return String(decoding: text ?? [], as: UTF8.self)
    case .signalsBlocked:
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return [SIGTERM, SIGHUP, SIGUSR1].allSatisfy { sigismember(&mask, $0) == 1 } ? "yes" : "no"
    case .niceness: return "\(niceness())"
    }
}

private struct Bench {
    let answers: Mailbox<String>
    let ended: Mailbox<String>
    let worker: Worker<Job, String>

    init(
        queue: Int = 16, idle: Int32? = nil, abandoned: Int = 0, room: Int = 64,
        givesWay: Bool = false
    ) throws(Errno) {
        let answers = try Mailbox<String>(capacity: room)
        let ended = try Mailbox<String>(capacity: 64)
        self.answers = answers
        self.ended = ended
        worker = try Worker(
            name: "a-worker-with-a-long-name", queueLimitJobs: queue, idleMilliseconds: idle,
            abandonedLimit: abandoned, givesWay: givesWay, answers: answers,
            makeState: { Ending(ended: ended) }, work: work)
    }

    /// Waits until the thread has begun its job.
    func awaitRunning() {
        while worker.runningSinceBootNanoseconds == nil { sched_yield() }
    }
}

@Suite(.timeLimit(.minutes(1))) struct MailboxTests {
    @Test func keepsOrderRefusesBeyondItsBoundAndSignalsOnce() throws {
        let mailbox = try Mailbox<Int>(capacity: 3)
        var poller = try Poller()
        let token = try poller.register(mailbox.descriptorNumber, .read)
        try poller.wait(timeoutMilliseconds: 0)
        #expect(poller.next() == nil)
        #expect([1, 2, 3, 4].map { mailbox.post($0) } == [true, true, true, false])
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(poller.next()?.token == token)
        var drained = [9, 9]
        mailbox.drain(into: &drained)
        #expect(drained == [1, 2, 3])
        try poller.wait(timeoutMilliseconds: 0)
        #expect(poller.next() == nil)
        #expect(mailbox.post(5))
        mailbox.drain(into: &drained)
        #expect(drained == [5])
        #expect(mailbox.drain().isEmpty)
    }

    @Test func losesNothingFromSeveralThreads() throws {
        let mailbox = try Mailbox<Int>(capacity: 64)
        let done = try Mailbox<Int>(capacity: 8)
        let each = 20_000
        var posters: [Worker<Int, Int>] = []
        for poster in 0..<4 {
            let worker = try Worker<Int, Int>(
                name: "poster", queueLimitJobs: 1, answers: done, makeState: { 0 },
                work: { (_: inout Int, base: Int) -> Int in
                    for offset in 0..<each {
                        while !mailbox.post(base + offset) { sched_yield() }
                    }
                    return each
                })
            #expect(worker.submit(poster * each) == .accepted)
            worker.stop()
            posters.append(worker)
        }
        var next = [0, 0, 0, 0]
        var total = 0
        while total < 4 * each {
            try #require(try mailbox.wait(timeoutMilliseconds: patienceMilliseconds))
            for value in mailbox.drain() {
                let poster = value / each
                #expect(value % each == next[poster])  // each poster's own order holds
                next[poster] += 1
                total += 1
            }
        }
        #expect(try collect(4, from: done) == [each, each, each, each])
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    /// Its threads are nicer to others, and the rest of the program is as it was.
    @Test func givesWay() throws {
        let own = niceness()
        let bench = try Bench(givesWay: true)
        #expect(bench.worker.submit(.niceness) == .accepted)
        #expect(try collect(1, from: bench.answers) == ["\(min(19, own + 10))"])
        #expect(niceness() == own)
        bench.worker.stop()
        #expect(try collect(1, from: bench.ended) == ["ended"])
    }

    @Test func doesJobsInOrderOnANamedThreadWithAllSignalsBlocked() throws {
        let bench = try Bench()
        for number in 0..<10 { #expect(bench.worker.submit(.number(number)) == .accepted) }
        #expect(bench.worker.submit(.threadName) == .accepted)
        #expect(bench.worker.submit(.signalsBlocked) == .accepted)
        bench.worker.stop()
        #expect(bench.worker.submit(.number(10)) == .stopped)
        let answers = try collect(12, from: bench.answers)
        #expect(answers == (0..<10).map { "\($0)" } + ["a-worker-with-a\n", "yes"])
        #expect(try collect(1, from: bench.ended) == ["ended"])
    }

    @Test func endsWhenIdleAndStartsAgain() throws {
        let bench = try Bench(idle: 0)
        for round in 0..<3 {
            #expect(bench.worker.submit(.number(round)) == .accepted)
            #expect(try collect(1, from: bench.answers) == ["\(round)"])
            #expect(try collect(1, from: bench.ended) == ["ended"])
        }
    }

    @Test func refusesBeyondItsQueue() throws {
        let (read, write) = try makePipe()
        defer {
            close(read)
            close(write)
        }
        let bench = try Bench(queue: 2)
        let before = Clocks.bootNanoseconds()
        #expect(bench.worker.submit(.read(read)) == .accepted)
        bench.awaitRunning()
        let since = try #require(bench.worker.runningSinceBootNanoseconds)
        #expect(since >= before && since <= Clocks.bootNanoseconds())
        let more = (0..<3).map { bench.worker.submit(.number($0)) }
        #expect(more == [.accepted, .accepted, .full])
        #expect(bench.worker.queuedJobs == 2)
        #expect(bench.worker.abandon() == false)  // its limit is 0
        #expect(Glibc.write(write, "A", 1) == 1)
        #expect(try collect(3, from: bench.answers) == ["read 65", "0", "1"])
        #expect(bench.worker.runningSinceBootNanoseconds == nil)
        bench.worker.stop()
        #expect(try collect(1, from: bench.ended) == ["ended"])
    }

    @Test func anAbandonedJobHoldsNothingUpAndStillAnswers() throws {
        let (read, write) = try makePipe()
        defer {
            close(read)
            close(write)
        }
        let bench = try Bench(abandoned: 2)
        #expect(bench.worker.abandon() == false)  // nothing runs
        for stuck in 1...2 {
            #expect(bench.worker.submit(.read(read)) == .accepted)
            bench.awaitRunning()
            #expect(bench.worker.submit(.number(stuck)) == .accepted)
            guard case .read? = bench.worker.runningJob else {
                Issue.record("the running job is not the one that hangs")
                return
            }
            #expect(bench.worker.abandon())
            #expect(bench.worker.abandonedThreads == stuck)
            #expect(try collect(1, from: bench.answers) == ["\(stuck)"])
        }
        // No third: what is left is to wait.
        #expect(bench.worker.submit(.read(read)) == .accepted)
        bench.awaitRunning()
        #expect(bench.worker.abandon() == false)
        #expect(bench.worker.abandonedThreads == 2)

        // The mount comes back: all three answer, and two threads end.
        #expect(Glibc.write(write, "ABC", 3) == 3)
        #expect(try collect(3, from: bench.answers).sorted() == ["read 65", "read 66", "read 67"])
        #expect(try collect(2, from: bench.ended) == ["ended", "ended"])
        #expect(bench.worker.abandonedThreads == 0)
        #expect(bench.worker.submit(.number(7)) == .accepted)
        #expect(try collect(1, from: bench.answers) == ["7"])
        bench.worker.stop()
        #expect(try collect(1, from: bench.ended) == ["ended"])
    }

    @Test func answersThatFindNoRoomAreCounted() throws {
        let bench = try Bench(room: 2)
        for number in 0..<5 { #expect(bench.worker.submit(.number(number)) == .accepted) }
        bench.worker.stop()
        #expect(try collect(1, from: bench.ended) == ["ended"])
        #expect(bench.answers.drain() == ["0", "1"])
        #expect(bench.worker.lostAnswers == 3)
    }
}
