// What wakes a thread, and what becomes of it when the kernel says no.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

@Suite(.timeLimit(.minutes(1))) struct WakeupEventFaultTests {
    private func isReadable(_ event: borrowing WakeupEvent) throws(Errno) -> Bool {
        try event.descriptor.wait(for: .read, timeoutMilliseconds: 0)
    }

    /// 1. A counter at its limit takes no more, and rings all the same.
    @Test func aFullCounterRings() throws {
        let event = try WakeupEvent()
        var most = UInt64.max - 1
        #expect(Glibc.write(event.descriptor.number, &most, 8) == 8)
        let injection = FaultInjection()
        injection.run {
            event.signal()
            event.signal()
        }
        #expect(injection.calls == ["write", "write"])  // EAGAIN is not a reason to try again
        #expect(try isReadable(event))
        event.clear()
        #expect(try !isReadable(event))
    }

    /// 2. A signal loses no ring and no answer.
    @Test func anInterruptedRingRings() throws {
        let event = try WakeupEvent()
        let injection = FaultInjection(
            .init(.error(EINTR), of: "write", times: 2), .init(.error(EINTR), of: "poll", times: 2))
        try injection.run { () throws(Errno) in
            event.signal()
            #expect(event.wait(timeoutMilliseconds: 0) == true)
        }
        #expect(injection.calls == ["write", "write", "write", "poll", "poll", "poll"])
        let other = FaultInjection(.init(.error(EINTR), of: "read", times: 2))
        other.run {
            event.clear()
            #expect(event.wait(timeoutMilliseconds: 0) == false)
        }
        #expect(other.calls == ["read", "read", "read", "poll"])
    }

    /// 3. Any other errno ends the process, and says why: the answer would be lost.
    @Test(arguments: [EIO, EBADF, ENOSPC, EPERM])
    func aLostRingEndsTheProcess(_ code: Int32) async throws {
        let result = await #expect(
            processExitsWith: .signal(trap), observing: [\.standardErrorContent]
        ) { [code] in
            let mailbox = try Mailbox<Int>(capacity: 2)
            FaultInjection(.init(.error(code), of: "write")).run { _ = mailbox.post(1) }
        }
        let said = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(said.contains("cannot wake another thread: write: \(Errno(code, "").text);"))
    }

    /// 4. So does a wake-up that cannot be taken, and a worker that cannot wait.
    @Test func aDeafProcessEnds() async throws {
        let answer = await #expect(
            processExitsWith: .signal(trap), observing: [\.standardErrorContent]
        ) {
            let mailbox = try Mailbox<Int>(capacity: 2)
            _ = FaultInjection(.init(.error(EIO), of: "read")).run { mailbox.drain() }
        }
        var said = String(decoding: try #require(answer).standardErrorContent, as: UTF8.self)
        #expect(said.contains("cannot read a wake-up: read: Input/output error (EIO);"))
        let wait = await #expect(
            processExitsWith: .signal(trap), observing: [\.standardErrorContent]
        ) {
            let answers = try Mailbox<Int>(capacity: 2)
            let worker = try plainWorker(answers)
            FaultInjection(.init(.error(ENOMEM), of: "poll", on: .started)).run {
                _ = worker.submit(1)
            }
            // The answer, and then nothing.
            for _ in 0..<2 {
                _ = try answers.wait(timeoutMilliseconds: patienceMilliseconds)
                _ = answers.drain()
            }
        }
        said = String(decoding: try #require(wait).standardErrorContent, as: UTF8.self)
        #expect(said.contains("cannot wait for another thread: poll: Cannot allocate memory"))
    }

    /// 5. A message that was refused for want of room rings nothing, and is not there.
    @Test func onlyWhatWasTakenRings() throws {
        let mailbox = try Mailbox<Int>(capacity: 1)
        let injection = FaultInjection()
        injection.run {
            #expect(mailbox.post(1))
            #expect(!mailbox.post(2))
        }
        #expect(injection.calls == ["write"])
        #expect(mailbox.drain() == [1])
    }
}

/// A worker that gives back what it gets.
private func plainWorker(
    _ answers: Mailbox<Int>, abandonedLimit: Int = 0,
    work: @escaping @Sendable (inout Int, Int) -> Int = { _, job in job }
) throws(Errno) -> Worker<Int, Int> {
    try Worker(
        name: "plain", queueLimitJobs: 4, abandonedLimit: abandonedLimit, answers: answers,
        makeState: { 0 }, work: work)
}

@Suite(.timeLimit(.minutes(1))) struct WorkerFaultTests {
    /// 1. Without a thread a job is not taken; the next one finds a thread.
    @Test func aThreadThatDoesNotStartTakesNoJob() throws {
        let answers = try Mailbox<Int>(capacity: 8)
        let worker = try plainWorker(answers)
        let injection = FaultInjection(.init(.error(EAGAIN), of: "pthread_create", times: 2))
        try injection.run { () throws in
            for _ in 0..<2 {
                #expect(worker.submit(1) == .failed(Errno(EAGAIN, "pthread_create")))
                #expect(worker.queuedJobs == 0 && worker.runningJob == nil)
            }
            #expect(worker.submit(2) == .accepted)
            #expect(try collect(1, from: answers) == [2])
        }
        worker.stop()
    }

    /// 2. What the thread was to run is let go with it.
    @Test func aThreadThatDoesNotStartKeepsNothing() throws {
        final class Kept: Sendable {}
        weak var seen: Kept?
        try FaultInjection(.init(.error(EAGAIN), of: "pthread_create")).run { () throws in
            let kept = Kept()
            seen = kept
            #expect(throws: Errno(EAGAIN, "pthread_create")) {
                try Thread.start(name: "never") { withExtendedLifetime(kept) {} }
            }
        }
        #expect(seen == nil)
    }

    /// 3. Without a new thread, jobs after an abandoned one wait for the next `submit`.
    @Test func jobsSurviveAThreadThatCannotBeReplaced() throws {
        let (read, write) = try makePipe()
        let key = Descriptor(owning: write)
        let answers = try Mailbox<Int>(capacity: 8)
        let worker = try plainWorker(answers, abandonedLimit: 1) { _, job in
            var byte: UInt8 = 0
            return job == 0 ? Glibc.read(read, &byte, 1) : job
        }
        #expect(worker.submit(0) == .accepted)
        while worker.runningJob == nil { sched_yield() }
        #expect(worker.submit(2) == .accepted)
        let injection = FaultInjection(.init(.error(EAGAIN), of: "pthread_create"))
        injection.run { #expect(worker.abandon()) }
        #expect(injection.forced == ["pthread_create"] && worker.queuedJobs == 1)
        #expect(worker.submit(3) == .accepted)
        #expect(try collect(2, from: answers) == [2, 3])
        try key.writeAll(bytes("k").span.bytes)
        #expect(try collect(1, from: answers) == [1])
        worker.stop()
        close(read)
    }

    /// 4. Signals on the thread cost no answer.
    @Test func anInterruptedThreadAnswers() throws {
        let answers = try Mailbox<Int>(capacity: 8)
        let worker = try plainWorker(answers)
        let fault = FaultInjection.Fault(.error(EINTR), times: 20, on: .started)
        let injection = FaultInjection(fault)
        try injection.run { () throws in
            for job in 1...9 {
                #expect(worker.submit(job) == .accepted)
                #expect(try collect(1, from: answers) == [job])
            }
        }
        worker.stop()
        #expect(Set(injection.forced).isSubset(of: ["write", "read", "poll"]))
        #expect(injection.forced.contains("write"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct PollerFaultTests {
    /// 1. A change that the kernel refuses leaves what was.
    @Test(arguments: [ENOMEM, ENOSPC])
    func aRefusedChangeChangesNothing(_ code: Int32) throws {
        var poller = try Poller()
        let pair = try UnixStream.pair()
        let number = pair.first.descriptor.number
        let refusal = FaultInjection(.init(.error(code), of: "epoll_ctl(ADD)"))
        refusal.run {
            do throws(Errno) {
                _ = try poller.register(number, .read)
                Issue.record("it was registered")
            } catch {
                #expect(error == Errno(code, "epoll_ctl(ADD)"))
            }
        }
        #expect(poller.count == 0)
        let token = try poller.register(number, .read)
        #expect(token.slot == 0 && poller.count == 1)
        for (call, interest) in [
            ("epoll_ctl(MOD)", Interest.write), ("epoll_ctl(DEL)", Interest.none),
        ] {
            FaultInjection(.init(.error(code), of: call)).run {
                do throws(Errno) {
                    _ = try poller.update(token, interest)
                    Issue.record("it was changed")
                } catch {
                    #expect(error == Errno(code, call))
                }
            }
        }
        // It is watched for reading, as before.
        #expect(pair.second.send(bytes("x").span.bytes) == .bytes(1))
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(
            poller.next()
                == Ready(token: token, isReadable: true, isWritable: false, isBroken: false))
        #expect(poller.deregister(token) == true)
    }

    /// 2. An interrupted wait brings nothing, and loses nothing.
    @Test func anInterruptedWaitLosesNothing() throws {
        var poller = try Poller()
        let pair = try UnixStream.pair()
        let token = try poller.register(pair.first.descriptor.number, .read)
        #expect(pair.second.send(bytes("x").span.bytes) == .bytes(1))
        let injection = FaultInjection(.init(.error(EINTR), of: "epoll_wait"))
        try injection.run { () throws(Errno) in
            try poller.wait(timeoutMilliseconds: patienceMilliseconds)
            #expect(poller.next() == nil)
            try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        }
        #expect(poller.next()?.token == token)
    }

    /// 3. A wait that fails brings nothing of the wait before.
    @Test func aFailedWaitHasNoEvents() throws {
        var poller = try Poller()
        let pair = try UnixStream.pair()
        let token = try poller.register(pair.first.descriptor.number, .write)
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        FaultInjection(.init(.error(EIO), of: "epoll_wait")).run {
            do throws(Errno) {
                try poller.wait(timeoutMilliseconds: 0)
                Issue.record("it waited")
            } catch {
                #expect(error == Errno(EIO, "epoll_wait"))
            }
        }
        #expect(poller.next() == nil)
        #expect(poller.deregister(token) == true)
    }

    /// 4. Both `arm` and `acknowledge` report that the wall clock was set.
    @Test func aWallClockThatWasSetIsNoError() throws {
        let timer = try WallTimer()
        let injection = FaultInjection(.init(.error(ECANCELED), times: 2))
        try injection.run { () throws in
            #expect(try timer.armForClockStepsOnly())
            #expect(try timer.acknowledge() == .clockSet)
            #expect(try timer.acknowledge() == .nothing)
        }
    }
}
