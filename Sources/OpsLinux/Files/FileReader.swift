// A file that is read repeatedly from its start, such as /proc/stat: the descriptor stays open and
// the bytes go into one buffer that is kept.  The buffer grows to the size of the file, up to a
// bound.
//
// In /proc a short read does not mean the end of the file: if it has many records, one read returns
// as many as fit into a page, and only a read that returns 0 means the end.  A file of one record
// (single_open() in the kernel's seq_file) is returned whole if the buffer is large enough; with
// `isOneRecord` the read that would return 0 is not made.  Nor is it with `wholeBelow`, where less
// than that was read: another record would have fitted into the page.  Source: seq_read_iter().

@preconcurrency import Glibc

/// Repeated whole reads of one file.
package struct FileReader: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private var buffer: [UInt8]
    private let limitBytes: Int
    private let wholeBelow: Int

    /// Opens `path`; a file larger than `limitBytes` cannot be read.  `isOneRecord` and
    /// `wholeBelow`, a number of bytes: see above.
    package init(
        path: String, limitBytes: Int = 1 << 20, isOneRecord: Bool = false, wholeBelow: Int = 0
    ) throws(Errno) {
        descriptor = Descriptor(
            owning: try Syscalls.openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, mode: 0))
        self.limitBytes = max(1, limitBytes)
        self.wholeBelow = isOneRecord ? .max : wholeBelow
        buffer = [UInt8](repeating: 0, count: min(4096, self.limitBytes))
    }

    /// Reads the file from its start and passes its bytes to `body`.  EFBIG when it is too large.
    package mutating func read<Result: ~Copyable>(
        _ body: (Span<UInt8>) -> Result
    ) throws(Errno) -> Result {
        let count = try fill()
        return body(buffer.span.extracting(first: count))
    }

    /// Reads the file from its start; returns a copy of its bytes.
    package mutating func bytes() throws(Errno) -> [UInt8] {
        let count = try fill()
        return Array(buffer[..<count])
    }

    private mutating func fill() throws(Errno) -> Int {
        try FileReader.fill(descriptor, &buffer, limitBytes, wholeBelow)
    }

    /// Reads all from the start into `buffer`, which grows as needed; returns the number of bytes.
    private static func fill(
        _ descriptor: borrowing Descriptor, _ buffer: inout [UInt8], _ limitBytes: Int,
        _ wholeBelow: Int
    ) throws(Errno) -> Int {
        var count = 0
        while true {
            if count == buffer.count {
                guard buffer.count < limitBytes else { throw Errno(EFBIG, "pread") }
                let more = min(max(4096, buffer.count), limitBytes - buffer.count)
                buffer.append(contentsOf: repeatElement(0, count: more))
            }
            let got = try descriptor.read(into: &buffer, at: count, from: Int64(count))
            if got == 0 { return count }
            count += got
            if count < min(wholeBelow, buffer.count) { return count }
        }
    }

    /// Reads a file once into `buffer`, which is filled from its start and grows up to
    /// `limitBytes`; returns the number of bytes.  For the many short files of /proc.
    package static func read(
        path: String, into buffer: inout [UInt8], limitBytes: Int = 1 << 20,
        isOneRecord: Bool = false
    ) throws(Errno) -> Int {
        let descriptor = Descriptor(
            owning: try Syscalls.openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, mode: 0))
        return try fill(descriptor, &buffer, limitBytes, isOneRecord ? .max : 0)
    }

    /// Reads a file once.  A pipe, or anything else that cannot be read from a position, is read to
    /// its end.
    package static func bytes(path: String, limitBytes: Int = 1 << 20) throws(Errno) -> [UInt8] {
        let descriptor = Descriptor(
            owning: try Syscalls.openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, mode: 0))
        var buffer: [UInt8] = []
        do throws(Errno) {
            let count = try fill(descriptor, &buffer, limitBytes, 0)
            buffer.removeLast(buffer.count - count)
            return buffer
        } catch {
            guard error.code == ESPIPE else { throw error }
        }
        return try drain(descriptor, limitBytes)
    }

    /// Reads a pipe until its last writer has closed it.
    private static func drain(
        _ descriptor: borrowing Descriptor, _ limitBytes: Int
    ) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            do throws(Errno) {
                let count = try descriptor.read(into: &buffer)
                if count == 0 { return bytes }
                guard bytes.count + count <= limitBytes else { throw Errno(EFBIG, "read") }
                bytes.append(contentsOf: buffer[..<count])
            } catch {
                guard error.code == EAGAIN else { throw error }
                _ = try descriptor.wait(for: .read, timeoutMilliseconds: -1)
            }
        }
    }
}
