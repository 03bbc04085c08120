// The operations on directories, sockets, and what wakes a loop.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

/// A listener, and a client that waits to be accepted.
private final class Call: Sendable {
    let listener: Listener
    let client: UnixStream

    init(_ path: String) throws {
        listener = try bind(path)
        client = try UnixStream(
            connectingTo: try SocketPath(path), timeoutMilliseconds: Int64(patienceMilliseconds))
    }
}

/// A listener that lives as long as it is held.
private final class Held: Sendable {
    let listener: Listener
    init(_ listener: consuming Listener) { self.listener = listener }
}

extension Operation {
    static let directories: [Operation] = [
        Operation(
            name: "ensure a directory", calls: ["mkdirat", "openat", "mkdirat", "openat"],
            run: { path, _ in
                let outer = try Directory.ensure(path: path + "/d", mode: 0o700)
                _ = try outer.ensure("e", mode: 0o700)
            }),
        Operation(
            name: "change names",
            calls: [
                "openat", "fstatat", "linkat", "renameat", "unlinkat", "fsync", "openat", "fsync",
            ],
            prepare: { path in
                try write("text", to: "a", in: path)
                return nil
            },
            run: { path, _ in
                let directory = try Directory(path: path)
                _ = try directory.status("a")
                try directory.link("a", to: "b")
                try directory.rename("b", to: "c")
                try directory.remove("a")
                try directory.sync()
                try Directory.syncName(ofDirectory: path)
            },
            holds: { path, _ in
                // At each moment the file has one of its names.
                let found = try names(in: path)
                return found.isEmpty ? ["the file is gone"] : []
            }),
        Operation(
            name: "list names", calls: ["openat", "lseek", "getdents64", "getdents64"],
            prepare: { path in
                for name in ["1", "2"] { try write("text", to: name, in: path) }
                return nil
            },
            run: { path, _ in
                if try Directory(path: path).names().sorted() != ["1", "2"] { throw Wrong() }
            }),
        Operation(
            name: "list numbers", calls: ["openat", "lseek", "getdents64", "getdents64"],
            prepare: { path in
                for name in ["1", "2"] { try write("text", to: name, in: path) }
                return nil
            },
            run: { path, _ in
                var entries = try NumberedEntries(path: path)
                var numbers: [Int32] = []
                if try !entries.list(into: &numbers, limit: 9) || numbers.sorted() != [1, 2] {
                    throw Wrong()
                }
            }),
        Operation(
            name: "use a descriptor",
            calls: [
                "openat", "openat", "write", "fallocate", "fstat", "fcntl", "read", "poll",
                "sync_file_range", "fsync", "fdatasync",
            ],
            run: { path, _ in
                let directory = try Directory(path: path)
                let file = try directory.open("a", [.read, .write, .create])
                try file.writeAll(bytes("text").span.bytes)
                try file.allocate(from: 0, count: 100)
                if try file.status().sizeBytes != 100 { throw Wrong() }
                let twin = try file.duplicate()
                var buffer = [UInt8](repeating: 0, count: 9)
                if try twin.read(into: &buffer) != 9 { throw Wrong() }
                if try !twin.wait(for: .read, timeoutMilliseconds: 0) { throw Wrong() }
                try twin.writeBack(from: 0, count: 4, waiting: true)
                try twin.sync()
                try twin.syncData()
            }),
    ]

    /// A socket that failed to come about leaves no file, and what was there stays until it may go.
    private static func leavesNoSocket(_ path: String, _ outcome: Outcome) throws -> [String] {
        try outcome.hasFailed && !outcome.isLasting ? names(in: path) : []
    }

    static let sockets: [Operation] = [
        Operation(
            name: "listen",
            calls: [
                "fstatat", "socket", "bind", "lchown", "chmod", "listen", "fstatat", "fstatat?",
                "unlinkat?",
            ],
            run: { path, _ in
                let listener = try Listener(
                    binding: try SocketPath(path + "/s"), mode: 0o600, group: getgid(),
                    stale: .refuse)
                listener.remove()
            }, holds: leavesNoSocket),
        Operation(
            name: "listen where a dead one did",
            calls: [
                "fstatat", "socket", "connect", "unlinkat", "socket", "bind", "chmod", "listen",
                "fstatat",
            ],
            prepare: { path in
                _ = try bind(path + "/s")
                return nil
            },
            run: { path, _ in _ = try bind(path + "/s", stale: .replace) },
            holds: { path, _ in
                // The next one gets there.
                try bind(path + "/s", stale: .replace).remove()
                return try names(in: path)
            }),
        Operation(
            name: "take a listener over", calls: ["fcntl", "fcntl", "fcntl", "getsockname"],
            prepare: { path in Held(try bind(path + "/s")) },
            run: { _, held in
                guard let held = held as? Held else { throw Wrong() }
                let listener = try Listener(
                    handedOver: try held.listener.descriptor.duplicate())
                if listener.path.isEmpty { throw Wrong() }
            }),
        Operation(
            name: "connect", calls: ["socket", "setsockopt(SO_SNDTIMEO)", "connect"],
            prepare: { path in Held(try bind(path + "/s")) },
            run: { path, _ in
                _ = try UnixStream(
                    connectingTo: try SocketPath(path + "/s"), timeoutMilliseconds: 1_000)
            }),
        Operation(
            name: "accept",
            calls: ["accept4", "getsockopt(SO_PEERCRED)?", "getsockopt(SO_PEERGROUPS)?"],
            prepare: { path in try Call(path + "/s") },
            run: { _, held in
                guard let call = held as? Call else { throw Wrong() }
                switch call.listener.accept() {
                case .connection: break
                case .wouldBlock: break
                case .obstructed(let error): throw error
                case .failed(let error): throw error
                }
            }),
        Operation(
            name: "open the journal", calls: ["socket", "connect?"],
            prepare: { path in Held(try bind(path + "/s")) },
            run: { path, _ in _ = try Journal(path: path + "/s") }),
    ]

    /// Nothing where the kernel has no netfilter.
    static let netfilter: [Operation] =
        (try? NetfilterSocket()) == nil
        ? []
        : [
            Operation(
                name: "a socket to netfilter",
                calls: [
                    "socket(AF_NETLINK)", "bind", "getsockname", "setsockopt(NETLINK_CAP_ACK)",
                    "setsockopt(SO_RCVBUFFORCE)", "setsockopt(SO_ATTACH_FILTER)", "recvfrom",
                ],
                run: { _, _ in
                    var buffer = [UInt8](repeating: 0, count: 64)
                    let socket = try NetfilterSocket()
                    try socket.setReceiveBuffer(bytes: 4_096)
                    try socket.ignore(port: 1)
                    if case .failed(let error) = socket.receive(into: &buffer) { throw error }
                })
        ]

    static let routes: [Operation] = [
        Operation(
            name: "dump a table of routes",
            calls: [
                "socket(AF_NETLINK)", "setsockopt(NETLINK_GET_STRICT_CHK)?",
                "setsockopt(SO_RCVTIMEO)", "sendto", "recvfrom",
            ],
            // One datagram, whatever this host has.
            run: { _, _ in try RouteDump.read(.routesIPv4, limitBytes: 1) { _ in } })
    ]

    static let events: [Operation] = [
        Operation(
            name: "a mailbox", calls: ["eventfd", "poll"],
            run: { _, _ in
                let mailbox = try Mailbox<Int>(capacity: 1)
                _ = try mailbox.wait(timeoutMilliseconds: 0)
            }),
        Operation(
            name: "a worker", calls: ["eventfd", "eventfd"],
            run: { _, _ in
                let answers = try Mailbox<Int>(capacity: 1)
                _ = try Worker<Int, Int>(
                    name: "never started", queueLimitJobs: 1, answers: answers, makeState: { 0 },
                    work: { (_: inout Int, job: Int) in job })
            }),
        Operation(
            name: "poll",
            calls: [
                "epoll_create1", "epoll_ctl(ADD)", "epoll_ctl(MOD)", "epoll_wait",
                "epoll_ctl(DEL)", "epoll_ctl(ADD)",
            ],
            run: { _, _ in
                let pair = try UnixStream.pair()
                var poller = try Poller()
                let token = try poller.register(pair.first.descriptor.number, .read)
                try poller.update(token, .write)
                try poller.wait(timeoutMilliseconds: 0)
                try poller.update(token, .none)
                try poller.update(token, .read)
            }),
        Operation(
            name: "a boot timer",
            calls: ["timerfd_create", "timerfd_settime", "read"],
            run: { _, _ in
                let timer = try BootTimer()
                try timer.arm(atBootNanoseconds: .max)
                if try timer.acknowledge() { throw Wrong() }
            }),
        Operation(
            name: "a wall timer", calls: ["timerfd_create", "timerfd_settime", "read"],
            run: { _, _ in
                let timer = try WallTimer()
                try timer.armForClockStepsOnly()
                if try timer.acknowledge() == .due { throw Wrong() }
            }),
    ]

    static let host: [Operation] = [
        Operation(
            name: "names of users and groups", calls: ["getpwnam_r", "getgrnam_r"],
            run: { _, _ in
                if try Accounts.userID(named: "root") != 0 { throw Wrong() }
                if try Accounts.groupID(named: "root") != 0 { throw Wrong() }
            }),
        Operation(
            name: "this host", calls: ["uname", "getifaddrs", "statvfs", "statx", "getrandom"],
            run: { path, _ in
                _ = try HostIdentity()
                _ = try HostAddresses.interfaces()
                _ = try FileSystemUsage(path: path)
                _ = try MountID.of(path: path)
                _ = try Random.word()
            }),
        Operation(
            name: "this process", calls: ["openat", "pread"],
            run: { _, _ in
                var process = try OwnProcess()
                _ = try process.usage()
            }),
    ]

    /// What changes the process, and is for one of its own.
    static let processWide: [Operation] = [
        Operation(
            name: "signals",
            calls: ["sigaction", "pthread_sigmask", "signalfd", "read(signalfd)"],
            run: { _, _ in
                let source = try SignalSource([.user1])
                if try source.next() != nil { throw Wrong() }
            }),
        Operation(
            name: "the limit of descriptors", calls: ["setrlimit"],
            run: { _, _ in _ = try OwnProcess.raiseDescriptorLimit() }),
    ]
}
