// A terminal for the tests: a pair whose one end opsctl has, and at whose other end somebody types.

import Foundation
import Glibc
import Synchronization
import Testing

final class Terminal {
    /// What opsctl opens.
    let path: String
    private let keyboard: Int32
    /// Keeps what was written readable when opsctl has ended.
    private let screen: Int32

    /// A terminal at which these keys were pressed already.
    init(typing keys: String) throws {
        var ends: (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 64)
        try #require(openpty(&ends.0, &ends.1, &name, nil, nil) == 0)
        (keyboard, screen) = ends
        for end in [keyboard, screen] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        path = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bytes = Array(keys.utf8)
        try #require(write(keyboard, bytes, bytes.count) == bytes.count)
    }

    /// A terminal of this size, at which nobody types.
    convenience init(rows: UInt16, columns: UInt16) throws {
        try self.init(typing: "")
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(screen, UInt(TIOCSWINSZ), &size) == 0)
    }

    deinit {
        close(screen)
        close(keyboard)
    }

    /// Reads all that is written on it from now on, so that no writer has to wait.
    func reading() -> TerminalReader { TerminalReader(keyboard) }

    /// What can be read on it, the keys that were pressed among it.
    func text() -> String {
        _ = fcntl(keyboard, F_SETFL, O_NONBLOCK)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(keyboard, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text.filter { $0 != 0x0d }, as: UTF8.self)
    }
}

/// Reads a terminal on a thread of its own.
final class TerminalReader: Sendable {
    private let text = Mutex<[UInt8]>([])
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    init(_ keyboard: Int32) {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                // What was written before the end is still there.
                let isLast = isOver.withLock { $0 }
                var waiting = pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, isLast ? 0 : 10) > 0 {
                    let count = read(keyboard, &buffer, buffer.count)
                    if count > 0 {
                        text.withLock { $0 += buffer[..<count] }
                        continue
                    }
                }
                if isLast { break }
            }
            ended.signal()
        }
    }

    /// Nobody writes any more: what was written.
    func end() -> String {
        isOver.withLock { $0 = true }
        ended.wait()
        return text.withLock { text in
            String(decoding: text.filter { $0 != 0x0d }, as: UTF8.self)
        }
    }
}
