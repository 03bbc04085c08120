// Descriptors 0, 1 and 2, which the process inherited and never closes.  `StandardStream` is for
// clients: its calls wait.  `StandardError` is for the daemon: it writes one escaped line per call
// and never waits.

@preconcurrency import Glibc

/// One of the three standard descriptors.  Source: stdin(3).
package enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Waits and reads once into `buffer[offset...]`; 0 is the end.
    package func read(into buffer: inout [UInt8], at offset: Int = 0) throws(Errno) -> Int {
        try Syscalls.read(rawValue, into: &buffer, at: offset)
    }

    /// Waits until all of `bytes` are written.  EPIPE when there is no reader any more.
    package func write(_ bytes: RawSpan) throws(Errno) {
        var done = 0
        while done < bytes.byteCount {
            do throws(Errno) {
                let count = try Syscalls.write(
                    rawValue, bytes.extracting(droppingFirst: done))
                if count == 0 { throw Errno(EIO, "write") }
                done += count
            } catch {
                // Another process made the shared terminal nonblocking.
                guard error.code == EAGAIN else { throw error }
                _ = try Syscalls.poll(rawValue, .write, timeoutMilliseconds: -1)
            }
        }
    }

    /// Waits until the text is written, unescaped.
    package func write(_ text: String) throws(Errno) {
        try write(Array(text.utf8).span.bytes)
    }

    /// Opens /dev/null for each of the three numbers that is closed, so that no other file or
    /// socket gets the number of standard error.  Call it before anything else is opened.
    package static func ensureAllOpen() throws(Errno) { try Syscalls.fillStandardDescriptors() }

    /// Whether it is a terminal.  Source: isatty(3).
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns and rows of its terminal; nil when it is not a terminal or has no known size.
    package var windowSize: (columns: Int, rows: Int)? { Syscalls.windowSize(rawValue) }
}

/// Standard error as a daemon's log: whole escaped lines.  A line that would have to wait is
/// dropped and counted.
package struct StandardError: ~Copyable {
    /// The most bytes of a line, with its line feed.  A pipe takes this many at once (PIPE_BUF).
    package static let lineLimitBytes = 4096

    private let number: Int32
    private var line: [UInt8] = []
    /// Lines that were not written, because the reader is too slow or gone.
    package private(set) var droppedLines: UInt64 = 0

    /// `descriptorNumber` is only lent; it differs from 2 only in tests.
    package init(descriptorNumber: Int32 = STDERR_FILENO) { number = descriptorNumber }

    /// Writes one line; control characters are escaped (`PlainText`), and a long line is cut.
    package mutating func write(_ text: String) {
        line.removeAll(keepingCapacity: true)
        PlainText.append(Array(text.utf8.prefix(StandardError.lineLimitBytes)).span, to: &line)
        if line.count >= StandardError.lineLimitBytes {
            var end = StandardError.lineLimitBytes - 4
            while end > 0, line[end] & 0xc0 == 0x80 { end -= 1 }
            line.removeLast(line.count - end)
            line.append(contentsOf: "...".utf8)
        }
        line.append(UInt8(ascii: "\n"))
        do throws(Errno) {
            // A pipe that is ready takes PIPE_BUF bytes without waiting.
            guard try Syscalls.poll(number, .write, timeoutMilliseconds: 0) else {
                droppedLines += 1
                return
            }
            if try Syscalls.write(number, line.span.bytes) < line.count { droppedLines += 1 }
        } catch {
            droppedLines += 1
        }
    }
}

extension StandardStream {
    /// Whether standard error goes to the journal, as the service manager connected it.
    /// Source: systemd.exec(5), JOURNAL_STREAM.
    package static var isJournal: Bool {
        guard let named = Environment.value("JOURNAL_STREAM"),
            let status = try? Syscalls.fstat(StandardStream.error.rawValue)
        else { return false }
        return named == "\(status.st_dev):\(status.st_ino)"
    }
}
