// A file that a replay reads as it is, in slices, as growing files are read: into one buffer, of
// which the line that has not ended moves to the front.

import OpsDetect
import OpsGzip
import OpsLinux

/// A file that is read from its beginning to its end.
final class PlainLog {
    /// The bytes; those in `range` are to be read.
    private(set) var buffer = [UInt8](repeating: 0, count: FileBounds.sliceBytes)
    private(set) var range = 0..<0
    /// Nothing follows: what is left is the last line, which has no end.
    private(set) var isAtEnd = false
    private let file: OpenFile

    init(path: String) throws(GzipFault) {
        do throws(Errno) {
            file = OpenFile(try Descriptor.reading(path: path))
        } catch {
            throw .failed(error)
        }
    }

    /// Reads more, behind what begins at `rest`; false at the end of the file.
    func read(from rest: Int) throws(GzipFault) -> Bool {
        guard !isAtEnd else { return false }
        let rest = min(max(rest, range.lowerBound), range.upperBound)
        var end = range.upperBound - rest
        if rest > 0 {
            for place in 0..<end { buffer[place] = buffer[rest + place] }
        }
        // The middle of a line that nobody wrote goes.
        if end > buffer.count / 2 { end = LongLine.shorten(&buffer, from: 0, to: end) }
        do throws(Errno) {
            let count = try file.descriptor.read(into: &buffer, at: end)
            isAtEnd = count == 0
            range = 0..<end + count
        } catch {
            throw .failed(error)
        }
        return true
    }

    /// Hands out the buffer while it is read.
    func withBuffer<Value>(_ body: (Span<UInt8>) -> Value) -> Value {
        // Out of the object, so that it is not copied.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        defer { swap(&bytes, &buffer) }
        return body(bytes.span)
    }
}
