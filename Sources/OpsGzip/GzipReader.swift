// Reads a gzip file piece by piece (zlib), in constant memory however much is in it.  Several
// members one after another are one content, as gzip(1) has it; what follows the last member, such
// as padding, is ignored.  A damaged or cut file gives its good bytes first, and then the fault.

import CZlib
package import OpsLinux

/// Why a gzip file cannot be read further.
package enum GzipFault: Error, Hashable, Sendable {
    /// It ends in the middle.
    case cut
    /// What it holds cannot be unpacked, or its checksum differs.
    case damaged
    /// It does not begin as gzip files do.
    case notGzip
    /// It could not be read.
    case failed(Errno)
}

extension GzipFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cut: "the gzip file ends in the middle"
        case .damaged: "the gzip file is damaged"
        case .notGzip: "is not a gzip file"
        case .failed(let error): error.description
        }
    }
}

/// A gzip file that is read from its beginning to its end.
package final class GzipReader {
    private let file: Descriptor
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: 32 << 10)
    private var next = 0
    private var end = 0
    private var isAtEnd = false
    private var isInMember = true
    private var members = 0
    private var fault: GzipFault?

    /// Opens the file at `path`.
    package convenience init(path: String) throws(GzipFault) {
        let file: Descriptor
        do throws(Errno) { file = try Descriptor.reading(path: path) } catch {
            throw .failed(error)
        }
        try self.init(file)
    }

    /// Reads a file that is open, from where it stands.
    package init(_ file: consuming Descriptor) throws(GzipFault) {
        self.file = file
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15: the largest window; + 16: gzip's header and trailer.
        let code = inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if code != Z_OK { throw .damaged }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// What the last member says that it unpacks to, modulo 2^32; nil where there is none.
    /// Source: RFC 1952, ISIZE.
    package static func unpackedBytes(path: String) -> UInt32? {
        guard let file = try? Descriptor.reading(path: path),
            let size = try? file.status().sizeBytes, size >= 18
        else { return nil }
        var bytes: [UInt8] = [0, 0, 0, 0]
        guard (try? file.read(into: &bytes, at: 0, from: size - 4)) == 4 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Unpacks into `buffer[offset...]`; returns how many bytes, 0 at the end.
    package func read(
        into buffer: inout [UInt8], at offset: Int = 0
    ) throws(GzipFault) -> Int {
        guard offset >= 0, offset < buffer.count else { return 0 }
        var done = offset
        while done < buffer.count, fault == nil, !isAtEnd {
            if next == end, !fill() { break }
            done += inflateOnce(into: &buffer, at: done)
        }
        if done == offset, let fault { throw fault }
        return done - offset
    }

    /// Reads more of the file; false at its end.
    private func fill() -> Bool {
        do throws(Errno) {
            next = 0
            end = 0
            end = try file.read(into: &input)
        } catch {
            fault = .failed(error)
            return false
        }
        if end > 0 { return true }
        if isInMember { fault = members == 0 && stream.pointee.total_in == 0 ? .notGzip : .cut }
        isAtEnd = true
        return false
    }

    private func inflateOnce(into buffer: inout [UInt8], at offset: Int) -> Int {
        let room = buffer.count - offset
        var code = Z_OK
        var left = 0
        var unused = 0
        buffer.withUnsafeMutableBufferPointer { output in
            input.withUnsafeMutableBufferPointer { bytes in
                guard let out = output.baseAddress, let from = bytes.baseAddress else { return }
                stream.pointee.next_out = out + offset
                stream.pointee.avail_out = UInt32(clamping: room)
                stream.pointee.next_in = from + next
                stream.pointee.avail_in = UInt32(clamping: end - next)
                code = inflate(stream, Z_NO_FLUSH)
                left = Int(stream.pointee.avail_out)
                unused = Int(stream.pointee.avail_in)
            }
        }
        next = end - unused
        switch code {
        case Z_STREAM_END: beginMember()
        case Z_OK, Z_BUF_ERROR: isInMember = true
        default: refuse()
        }
        return room - left
    }

    private func beginMember() {
        members += 1
        isInMember = false
        if inflateReset(stream) != Z_OK { fault = .damaged }
    }

    /// Bytes behind a whole member that begin no other one are padding.
    private func refuse() {
        if !isInMember, members > 0 {
            isAtEnd = true
        } else {
            fault = members == 0 && stream.pointee.total_in < 10 ? .notGzip : .damaged
        }
    }
}
