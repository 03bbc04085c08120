// Real journal files in a directory of the test, written by systemd-journal-remote(8), which takes
// every field as it is given, those that journald trusts too.

@preconcurrency import Glibc
import OpsTestKit
import Testing

/// One entry to be written.
struct WrittenEntry {
    /// Milliseconds since 1970.
    var time: Int64
    var fields: [(name: String, value: [UInt8])]

    init(_ time: Int64, _ fields: KeyValuePairs<String, String>) {
        self.time = time
        self.fields = fields.map { ($0.key, Array($0.value.utf8)) }
    }

    /// What sshd on Debian logs.
    static func sshd(_ time: Int64, _ message: String, pid: Int = 44) -> WrittenEntry {
        WrittenEntry(
            time,
            [
                "_HOSTNAME": "web", "SYSLOG_IDENTIFIER": "sshd", "_PID": "\(pid)", "_UID": "0",
                "_COMM": "sshd", "_SYSTEMD_UNIT": "ssh.service", "PRIORITY": "6",
                "MESSAGE": message,
            ])
    }
}

/// A directory with journal files.
final class JournalFixture {
    static let writer = "/lib/systemd/systemd-journal-remote"
    static let isAvailable = access(writer, X_OK) == 0
    static let reason: Comment = "\(writer) is missing: install systemd-journal-remote"

    let scratch: ScratchDirectory
    var directory: String { scratch.path(of: "journal") }

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("journal")
    }

    /// Appends to a file, which is made where it is not there.
    func write(_ entries: [WrittenEntry], to name: String = "a.journal") throws {
        var bytes: [UInt8] = []
        for entry in entries {
            let since = entry.time - 1_700_000_000_000
            bytes += Array("__REALTIME_TIMESTAMP=\(entry.time * 1_000)\n".utf8)
            bytes += Array("__MONOTONIC_TIMESTAMP=\(max(since, 1) * 1_000)\n".utf8)
            bytes += Array("_BOOT_ID=00112233445566778899aabbccddeeff\n".utf8)
            for (name, value) in entry.fields {
                bytes += Array(name.utf8)
                if value.contains(where: { $0 < 32 }) {
                    bytes.append(0x0a)
                    for shift in 0..<8 {
                        bytes.append(UInt8(truncatingIfNeeded: value.count >> (8 * shift)))
                    }
                } else {
                    bytes.append(UInt8(ascii: "="))
                }
                bytes += value + [0x0a]
            }
            bytes.append(0x0a)
        }
        let input = try scratch.write(bytes, to: "export")
        try run([Self.writer, "-o", "\(directory)/\(name)", input])
    }

    func remove(_ name: String) { scratch.remove("journal/\(name)") }

    private func run(_ words: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, words[0], &actions, nil, &arguments, environ) == 0)
        var status: Int32 = 0
        try #require(waitpid(process, &status, 0) == process)
        try #require(status == 0, "\(words) ended with \(status)")
    }
}
