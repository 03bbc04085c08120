// Runs the opsctl of this build as a person does: words in; exit status, standard output and
// standard error out.

import Foundation
import Glibc
import OpsTestKit
import Testing

/// The outcome of a run.
struct Opsctl: Equatable {
    var status: Int32
    /// Standard output.
    var output: String
    /// Standard error.
    var complaints: String

    /// How long a run may take before it is killed.
    private static let patienceMilliseconds: Int64 = 60_000

    /// Runs opsctl with these words against a daemon, which serves meanwhile.
    static func run(
        _ words: [String], _ daemon: FakeDaemon, input: String = ""
    ) throws -> Opsctl {
        try daemon.serving { try run(words, socket: daemon.socket, input: daemon.input(input)) }
    }

    /// Runs opsctl with no more memory than this for its data: it ends with a signal where it wants
    /// more.  Source: getrlimit(2), RLIMIT_DATA.
    static func run(
        _ words: [String], _ daemon: FakeDaemon, dataKibibytes: Int
    ) throws -> Opsctl {
        let program = try #require(programOfThisBuild())
        let shell = ["-c", "ulimit -d \(dataKibibytes) && exec \"$0\" \"$@\"", program]
        return try daemon.serving {
            try run(shell + words, socket: daemon.socket, program: "/bin/sh")
        }
    }

    /// Runs opsctl at a terminal: it reads from it, and writes its complaints to it.
    static func run(
        _ words: [String], _ daemon: FakeDaemon, at terminal: Terminal
    ) throws -> Opsctl {
        var run = try daemon.serving {
            try Self.run(
                words, socket: daemon.socket, input: terminal.path, terminal: terminal.path)
        }
        run.complaints = terminal.text()
        return run
    }

    /// Runs opsctl with its output on a terminal, which is read while it runs.
    static func run(
        _ words: [String], _ daemon: FakeDaemon, onScreen terminal: Terminal,
        environment: [String: String]
    ) throws -> Opsctl {
        let shell = [
            "-c", #"exec "$0" "$@" >"$SCREEN" 2>"$COMPLAINTS""#, try #require(programOfThisBuild()),
        ]
        var variables = environment
        variables["SCREEN"] = terminal.path
        variables["COMPLAINTS"] = daemon.directory.path(of: "complaints")
        let reader = terminal.reading()
        var run = try daemon.serving {
            try Self.run(
                shell + words, socket: daemon.socket, program: "/bin/sh", environment: variables)
        }
        run.output = reader.end()
        run.complaints = try daemon.read("complaints")
        return run
    }

    /// Runs opsctl with these words and a file on standard input.
    static func run(
        _ words: [String], socket: String, input: String = "/dev/null", terminal: String? = nil,
        program other: String? = nil, environment: [String: String] = [:]
    ) throws -> Opsctl {
        let program = try #require(
            other ?? programOfThisBuild(), "there is no opsctl beside the tests: swift build")
        let output = try Channel()
        let complaints = try Channel()
        let pid = try spawn(
            program, words, socket: socket, input: input, output.write,
            terminal.map { .path($0) } ?? .descriptor(complaints.write), environment)
        output.closeWrite()
        complaints.closeWrite()
        var texts: [[UInt8]] = [[], []]
        let isWhole = drain([output.read, complaints.read], &texts)
        if !isWhole { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        try #require(isWhole, "opsctl had not ended after a minute, and was killed")
        // WIFEXITED and WEXITSTATUS, which are macros: the low seven bits are the signal.
        try #require(status & 0x7f == 0, "opsctl was ended by signal \(status & 0x7f)")
        return Opsctl(
            status: status >> 8 & 0xff, output: String(decoding: texts[0], as: UTF8.self),
            complaints: String(decoding: texts[1], as: UTF8.self))
    }

    /// The program that was built together with these tests.
    private static func programOfThisBuild() -> String? {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = own.deletingLastPathComponent().appending(path: "opsctl")
            .path(percentEncoded: false)
        return access(path, X_OK) == 0 ? path : nil
    }

    /// A pipe, but close-on-exec from its first moment, so that no other child inherits an end.
    private final class Channel {
        let read: Int32
        let write: Int32
        private var isOpen = true

        init() throws {
            var ends: [Int32] = [0, 0]
            let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
            try #require(socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0)
            (read, write) = (ends[0], ends[1])
        }

        func closeWrite() {
            if isOpen { close(write) }
            isOpen = false
        }

        deinit {
            closeWrite()
            close(read)
        }
    }

    /// Where standard error goes.
    private enum Complaints {
        case descriptor(Int32)
        case path(String)
    }

    private static func spawn(
        _ program: String, _ words: [String], socket: String, input: String, _ output: Int32,
        _ complaints: Complaints, _ more: [String: String]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY | O_NOCTTY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        switch complaints {
        case .descriptor(let number): posix_spawn_file_actions_adddup2(&actions, number, 2)
        case .path(let path):
            posix_spawn_file_actions_addopen(&actions, 2, path, O_WRONLY | O_NOCTTY, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child inherits neither blocked nor ignored signals of this thread.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var environment = ProcessInfo.processInfo.environment
        environment["OPSD_SOCKET"] = socket
        environment.merge(more) { $1 }
        var arguments = ([program] + words).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(
            &pid, program, &actions, &attributes, &arguments, &variables)
        try #require(failure == 0, "\(program): error \(failure)")
        return pid
    }

    /// Reads all to their ends; false where that took too long.
    private static func drain(_ descriptors: [Int32], _ texts: inout [[UInt8]]) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(patienceMilliseconds)
        var waiting = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while waiting.contains(where: { $0.fd >= 0 }) {
            let left = end - clock.now
            if left <= .zero { return false }
            _ = poll(&waiting, nfds_t(waiting.count), Int32(left.components.seconds * 1_000 + 1))
            for place in waiting.indices where waiting[place].revents != 0 {
                let count = read(waiting[place].fd, &buffer, buffer.count)
                if count > 0 {
                    texts[place] += buffer[..<count]
                } else if count == 0 || errno != EINTR {
                    // poll(2) ignores negative descriptors.
                    waiting[place].fd = -1
                }
                waiting[place].revents = 0
            }
        }
        return true
    }
}

extension FakeDaemon {
    /// A file with this on it, for standard input.
    fileprivate func input(_ text: String) throws -> String {
        text.isEmpty ? "/dev/null" : try write(text, to: "stdin")
    }
}
