// The operations on which following log files rests.

import OpsTestKit
import Testing

@testable import OpsLinux

extension Operation {
    static let watching: [Operation] = [
        Operation(
            name: "watch a directory",
            calls: [
                "inotify_init1", "inotify_add_watch", "openat", "openat", "write", "read", "read",
                "inotify_rm_watch?",
            ],
            run: { path, _ in
                var watch = try DirectoryWatch()
                let number = try watch.add(path: path, [.names, .content])
                try write("text", to: "a", in: path)
                var kinds: [DirectoryWatch.Event.Kind] = []
                while let event = try watch.read() { kinds.append(event.kind) }
                if kinds != [.name, .content] { throw Wrong() }
                watch.remove(number)
            }),
        Operation(
            name: "ask what a path is",
            calls: ["stat", "statfs", "openat", "lseek", "pread"],
            prepare: { path in
                try write("text", to: "a", in: path)
                return nil
            },
            run: { path, _ in
                let status = try FileStatus.following(path: path + "/a")
                if status.linkCount != 1 || status.sizeBytes != 4 { throw Wrong() }
                if try FileSystemType.of(path: path) != .local { throw Wrong() }
                let file = try Descriptor.reading(path: path + "/a")
                if try file.data(from: 0) != 0 { throw Wrong() }
                var buffer = [UInt8](repeating: 0, count: 9)
                if try file.read(into: &buffer, at: 0, from: 1, limit: 2) != 2 { throw Wrong() }
            }),
        Operation(
            name: "read a link", calls: ["readlink"],
            prepare: { path in
                try makeLink("elsewhere", at: path + "/l")
                return nil
            },
            run: { path, _ in
                if try SymbolicLink.target(of: path + "/l") != "elsewhere" { throw Wrong() }
            }),
    ]
}
