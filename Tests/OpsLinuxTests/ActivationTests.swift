// What the service manager passes, and what it is sent.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsSystemd

extension Optional where Wrapped: ~Copyable {
    /// Whether there is nothing, for what `==` cannot compare.
    fileprivate consuming func hasNone() -> Bool {
        switch consume self {
        case .none: true
        case .some: false
        }
    }
}

@Suite struct ActivationTests {
    @Test func takesTheOneSocketOver() throws {
        let scratch = try ScratchDirectory()
        let path = try SocketPath(scratch.path + "/s")
        do {
            let listener = try bind(path.text)
            let passed = dup(listener.descriptor.number)
            let inherited = try ServiceManager.takeOver(count: 1, from: passed)
            #expect(inherited.descriptor.number == passed)
            #expect(inherited.path == path.text)
            #expect(fcntl(passed, F_GETFL) & O_NONBLOCK != 0)
            let client = try UnixStream(connectingTo: path, timeoutMilliseconds: 1000)
            _ = try accept(inherited)
            _ = client.descriptor.number
            inherited.remove()
        }
        // It is the service manager's, and stays.
        #expect(try FileStatus.of(path: path.text).kind == .socket)
    }

    @Test func refusesWhatIsNotTheOneSocket() throws {
        let (read, write) = try makePipe()
        let pair = try UnixStream.pair()
        for (count, number) in [(2, read), (1, read), (1, pair.first.descriptor.number)] {
            let refused = fault { () throws(SocketFault) in
                _ = try ServiceManager.takeOver(count: Int32(count), from: number)
            }
            if case .activation = refused {} else { Issue.record("\(count): \(refused as Any)") }
        }
        close(read)
        close(write)
        let none = try ServiceManager.inheritedListener().hasNone()
        #expect(none)
    }

    @Test func messagesReachTheServiceManager() async {
        await #expect(processExitsWith: .success) {
            let scratch = try ScratchDirectory()
            let path = scratch.path + "/notify"
            let inbox = try DatagramInbox(path)
            unsetenv("WATCHDOG_PID")
            setenv("NOTIFY_SOCKET", path, 1)
            setenv("WATCHDOG_USEC", "10000000", 1)
            // As a shell inherits it: another process's.
            setenv("SYSTEMD_EXEC_PID", "\(getppid())", 1)
            let stranger = ServiceManager()
            #expect(!stranger.isListening && !stranger.ready(status: "x"))
            #expect(stranger.watchdogMicroseconds == nil)
            setenv("SYSTEMD_EXEC_PID", "\(getpid())", 1)
            let manager = ServiceManager()
            #expect(manager.watchdogMicroseconds == 10_000_000)
            #expect(manager.ready(status: "serving\nSTOPPING=1"))
            #expect(manager.watchdog() && manager.reloading() && manager.stopping(status: "bye"))
            #expect(try inbox.text() == "READY=1\nSTATUS=serving\\nSTOPPING=1")
            #expect(try inbox.text() == "WATCHDOG=1")
            #expect(try inbox.text().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
            #expect(try inbox.text() == "STOPPING=1\nSTATUS=bye")
        }
    }

    /// What an environment says of a process with the number 77.
    private struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var pid: Int64 = 77
        let environment: [String: String]
        let isStarter: Bool
        let isListening: Bool
    }

    private static let inherited = ["NOTIFY_SOCKET": "/run/systemd/notify", "INVOCATION_ID": "9f"]

    private static let cases = [
        Case(
            testDescription: "a service",
            environment: inherited.merging(["SYSTEMD_EXEC_PID": "77"]) { $1 },
            isStarter: true, isListening: true),
        Case(
            testDescription: "in a shell of a service",
            environment: inherited.merging(["SYSTEMD_EXEC_PID": "76"]) { $1 },
            isStarter: false, isListening: false),
        Case(
            testDescription: "in a shell of a service with a watchdog",
            environment: inherited.merging(["SYSTEMD_EXEC_PID": "76", "WATCHDOG_PID": "77"]) { $1 },
            isStarter: false, isListening: false),
        Case(
            testDescription: "a service that is not asked to notify",
            environment: ["SYSTEMD_EXEC_PID": "77"], isStarter: true, isListening: false),
        Case(
            testDescription: "no number",
            environment: inherited.merging(["SYSTEMD_EXEC_PID": "77x"]) { $1 },
            isStarter: false, isListening: false),
        Case(
            testDescription: "a service of a systemd before 248",
            environment: inherited.merging(["WATCHDOG_PID": "77"]) { $1 },
            isStarter: true, isListening: true),
        Case(
            testDescription: "a shell under a systemd before 248, or another manager",
            environment: inherited.merging(["WATCHDOG_PID": "76"]) { $1 },
            isStarter: false, isListening: true),
        Case(
            testDescription: "the first process of a container whose manager listens outside",
            pid: 1, environment: inherited.merging(["SYSTEMD_EXEC_PID": "76"]) { $1 },
            isStarter: true, isListening: true),
        Case(
            testDescription: "the first process of a container that nobody watches", pid: 1,
            environment: [:], isStarter: false, isListening: false),
        Case(
            testDescription: "by hand", environment: [:], isStarter: false, isListening: false),
    ]

    @Test(arguments: cases) private func onlyWhatNamesTheProcessCounts(_ test: Case) {
        let manager = ServiceManager(ownPID: test.pid) { test.environment[$0] }
        #expect(manager.isStarter == test.isStarter)
        #expect(manager.isListening == test.isListening)
    }
}
