// Sockets to clients, when the kernel says no.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

@Suite struct StreamFaultTests {
    /// 1. What each errno of recv(2) and send(2) comes to.
    @Test(arguments: [
        (EAGAIN, Transfer.wouldBlock), (EPIPE, .closed), (ECONNRESET, .closed),
        (EIO, .failed(Errno(EIO, ""))), (ENOBUFS, .failed(Errno(ENOBUFS, ""))),
        (ENOMEM, .failed(Errno(ENOMEM, ""))), (EBADF, .failed(Errno(EBADF, ""))),
    ])
    func whatTheKernelMayAnswer(_ code: Int32, _ wanted: Transfer) throws {
        func named(_ call: String) -> Transfer {
            if case .failed = wanted { return .failed(Errno(code, call)) }
            return wanted
        }
        let pair = try UnixStream.pair()
        var buffer = [UInt8](repeating: 0, count: 8)
        FaultInjection(.init(.error(code), times: 2)).run {
            #expect(pair.first.send(bytes("x").span.bytes) == named("send"))
            #expect(pair.second.receive(into: &buffer) == named("recv"))
        }
        // Neither was made, and the connection is as it was.
        #expect(pair.second.receive(into: &buffer) == .wouldBlock)
        #expect(pair.first.send(bytes("x").span.bytes) == .bytes(1))
        #expect(pair.second.receive(into: &buffer) == .bytes(1))
    }

    /// 2. A part is reported as a part, and an interrupted call is repeated.
    @Test func partsAndSignals() throws {
        let pair = try UnixStream.pair()
        var buffer = [UInt8](repeating: 0, count: 8)
        FaultInjection(
            .init(.error(EINTR), of: "send"), .init(.atMost(3), of: "send", at: 2),
            .init(.error(EINTR), of: "recv"), .init(.atMost(2), of: "recv", at: 2)
        ).run {
            #expect(pair.first.send(bytes("hello").span.bytes) == .bytes(3))
            #expect(pair.second.receive(into: &buffer) == .bytes(2))
            #expect(pair.second.receive(into: &buffer, at: 2) == .bytes(1))
        }
        #expect(buffer[..<3] == bytes("hel")[...])
    }

    /// 3. A listener that accepts nothing in time is distinguished from one that does not exist.
    @Test func connecting() throws {
        let scratch = try ScratchDirectory()
        let path = try SocketPath(scratch.path + "/s")
        let listener = try bind(path.text)
        func connect(_ code: Int32) -> SocketFault? {
            FaultInjection(.init(.error(code), of: "connect")).run {
                fault { () throws(SocketFault) in
                    _ = try UnixStream(connectingTo: path, timeoutMilliseconds: 1_000)
                }
            }
        }
        #expect(connect(EAGAIN) == .timedOut)
        #expect(connect(ECONNREFUSED) == .failed(Errno(ECONNREFUSED, "connect")))
        #expect(connect(EINTR) == nil)
        _ = listener.descriptor.number
    }
}

@Suite(.timeLimit(.minutes(1))) struct ListenerFaultTests {
    private enum Came: Equatable {
        case connection, wouldBlock
        case obstructed(Errno)
        case failed(Errno)
    }

    private func accept(_ listener: borrowing Listener, _ code: Int32) -> Came {
        FaultInjection(.init(.error(code), of: "accept4")).run {
            switch listener.accept() {
            case .connection: .connection
            case .wouldBlock: .wouldBlock
            case .obstructed(let error): .obstructed(error)
            case .failed(let error): .failed(error)
            }
        }
    }

    private func connect(_ path: String) throws -> UnixStream {
        try UnixStream(
            connectingTo: try SocketPath(path), timeoutMilliseconds: Int64(patienceMilliseconds))
    }

    /// 1. What keeps a newcomer out for now: it waits, and is served when there is room.
    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EACCES, EIO, ENOSYS])
    func anObstructedNewcomerWaits(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let listener = try bind(scratch.path + "/s")
        let client = try connect(listener.path)
        #expect(accept(listener, code) == .obstructed(Errno(code, "accept4")))
        _ = try OpsLinuxTests.accept(listener)
        _ = client.descriptor.number
    }

    /// 2. One who left, a signal: the next newcomer is served in the same call.
    @Test(arguments: [ECONNABORTED, EPROTO, EINTR])
    func theNextNewcomerIsServed(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let listener = try bind(scratch.path + "/s")
        let client = try connect(listener.path)
        #expect(accept(listener, code) == .connection)
        #expect(accept(listener, code) == .wouldBlock)
        _ = client.descriptor.number
    }

    /// 3. A descriptor that is no longer a listener.
    @Test(arguments: [EBADF, ENOTSOCK, EINVAL, EOPNOTSUPP, EFAULT])
    func aListenerThatIsNoneFails(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let listener = try bind(scratch.path + "/s")
        #expect(accept(listener, code) == .failed(Errno(code, "accept4")))
        #expect(accept(listener, EAGAIN) == .wouldBlock)
    }

    /// 4. A connection without credentials is dropped; the one after it is served.
    @Test(
        arguments: ["getsockopt(SO_PEERCRED)", "getsockopt(SO_PEERGROUPS)"], [ENOMEM, ERANGE, EIO])
    func aNewcomerWithoutANameIsDropped(_ call: String, _ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let listener = try bind(scratch.path + "/s")
        let first = try connect(listener.path)
        let second = try connect(listener.path)
        let injection = FaultInjection(.init(.error(code), of: call))
        let served = try injection.run { () throws in try OpsLinuxTests.accept(listener) }
        #expect(injection.calls.filter { $0 == "accept4" }.count == 2)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(first.receive(into: &buffer) == .closed)
        #expect(second.receive(into: &buffer) == .wouldBlock)
        #expect(served.send(bytes("x").span.bytes) == .bytes(1))
        #expect(second.receive(into: &buffer) == .bytes(1))
    }

    /// 5. Whether somebody listens on a path is asked before it is taken.  An answer that is none
    ///    is an error, and the file stays.
    @Test func whoListensThere() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/s"
        do { _ = try bind(path) }
        func bindAgain(_ call: String, _ code: Int32) -> SocketFault? {
            FaultInjection(.init(.error(code), of: call)).run {
                fault { () throws(SocketFault) in _ = try bind(path, stale: .replace) }
            }
        }
        for code in [EAGAIN, EPROTOTYPE] {  // a full backlog; a socket for datagrams
            #expect(bindAgain("connect", code) == .inUse(path: path, answering: true))
        }
        for code in [EACCES, EPERM, ENOMEM, EIO] {
            #expect(bindAgain("connect", code) == .failed(Errno(code, "connect")))
        }
        for code in [EMFILE, ENFILE, ENOBUFS] {
            #expect(bindAgain("socket", code) == .failed(Errno(code, "socket")))
        }
        #expect(try FileStatus.of(path: path).kind == .socket)
        #expect(bindAgain("connect", EINTR) == nil)
    }

    /// 6. A datagram socket belongs to another process.
    @Test func aSocketOfDatagramsIsSomebodys() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/s")
        let taken = fault { () throws(SocketFault) in _ = try bind(inbox.path, stale: .replace) }
        #expect(taken == .inUse(path: inbox.path, answering: true))
    }
}
