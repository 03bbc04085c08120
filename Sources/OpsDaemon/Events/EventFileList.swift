// The files of events that there are, newest first, and the search for an event in them: by the
// file's inode where a page ended, which a rotation does not change, or else by the id.

import Glibc
import OpsCore
import OpsLinux
import OpsTrails

/// A file of events that was seen in the directory.
struct FoundEventFile: Hashable {
    var name: String
    var inode: UInt64
    /// When it was last written, nanoseconds since 1970.
    var modified: Int64
    fileprivate var isLive: Bool { name == Trail.events.rawValue }
}

/// The files of events.
struct EventFileList {
    /// Those that can be read, newest first.
    var plain: [FoundEventFile] = []
    /// How many there are compressed only, of those that were written after a time.
    var compressed = 0

    /// - Parameter since: milliseconds since 1970.
    init(in directory: borrowing Directory, since: Int64?) throws(Errno) {
        let names = Set(
            try directory.names().filter {
                $0 == Trail.events.rawValue || Trail.events.isRotated($0)
            })
        var numbers: [String: UInt64] = [:]
        for name in names where !name.hasSuffix(AtomicFile.suffix) {
            guard let status = try? directory.status(name), status.kind == .regular else {
                continue
            }
            if let plain = RotatedTrail.plainName(name) {
                let isAlone = !names.contains(plain)
                let isOld = since.map { status.modifiedSeconds < $0 / 1_000 } ?? false
                if isAlone && !isOld { compressed += 1 }
                continue
            }
            plain.append(
                FoundEventFile(
                    name: name, inode: status.inode, modified: status.modifiedNanoseconds))
            numbers[name] = RotatedTrail.number(name, of: RotatedTrail.events)
        }
        plain.sort {
            if $0.isLive != $1.isLive { return $0.isLive }
            if $0.modified != $1.modified { return $0.modified > $1.modified }
            return (numbers[$0.name] ?? 0, $0.name) > (numbers[$1.name] ?? 0, $1.name)
        }
    }

    /// Opens a file; nil: it is gone.  One that was renamed since is found by its inode.
    static func open(
        _ file: FoundEventFile, in directory: borrowing Directory
    ) throws(Errno) -> OpenEventFile? {
        if let found = try openIfThere(file.name, in: directory), found.inode == file.inode {
            return found
        }
        let fresh = try EventFileList(in: directory, since: nil)
        guard let renamed = fresh.plain.first(where: { $0.inode == file.inode }),
            let found = try openIfThere(renamed.name, in: directory), found.inode == file.inode
        else { return nil }
        return found
    }

    private static func openIfThere(
        _ name: String, in directory: borrowing Directory
    ) throws(Errno) -> OpenEventFile? {
        do throws(Errno) {
            return try OpenEventFile(try directory.open(name, [.read, .nonBlocking]))
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }
}

/// An open file of events.
final class OpenEventFile {
    private let descriptor: Descriptor
    let inode: UInt64
    let size: Int64

    init(_ descriptor: consuming Descriptor) throws(Errno) {
        let status = try descriptor.status()
        inode = status.inode
        size = status.kind == .regular ? status.sizeBytes : 0
        self.descriptor = descriptor
    }

    /// Fills the beginning of `buffer` with the bytes from `start` to `end`; returns how many there
    /// are.
    func read(_ start: Int64, _ end: Int64, into buffer: inout [UInt8]) throws(Errno) -> Int {
        let wanted = min(Int(end - start), buffer.count)
        var count = 0
        while count < wanted {
            let got = try descriptor.read(
                into: &buffer, at: count, from: start + Int64(count), limit: wanted - count)
            if got == 0 { break }
            count += got
        }
        return count
    }

    /// The first event in a part of the file that begins at `start`: where its line begins, its id,
    /// and its time.  `isAligned`: a line begins at `start`.  One buffer full is looked at.
    func firstEvent(
        from start: Int64, isAligned: Bool, _ buffer: inout [UInt8]
    ) throws(Errno) -> (offset: Int64, id: UInt64, time: Int64?)? {
        let count = try read(start, size, into: &buffer)
        let bytes = buffer.span.extracting(first: count)
        var begin = 0
        if !isAligned {
            guard let lf = ByteSearch.first(0x0a, in: bytes) else { return nil }
            begin = lf + 1
        }
        while let lf = ByteSearch.first(0x0a, in: bytes.extracting(begin...)) {
            let line = bytes.extracting(begin..<begin + lf)
            if let id = EventLineFilter.id(line) {
                return (start + Int64(begin), id, EventLineFilter.time(line))
            }
            begin += lf + 1
        }
        return nil
    }

    /// The id of the last event, if it is near the end of the file.
    func lastID(_ buffer: inout [UInt8]) throws(Errno) -> UInt64? {
        let start = max(0, size - Int64(buffer.count))
        let count = try read(start, size, into: &buffer)
        let bytes = buffer.span.extracting(first: count)
        guard var end = ByteSearch.last(0x0a, in: bytes) else { return nil }
        while true {
            let lf = ByteSearch.last(0x0a, in: bytes.extracting(first: end))
            if lf == nil && start > 0 { return nil }
            let begin = lf.map { $0 + 1 } ?? 0
            if let id = EventLineFilter.id(bytes.extracting(begin..<end)) { return id }
            guard let lf else { return nil }
            end = lf
        }
    }

    /// Where the first line begins whose event has an id of at least `id`; the end of the file:
    /// there is none.  The ids in the file must ascend.
    func offset(ofID id: UInt64, _ buffer: inout [UInt8]) throws(Errno) -> Int64 {
        var (low, high) = (Int64(0), size)
        while high - low > Int64(buffer.count) {
            let middle = low + (high - low) / 2
            guard
                let found = try firstEvent(from: middle, isAligned: false, &buffer),
                found.offset < high
            else { break }
            if found.id < id { low = found.offset } else { high = found.offset }
            if found.offset == low && middle <= low { break }
        }
        return high
    }
}
