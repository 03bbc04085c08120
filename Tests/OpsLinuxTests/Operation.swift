// The operations of the room as a table: the system calls of each, and what must hold whichever
// fails.

@preconcurrency import Glibc
import Testing

@testable import OpsLinux

/// The outcome of an operation in which a call was made to fail.
struct Outcome {
    let hasFailed: Bool
    /// The operation need not report the failure of that call.
    let isQuiet: Bool
    /// All calls failed from some call on.
    let isLasting: Bool
}

/// One operation on a directory of its own.
struct Operation: Sendable, CustomTestStringConvertible {
    let name: String
    /// The calls, in order.  With "?": its failure need not be reported.
    let calls: [String]
    /// Makes what must exist before; the result is kept until `holds` has run.
    var prepare: @Sendable (_ path: String) throws -> AnyObject? = { _ in nil }
    let run: @Sendable (_ path: String, _ held: AnyObject?) throws -> Void
    /// What is wrong afterwards.
    var holds: @Sendable (_ path: String, Outcome) throws -> [String] = { _, _ in [] }
    /// Nothing else runs in the process, and its descriptors may be counted.
    var isAlone = false

    var testDescription: String { name }
}

/// The numbers of the open descriptors of this process.
func openDescriptors() throws(Errno) -> [String] {
    // The directory itself is among them, both times.
    try Directory(path: "/proc/self/fd").names().sorted()
}

func write(_ text: String, to name: String, in path: String) throws {
    let file = try Directory(path: path).open(name, [.write, .create, .truncate])
    try file.writeAll(bytes(text).span.bytes)
}

/// The content of a file; nil if it does not exist.
func content(of name: String, in path: String) throws -> String? {
    do throws(Errno) {
        return String(decoding: try FileReader.bytes(path: path + "/" + name), as: UTF8.self)
    } catch {
        guard error.code == ENOENT else { throw error }
        return nil
    }
}

func names(in path: String) throws -> [String] { try Directory(path: path).names().sorted() }

extension Operation {
    struct Wrong: Error {}

    static let all =
        files + directories + watching + sockets + netfilter + routes + events + host

    // MARK: Files

    private static func replace(_ path: String, _ text: String, keeping: String?) throws {
        let directory = try Directory(path: path)
        var file = try AtomicFile(replacing: "a", in: directory)
        try file.write(bytes(text).span.bytes)
        try file.commit(keeping: keeping)
    }

    /// The old file or the new one; an incomplete one has the suffix and is removed by the next.
    private static func isOldOrNew(_ path: String, _ outcome: Outcome) throws -> [String] {
        var wrong: [String] = []
        let found = try content(of: "a", in: path)
        if found != "new", found != "old" || !outcome.hasFailed {
            wrong.append("a is \(found ?? "-")")
        }
        let previous = try content(of: "b", in: path)
        if previous != "old", previous != "older" || !outcome.hasFailed {
            wrong.append("b is \(previous ?? "-")")
        }
        let others = try names(in: path).filter { $0 != "a" && $0 != "b" }
        if outcome.isLasting {
            wrong += others.filter { !$0.hasSuffix(AtomicFile.suffix) }
        } else {
            wrong += others.map { "left behind: \($0)" }
        }
        try replace(path, "next", keeping: "b")
        if try names(in: path) != ["a", "b"] { wrong.append("the next one leaves something") }
        if try content(of: "a", in: path) != "next" { wrong.append("the next one does not come") }
        if try content(of: "b", in: path) != found { wrong.append("the wrong one is kept") }
        return wrong
    }

    static let files = replacing + appending + reading

    private static let replacing: [Operation] = [
        Operation(
            name: "replace a file and keep the old one",
            calls: [
                "openat", "unlinkat", "fcntl", "openat", "write", "fsync", "unlinkat", "linkat",
                "renameat", "unlinkat", "renameat", "fsync",
            ],
            prepare: { path in
                try write("old", to: "a", in: path)
                try write("older", to: "b", in: path)
                return nil
            },
            run: { path, _ in try replace(path, "new", keeping: "b") }, holds: isOldOrNew),
        Operation(
            name: "make a file that was not there",
            calls: [
                "openat", "unlinkat", "fcntl", "openat", "write", "fsync", "renameat", "fsync",
            ],
            run: { path, _ in try replace(path, "new", keeping: nil) },
            holds: { path, outcome in
                let found = try content(of: "a", in: path)
                if found == "new" { return try names(in: path).filter { $0 != "a" } }
                if found == nil, outcome.hasFailed, outcome.isLasting { return [] }
                return outcome.hasFailed ? try names(in: path) : ["a is \(found ?? "-")"]
            }),
        Operation(
            name: "give a file up",
            calls: ["openat", "unlinkat", "fcntl", "openat", "write", "unlinkat?"],
            prepare: { path in
                try write("old", to: "a", in: path)
                return nil
            },
            run: { path, _ in
                let directory = try Directory(path: path)
                var file = try AtomicFile(replacing: "a", in: directory)
                try file.write(bytes("half").span.bytes)
            },
            holds: { path, outcome in
                let mayStay = outcome.isQuiet || outcome.isLasting
                let found = try names(in: path).filter { !mayStay || $0 != "a.new" }
                let isOld = try content(of: "a", in: path) == "old"
                return isOld && found == ["a"] ? [] : found
            }),
    ]

    private static let appending: [Operation] = [
        Operation(
            name: "append",
            calls: [
                "openat", "openat", "pwrite", "fallocate", "pwrite", "fdatasync", "ftruncate",
            ],
            run: { path, _ in
                let directory = try Directory(path: path)
                var file = try AppendFile(creating: "log", in: directory)
                try file.append(bytes("one ").span.bytes)
                try file.reserve(100)
                try file.append(bytes("two ").span.bytes)
                try file.sync()
                try file.trim()
            },
            holds: { path, outcome in
                guard let found = try content(of: "log", in: path) else {
                    return outcome.hasFailed ? [] : ["there is no log"]
                }
                // Whole batches, and zeros where room was reserved.
                let text = found.prefix { $0 != "\0" }
                let rest = found.dropFirst(text.count)
                let isWhole = ["", "one ", "one two "].contains(String(text))
                if !outcome.hasFailed { return found == "one two " ? [] : ["log: \(found)"] }
                return isWhole && rest.allSatisfy { $0 == "\0" } ? [] : ["log: \(found)"]
            }),
        Operation(
            name: "append to what is there",
            calls: ["openat", "openat", "fstat", "ftruncate", "pwrite"],
            prepare: { path in
                try write("good bad", to: "log", in: path)
                return nil
            },
            run: { path, _ in
                let directory = try Directory(path: path)
                var file = try AppendFile(opening: "log", in: directory, goodBytes: 5)
                try file.append(bytes("more").span.bytes)
            },
            holds: { path, outcome in
                let found = try content(of: "log", in: path) ?? "-"
                if !outcome.hasFailed { return found == "good more" ? [] : [found] }
                return ["good bad", "good "].contains(found) ? [] : [found]
            }),
    ]

    private static let reading: [Operation] = [
        Operation(
            name: "read a file again", calls: ["openat", "pread", "pread", "pread", "pread"],
            prepare: { path in
                try write("text", to: "a", in: path)
                return nil
            },
            run: { path, _ in
                var reader = try FileReader(path: path + "/a")
                for _ in 0..<2 where try reader.bytes() != bytes("text") { throw Wrong() }
            }),
        Operation(
            name: "read a file", calls: ["openat", "pread", "pread"],
            prepare: { path in
                try write("text", to: "a", in: path)
                return nil
            },
            run: { path, _ in
                if try FileReader.bytes(path: path + "/a") != bytes("text") { throw Wrong() }
            }),
        Operation(
            name: "lock",
            calls: ["openat", "openat", "fstat", "flock", "pwrite?", "ftruncate?"],
            run: { path, _ in
                let directory = try Directory(path: path)
                _ = try LockFile("lock", in: directory)
            },
            holds: { path, outcome in
                let found = try content(of: "lock", in: path) ?? ""
                // The next one gets it, whatever became of this.
                let directory = try Directory(path: path)
                _ = try LockFile("lock", in: directory)
                let wanted =
                    outcome.hasFailed || outcome.isQuiet
                    ? ["", "\(getpid())\n"] : ["\(getpid())\n"]
                return wanted.contains(found) ? [] : ["lock: \(found)"]
            }),
    ]
}
