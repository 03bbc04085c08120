// What the kernel tells of directories, and what file systems and links are.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

func makeLink(_ target: String, at path: String) throws {
    guard symlink(target, path) == 0 else { throw Errno(errno, "symlink") }
}

@Suite struct DirectoryWatchTests {
    private typealias Kind = DirectoryWatch.Event.Kind

    private func events(_ watch: inout DirectoryWatch) throws -> [(Kind, String)] {
        var events: [(Kind, String)] = []
        while let event = try watch.read() { events.append((event.kind, event.name)) }
        return events
    }

    @Test func namesAndContentAreTold() throws {
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("d")
        var watch = try DirectoryWatch()
        _ = try watch.add(path: scratch.path(of: "d"), [.names, .content])
        try scratch.write("1", to: "d/a")
        #expect(rename(scratch.path(of: "d/a"), scratch.path(of: "d/b")) == 0)
        #expect(truncate(scratch.path(of: "d/b"), 0) == 0)
        scratch.remove("d")
        let all = try events(&watch)
        #expect(
            all.map(\.0) == [.name, .content, .name, .name, .content, .name, .directory, .ended])
        #expect(all.map(\.1) == ["a", "a", "a", "b", "b", "b", "", ""])
    }

    @Test func namesAloneDoNotTellOfContent() throws {
        let scratch = try ScratchDirectory()
        var watch = try DirectoryWatch()
        let first = try watch.add(path: scratch.path, .names)
        try scratch.write("1", to: "a")
        #expect(try events(&watch).map(\.0) == [.name])
        // The same directory has one watch.
        #expect(try watch.add(path: scratch.path + "/.", [.names, .content]) == first)
        try scratch.write("22", to: "a")
        #expect(try events(&watch).contains { $0.0 == .content })
        watch.remove(first)
        watch.remove(first)
        #expect(try events(&watch).map(\.0) == [.ended])
    }

    @Test func whatCannotBeWatched() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write("1", to: "a")
        let watch = try DirectoryWatch()
        #expect(throws: Errno(ENOTDIR, "inotify_add_watch")) {
            _ = try watch.add(path: file, .names)
        }
        #expect(throws: Errno(ENOENT, "inotify_add_watch")) {
            _ = try watch.add(path: scratch.path(of: "b"), .names)
        }
    }

    @Test func fileSystems() throws {
        #expect(FileSystemType(number: 0x6969) == .remote)
        #expect(FileSystemType(number: 0xff53_4d42) == .remote)
        #expect(FileSystemType(number: 0x6573_5546) == .remote)
        #expect(FileSystemType(number: 0xef53) == .local)
        #expect(throws: Errno(ENOENT, "statfs")) { _ = try FileSystemType.of(path: "/nothing") }
    }

    @Test func aHoleIsPassedOver() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.open().open("a", [.read, .write, .create])
        _ = try file.write(bytes("end").span.bytes, at: 1 << 30)
        let data = try #require(try file.data(from: 5))
        #expect(data <= 1 << 30 && data > 1 << 29)
        #expect(try file.data(from: (1 << 30) + 3) == nil)
    }

    @Test func aFileWithoutANameHasNoLinks() throws {
        let scratch = try ScratchDirectory()
        let file = try Descriptor.reading(path: try scratch.write("1", to: "a"))
        #expect(try file.status().linkCount == 1)
        scratch.remove("a")
        #expect(try file.status().linkCount == 0)
    }
}
