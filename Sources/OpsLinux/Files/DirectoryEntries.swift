// Reading the names in a directory.  `names` is for the few files of a state directory;
// `NumberedEntries` lists the numeric names of /proc with one buffer and no allocation per entry.

@preconcurrency import Glibc

extension Directory {
    /// The names in this directory, without "." and "..", in no particular order.  A name that is
    /// not UTF-8 is left out.  EOVERFLOW if there are more than `limit`.
    package func names(limit: Int = 65_536) throws(Errno) -> [String] {
        try Syscalls.rewind(descriptor.number)
        var buffer = [UInt8](repeating: 0, count: 32_768)
        var names: [String] = []
        while true {
            let count = try Syscalls.getdents64(descriptor.number, into: &buffer)
            if count == 0 { return names }
            var entries = DirectoryEntries(count: count)
            while let range = entries.next(in: buffer) {
                guard let name = String(validating: buffer[range], as: UTF8.self),
                    name != ".", name != ".."
                else { continue }
                guard names.count < limit else { throw Errno(EOVERFLOW, "getdents64") }
                names.append(name)
            }
        }
    }
}

/// Walks the `linux_dirent64` records in a buffer.  Layout: d_ino 8, d_off 8, d_reclen 2, d_type 1,
/// d_name up to its NUL.  Source: getdents64(2).
struct DirectoryEntries {
    private static let headerBytes = 19
    private var offset = 0
    private let count: Int

    init(count: Int) { self.count = count }

    /// Where the next name is in `buffer`; nil at the end, or at a malformed record.
    mutating func next(in buffer: [UInt8]) -> Range<Int>? {
        let start = offset
        guard count <= buffer.count, count - start > DirectoryEntries.headerBytes else {
            return nil
        }
        let length = Int(buffer[start + 16]) | Int(buffer[start + 17]) << 8
        guard length > DirectoryEntries.headerBytes, length <= count - start else { return nil }
        offset = start + length
        let first = start + DirectoryEntries.headerBytes
        var end = first
        while end < offset, buffer[end] != 0 { end += 1 }
        return first..<end
    }
}

/// The numeric names of a directory such as /proc: process ids.
package struct NumberedEntries: ~Copyable, Sendable {
    private let directory: Directory
    private var buffer: [UInt8]

    /// Opens the directory; it stays open.
    package init(path: String = "/proc") throws(Errno) {
        directory = try Directory(path: path)
        buffer = [UInt8](repeating: 0, count: 32_768)
    }

    /// Opens a file below the directory for reading.
    func open(_ path: String) throws(Errno) -> Descriptor {
        Descriptor(
            owning: try Syscalls.openat(
                directory.descriptor.number, path, O_RDONLY | O_NONBLOCK, mode: 0))
    }

    /// Replaces the content of `numbers`, which keeps its capacity, with the numbers.  At most
    /// `limit` are listed; false when there were more.
    package mutating func list(into numbers: inout [Int32], limit: Int) throws(Errno) -> Bool {
        numbers.removeAll(keepingCapacity: true)
        try Syscalls.rewind(directory.descriptor.number)
        while true {
            let count = try Syscalls.getdents64(directory.descriptor.number, into: &buffer)
            if count == 0 { return true }
            var entries = DirectoryEntries(count: count)
            while let range = entries.next(in: buffer) {
                guard let number = NumberedEntries.number(buffer, range) else { continue }
                guard numbers.count < limit else { return false }
                numbers.append(number)
            }
        }
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int32? {
        guard !range.isEmpty, range.count <= 9 else { return nil }
        var value: Int32 = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int32(digit)
        }
        return value
    }
}
