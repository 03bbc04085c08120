// The file of positions: whole, damaged, cut, and on a full disk.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("positions are stored") struct PositionStoreTests {
    private static let example = StoredPositions(
        files: [
            StoredPosition(
                path: "/var/log/a log%\n.log", target: "/data/a.log", stream: "a.log-00000001",
                seen: 1_764_357_600, next: 4, ends: [1, 52_311],
                generations: [
                    StoredGeneration(
                        ordinal: 2, lane: 1, identity: FileIdentity(device: 64_768, inode: 1311),
                        offset: 4821, block: Fingerprint(count: 256, hash: .max),
                        head: Fingerprint(count: 17, hash: 5), base: 52_311, modified: -1),
                    StoredGeneration(
                        ordinal: 3, lane: 0, identity: FileIdentity(device: 64_768, inode: 7),
                        offset: 3, block: Fingerprint(count: 3, hash: 0), head: .empty, base: 1,
                        modified: 1_764_357_599_123_456_789),
                ]),
            StoredPosition(
                path: "/var/log/auth.log", target: "/var/log/auth.log", stream: "auth.log-00000002",
                seen: 1, next: 0, ends: [1, 1], generations: []),
        ], patterns: ["/var/log/*.log", "/var/log/auth.log"])

    @Test("what was written is read") func roundTrip() throws {
        let scratch = try ScratchDirectory()
        let store = try PositionStore(path: scratch.path)
        #expect(try store.read() == (StoredPositions(), false))
        try store.write(Self.example)
        try store.write(Self.example)
        #expect(try store.read() == (Self.example, false))
        #expect(scratch.names() == ["positions"])
    }

    @Test("any byte that is changed or cut costs at most its line, and is noticed")
    func damaged() throws {
        let bytes = PositionStore.text(of: Self.example)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x11
            let (found, isWhole) = PositionStore.parse(changed[...])
            #expect(!isWhole, "byte \(index)")
            #expect(Set(found.files).isSubset(of: Self.example.files))
            #expect(index < 22 || bytes[index] == 0x0a || found.files.count >= 1)
            let (cut, isCutWhole) = PositionStore.parse(bytes[..<index])
            #expect(!isCutWhole || index == bytes.count - 1)
            #expect(Self.example.files.starts(with: cut.files))
        }
    }

    @Test("a damaged file is set aside") func setAside() throws {
        let scratch = try ScratchDirectory()
        let store = try PositionStore(path: scratch.path)
        var bytes = PositionStore.text(of: Self.example)
        bytes[100] ^= 1
        try scratch.write(bytes, to: PositionStore.name)
        let (found, isDamaged) = try store.read()
        #expect(isDamaged && found.files.count <= 2)
        #expect(scratch.names() == ["positions.damaged"])
        #expect(try store.read() == (StoredPositions(), false))
    }

    @Test("a directory of its name is set aside") func directory() throws {
        let scratch = try ScratchDirectory()
        let store = try PositionStore(path: scratch.path)
        try scratch.write("old", to: PositionStore.damagedName)
        try scratch.makeDirectory(PositionStore.name)
        #expect(try store.read() == (StoredPositions(), true))
        try store.write(Self.example)
        #expect(try store.read() == (Self.example, false))
    }

    @Test("that a generation was read into the middle of a line is stored") func open() throws {
        var example = Self.example
        example.files[0].generations[1].isOpen = true
        let (found, isWhole) = PositionStore.parse(PositionStore.text(of: example)[...])
        #expect(isWhole && found == example)
    }

    @Test("a full disk keeps the old file", arguments: ["write", "fsync", "renameat", "openat"])
    func full(_ call: String) throws {
        let scratch = try ScratchDirectory()
        let store = try PositionStore(path: scratch.path)
        try store.write(Self.example)
        let injection = FaultInjection(.init(.error(ENOSPC), of: call))
        #expect(throws: Errno(ENOSPC, call)) {
            try injection.run { try store.write(StoredPositions()) }
        }
        #expect(try store.read() == (Self.example, false))
    }

    @Test("names of streams") func streams() {
        let name = StreamName.make(path: "/var/log/nginx/access log.log", random: 0xabc)
        #expect(name == "var_log_nginx_access_log.log-00000abc")
        let long = StreamName.make(path: "/" + String(repeating: "aä/", count: 90), random: .max)
        #expect(StreamName.lane(1, of: long).utf8.count == 64)
        #expect(StreamName.lane(1, of: name) == name + ".1")
    }
}
