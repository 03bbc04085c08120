// A terminal for the tests: a pair whose one end opsctl has, and at whose other end somebody types.

import Glibc
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

    deinit {
        close(screen)
        close(keyboard)
    }

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
