// Compresses a file into another (zlib): what is in `NAME` is in `NAME.gz` afterwards, and `NAME`
// is gone.  At each moment the whole content is there under one of the names, or under both; then
// the plain one counts, and is compressed again.

import CZlib
import OpsLinux

/// Why a file was not compressed.
enum GzipRefusal: Error {
    case failed(Errno)
    /// It was written to, or given another name, meanwhile.
    case changed
    /// zlib's code.
    case zlib(Int32)
}

extension GzipRefusal: CustomStringConvertible {
    var description: String {
        switch self {
        case .failed(let error): error.description
        case .changed: "it changed while it was being compressed"
        case .zlib(let code): "zlib failed with \(code)"
        }
    }
}

/// zlib's state while one file is compressed.
final class GzipFile {
    static let suffix = ".gz"
    /// What is read and written at once.
    private static let blockBytes = 128 << 10

    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: GzipFile.blockBytes)
    private var output = [UInt8](repeating: 0, count: GzipFile.blockBytes)

    private init() throws(GzipRefusal) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15: the largest window; + 16: gzip's header and trailer.
        let code = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if code != Z_OK { throw .zlib(code) }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Compresses the file `name`, and removes it.  What takes its place has the time of its last
    /// change.
    static func replace(_ name: String, in directory: borrowing Directory) throws(GzipRefusal) {
        let source = try asking { () throws(Errno) in
            try directory.open(name, [.read, .nonBlocking])
        }
        let before = try asking { () throws(Errno) in try source.status() }
        var target = try asking { () throws(Errno) in
            try AtomicFile(replacing: name + suffix, in: directory)
        }
        try GzipFile().write(source, to: &target)
        let after = try asking { () throws(Errno) in try source.status() }
        if after != before { throw .changed }
        try asking { () throws(Errno) in
            try target.setModified(nanoseconds: before.modifiedNanoseconds)
        }
        do throws(Errno) { try target.commit() } catch { throw .failed(error) }
        // Only what is in the new file goes.
        let isSame = try asking { () throws(Errno) in
            _ = try directory.status(name + suffix)
            return try directory.status(name) == before
        }
        if !isSame { throw .changed }
        try asking { () throws(Errno) in
            try directory.remove(name)
            try directory.sync()
        }
    }

    private static func asking<Value: ~Copyable>(
        _ body: () throws(Errno) -> Value
    ) throws(GzipRefusal) -> Value {
        do throws(Errno) { return try body() } catch { throw .failed(error) }
    }

    private func write(
        _ source: borrowing Descriptor, to target: inout AtomicFile
    ) throws(GzipRefusal) {
        var isOver = false
        while !isOver {
            let count: Int
            do throws(Errno) { count = try source.read(into: &input) } catch {
                throw .failed(error)
            }
            isOver = count == 0
            stream.pointee.avail_in = UInt32(count)
            repeat {
                let made = try deflate(count, isOver ? Z_FINISH : Z_NO_FLUSH)
                try Self.write(Array(output[..<made]), to: &target)
            } while stream.pointee.avail_out == 0
        }
    }

    private static func write(
        _ bytes: [UInt8], to target: inout AtomicFile
    ) throws(GzipRefusal) {
        do throws(Errno) { try target.write(bytes.span.bytes) } catch { throw .failed(error) }
    }

    /// Compresses what is left of the input; returns the number of bytes in the output.
    private func deflate(_ count: Int, _ flush: Int32) throws(GzipRefusal) -> Int {
        let room = output.count
        var code = Z_OK
        output.withUnsafeMutableBufferPointer { output in
            input.withUnsafeMutableBufferPointer { input in
                guard let out = output.baseAddress, let from = input.baseAddress else { return }
                stream.pointee.next_out = out
                stream.pointee.avail_out = UInt32(room)
                stream.pointee.next_in = from + (count - Int(stream.pointee.avail_in))
                code = CZlib.deflate(stream, flush)
            }
        }
        // A buffer error says that there was nothing to do.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
            throw .zlib(code)
        }
        return room - Int(stream.pointee.avail_out)
    }
}
