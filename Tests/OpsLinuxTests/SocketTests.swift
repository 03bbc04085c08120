@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

func accept(_ listener: borrowing Listener) throws -> UnixStream {
    try #require(
        try listener.descriptor.wait(for: .read, timeoutMilliseconds: patienceMilliseconds))
    switch listener.accept() {
    case .connection(let stream, let peer):
        #expect(peer.pid == getpid())
        #expect(peer.userID == getuid())
        #expect(peer.groupID == getgid())
        #expect(peer.isMember(ofGroup: getgid()))
        return stream
    case .wouldBlock: throw Errno(EAGAIN, "accept4")
    case .obstructed(let error): throw error
    case .failed(let error): throw error
    }
}

func fault(_ body: () throws(SocketFault) -> Void) -> SocketFault? {
    do throws(SocketFault) {
        try body()
        return nil
    } catch {
        return error
    }
}

func bind(_ path: String, stale: StaleSocket = .refuse) throws(SocketFault) -> Listener {
    try Listener(binding: try SocketPath(path), mode: 0o660, group: nil, stale: stale)
}

@Suite struct SocketPathTests {
    @Test func holdsTheLongestPathThatFits() throws {
        let longest = "/" + String(repeating: "x", count: 106)
        #expect(try SocketPath(longest).text == longest)
        #expect(
            fault { () throws(SocketFault) in _ = try SocketPath(longest + "y") }
                == .pathTooLong(bytes: 108, limitBytes: 107))
        #expect(fault { () throws(SocketFault) in _ = try SocketPath("") } == .emptyPath)
        #expect(fault { () throws(SocketFault) in _ = try SocketPath("/a\0b") } == .pathHasNul)
        // Bytes count, not characters.
        let wide = "/" + String(repeating: "é", count: 54)
        #expect(
            fault { () throws(SocketFault) in _ = try SocketPath(wide) }
                == .pathTooLong(bytes: 109, limitBytes: 107))
    }
}

@Suite struct ListenerTests {
    @Test func servesAClientAndSaysWhoItIs() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/s"
        let listener = try bind(path)
        #expect(listener.path == path)
        #expect(try FileStatus.of(path: path).kind == .socket)
        #expect(try FileStatus.of(path: path).mode == 0o660)
        if case .wouldBlock = listener.accept() {} else { Issue.record("no connection waits") }

        let client = try UnixStream(connectingTo: try SocketPath(path), timeoutMilliseconds: 1000)
        let server = try accept(listener)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(server.receive(into: &buffer) == .wouldBlock)
        #expect(client.receive(into: &buffer) == .wouldBlock)  // blocking socket, and yet
        #expect(client.send(bytes("ping\n").span.bytes) == .bytes(5))
        #expect(server.receive(into: &buffer, at: 2) == .bytes(5))
        #expect(buffer == [0, 0] + bytes("ping\n") + [0])
        #expect(server.send(bytes("").span.bytes) == .bytes(0))
        #expect(shutdown(client.descriptor.number, Int32(SHUT_WR)) == 0)
        #expect(server.receive(into: &buffer) == .closed)
        #expect(server.send(bytes("still\n").span.bytes) == .bytes(6))
        #expect(client.receive(into: &buffer) == .bytes(6))
        #expect(server.receive(into: &buffer, at: 8) == .failed(Errno(EINVAL, "recv")))
    }

    @Test func sendingToOneWhoLeftIsClosedNotASignal() throws {
        let gone: UnixStream
        do {
            let pair = try UnixStream.pair()
            gone = UnixStream(try pair.first.descriptor.duplicate())
        }
        #expect(gone.send(bytes("x").span.bytes) == .closed)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(gone.receive(into: &buffer) == .closed)
    }

    @Test func aFullSocketWouldBlock() throws {
        let pair = try UnixStream.pair()
        let chunk = [UInt8](repeating: 7, count: 65_536)
        var sent = 0
        while case .bytes(let count) = pair.first.send(chunk.span.bytes) { sent += count }
        #expect(pair.first.send(chunk.span.bytes) == .wouldBlock)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case .bytes(let count) = pair.second.receive(into: &buffer) { sent -= count }
        #expect(sent == 0)
    }

    @Test func takesAPathOnlyFromTheDeadAndOnlyWhenTold() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/s"
        do {
            let first = try bind(path)
            let live = fault { () throws(SocketFault) in _ = try bind(path, stale: .replace) }
            #expect(live == .inUse(path: path, answering: true))
            _ = first.descriptor.number
        }
        // Its owner is gone, and the file is left.
        #expect(try FileStatus.of(path: path).kind == .socket)
        let left = fault { () throws(SocketFault) in _ = try bind(path) }
        #expect(left == .inUse(path: path, answering: false))
        let second = try bind(path, stale: .replace)
        second.remove()
        #expect(code { () throws(Errno) in try FileStatus.of(path: path) } == ENOENT)
    }

    @Test func leavesWhatIsNoSocketAlone() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        _ = try directory.open("file", [.write, .create])
        #expect(symlink("/run/nothing", scratch.path + "/link") == 0)
        for name in ["file", "link"] {
            let path = scratch.path + "/" + name
            let refused = fault { () throws(SocketFault) in _ = try bind(path, stale: .replace) }
            #expect(refused == .notASocket(path: path))
        }
        #expect(try directory.names().count == 2)
    }

    @Test func removeLeavesASuccessorsSocket() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/s"
        let first = try bind(path)
        #expect(unlink(path) == 0)
        let second = try bind(path)
        first.remove()
        #expect(try FileStatus.of(path: path).kind == .socket)
        second.remove()
    }

    @Test func connectingSaysWhenNobodyListensAndWhenNoneAccepts() throws {
        let scratch = try ScratchDirectory()
        let path = try SocketPath(scratch.path + "/s")
        func connect() throws(SocketFault) -> UnixStream {
            try UnixStream(connectingTo: path, timeoutMilliseconds: 20)
        }
        #expect(
            fault { () throws(SocketFault) in _ = try connect() }
                == .failed(Errno(ENOENT, "connect")))
        let listener = try Listener(
            binding: path, mode: 0o600, group: getgid(), backlog: 0, stale: .refuse)
        let first = try connect()  // fills the backlog
        #expect(fault { () throws(SocketFault) in _ = try connect() } == .timedOut)
        _ = (first.descriptor.number, listener.descriptor.number)
    }

    @Test func runningOutOfDescriptorsIsToldApart() async {
        await #expect(processExitsWith: .success) {
            let scratch = try ScratchDirectory()
            let path = try SocketPath(scratch.path + "/s")
            let listener = try bind(path.text)
            let client = try UnixStream(connectingTo: path, timeoutMilliseconds: 1000)
            // Numbers from the listener's on are refused; those below are taken.
            var fillers: [Int32] = []
            while let last = fillers.last ?? Optional(0), last < 64 { fillers.append(dup(0)) }
            var limit = rlimit(rlim_cur: 64, rlim_max: 1024)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            if case .obstructed(let error) = listener.accept() {
                #expect(error.code == EMFILE)
            } else {
                Issue.record("a descriptor was found")
            }
            // The newcomer still waits, and the limit can be raised.
            #expect(try OwnProcess.raiseDescriptorLimit(atMost: 512) == 512)
            _ = try accept(listener)
            _ = client.descriptor.number
        }
    }
}
