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
            #expect(ServiceManager().isPresent == false)
            #expect(ServiceManager().ready(status: "x") == false)
            setenv("NOTIFY_SOCKET", path, 1)
            setenv("WATCHDOG_USEC", "10000000", 1)
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
}
