// Other programs: pipes to them, their start and their end.

@preconcurrency import Glibc

extension Syscalls {
    /// The two ends of a new pipe, closed in programs that are started; for a program without other
    /// threads.  Source: pipe(2).
    static func pipe() throws(Errno) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        try retrying("pipe") { Glibc.pipe(&ends) }
        for end in ends { try retrying("fcntl") { fcntl(end, F_SETFD, FD_CLOEXEC) } }
        return (ends[0], ends[1])
    }

    /// Starts `/bin/sh -c command` with `input` as its standard input, and the signals that this
    /// process ignores in their default state; returns its process id.  Source: posix_spawn(3).
    static func spawnShell(_ command: String, input: Int32) throws(Errno) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGQUIT, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup("/bin/sh"), strdup("-c"), strdup(command), nil,
        ]
        defer { for text in arguments { free(text) } }
        var pid: pid_t = 0
        let code = makeAnsweringErrno("posix_spawn") {
            posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, environ)
        }
        if code != 0 { throw Errno(code, "posix_spawn") }
        return pid
    }

    /// Waits until a program that was started has ended.  Source: waitpid(2).
    static func waitForEnd(of pid: Int32) throws(Errno) {
        try retrying("waitpid") { waitpid(pid, nil, 0) }
    }
}
