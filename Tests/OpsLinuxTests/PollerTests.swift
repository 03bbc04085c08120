@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

@Suite struct PollerTests {
    @Test func reportsWhatIsReadyForWhatWasAsked() throws {
        var poller = try Poller()
        let pair = try UnixStream.pair()
        let token = try poller.register(pair.first.descriptor.number, .read)
        try poller.wait(timeoutMilliseconds: 0)
        #expect(poller.next() == nil)

        #expect(pair.second.send(bytes("x").span.bytes) == .bytes(1))
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(
            poller.next()
                == Ready(token: token, isReadable: true, isWritable: false, isBroken: false))
        #expect(poller.next() == nil)

        try poller.update(token, [.read, .write])
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(
            poller.next()
                == Ready(token: token, isReadable: true, isWritable: true, isBroken: false))

        try poller.update(token, .write)
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(
            poller.next()
                == Ready(token: token, isReadable: false, isWritable: true, isBroken: false))
    }

    @Test func interestNoneIsQuietEvenAfterAHangUp() throws {
        var poller = try Poller()
        let pair = try UnixStream.pair()
        let token = try poller.register(pair.first.descriptor.number, .read)
        try poller.update(token, .none)
        _ = shutdown(pair.second.descriptor.number, Int32(SHUT_RDWR))
        try poller.wait(timeoutMilliseconds: 0)
        #expect(poller.next() == nil)
        try poller.update(token, .read)
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        let next = poller.next()
        let ready = try #require(next)
        #expect(ready.isBroken && ready.isReadable)
        #expect(poller.deregister(token) == true)
    }

    @Test func anEventOfAnOlderGenerationIsDropped() throws {
        var poller = try Poller()
        let old = try UnixStream.pair()
        let oldToken = try poller.register(old.first.descriptor.number, .read)
        #expect(old.second.send(bytes("x").span.bytes) == .bytes(1))
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)

        // Between the wait and the fetch the slot changes hands.
        #expect(poller.deregister(oldToken) == true)
        let new = try UnixStream.pair()
        let newToken = try poller.register(new.first.descriptor.number, .read)
        #expect(newToken.slot == oldToken.slot)
        #expect(newToken.generation != oldToken.generation)
        #expect(poller.next() == nil)

        // The old token moves nothing.
        #expect(try poller.update(oldToken, .none) == false)
        #expect(poller.deregister(oldToken) == false)
        #expect(new.second.send(bytes("x").span.bytes) == .bytes(1))
        try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        #expect(poller.next()?.token == newToken)
    }

    @Test func unfetchedEventsComeAgain() throws {
        var poller = try Poller(eventsPerWait: 1)
        let first = try UnixStream.pair()
        let second = try UnixStream.pair()
        let tokens: Set<Token> = [
            try poller.register(first.first.descriptor.number, .write),
            try poller.register(second.first.descriptor.number, .write),
        ]
        var seen: Set<Token> = []
        for _ in 0..<4 {
            try poller.wait(timeoutMilliseconds: patienceMilliseconds)
            let next = poller.next()
            seen.insert(try #require(next).token)
            #expect(poller.next() == nil)
        }
        #expect(seen == tokens)  // a full batch does not starve the rest
        #expect(poller.count == 2)
    }

    @Test func aFailedRegistrationTakesNoSlot() throws {
        var poller = try Poller()
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let file = try directory.open("a", [.write, .create])
        for _ in 0..<3 {
            do throws(Errno) {
                _ = try poller.register(file.number, .read)
                Issue.record("a regular file was registered")
            } catch {
                #expect(error.code == EPERM)
            }
        }
        #expect(poller.count == 0)
        let pair = try UnixStream.pair()
        #expect(try poller.register(pair.first.descriptor.number, .read).slot == 0)
    }

    @Test func deregisterAfterCloseTraps() async {
        await #expect(processExitsWith: .signal(trap)) {
            var poller = try Poller()
            let token: Token
            do {
                let pair = try UnixStream.pair()
                token = try poller.register(pair.first.descriptor.number, .read)
            }
            poller.deregister(token)
        }
    }
}

@Suite struct TimerTests {
    @Test func aBootTimerInThePastIsDueAtOnce() throws {
        let timer = try BootTimer()
        for deadline in [Int64.min, -1, 0, 1, Clocks.now().bootNanoseconds] {
            try timer.arm(atBootNanoseconds: deadline)
            #expect(
                try timer.descriptor.wait(for: .read, timeoutMilliseconds: patienceMilliseconds))
            #expect(try timer.acknowledge())
            #expect(try timer.acknowledge() == false)
        }
    }

    @Test func aBootTimerIsDueNoEarlier() throws {
        let timer = try BootTimer()
        let deadline = Clocks.bootNanoseconds() + 2_000_000
        try timer.arm(atBootNanoseconds: deadline)
        #expect(try timer.descriptor.wait(for: .read, timeoutMilliseconds: patienceMilliseconds))
        #expect(Clocks.bootNanoseconds() >= deadline)
        try timer.arm(atBootNanoseconds: .max)
        #expect(try timer.descriptor.wait(for: .read, timeoutMilliseconds: 0) == false)
    }

    @Test func aWallTimerIsDue() throws {
        let timer = try WallTimer()
        #expect(try timer.acknowledge() == .nothing)
        try timer.arm(atWallNanoseconds: Clocks.now().wallNanoseconds + 1_000_000)
        #expect(try timer.descriptor.wait(for: .read, timeoutMilliseconds: patienceMilliseconds))
        #expect(try timer.acknowledge() == .due)
        try timer.armForClockStepsOnly()
        #expect(try timer.descriptor.wait(for: .read, timeoutMilliseconds: 0) == false)
        #expect(try timer.acknowledge() == .nothing)
    }

    @Test func clocksAreNanoseconds() {
        let now = Clocks.now()
        #expect(now.bootNanoseconds > 0)
        #expect(now.wallNanoseconds > 1_600_000_000_000_000_000)
        #expect(Clocks.bootNanoseconds() >= now.bootNanoseconds)
    }
}

@Suite struct SignalTests {
    @Test func signalsArriveAsEventsAndBrokenPipesAsErrors() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource([.hangUp, .user1])
            #expect(try source.next() == nil)
            // The children of the test run have threads already: send to this one.
            pthread_kill(pthread_self(), SIGUSR1)
            pthread_kill(pthread_self(), SIGHUP)
            var seen: [Signal] = []
            while let received = try source.next() {
                #expect(received.senderPID == getpid())
                #expect(received.senderUID == getuid())
                seen.append(received.signal)
            }
            #expect(Set(seen) == [.hangUp, .user1])
            let (read, write) = try makePipe()
            close(read)
            let end = Descriptor(owning: write)
            #expect(code { () throws(Errno) in try end.writeAll(bytes("x").span.bytes) } == EPIPE)
        }
    }
}
