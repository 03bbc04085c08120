// A bound datagram socket that plays journald or systemd: it reads when the test says so.

import COpsLinux
@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

/// One datagram, and the file that came with it.
struct Datagram {
    var payload: [UInt8]
    /// Content of a carried descriptor; nil when none came.
    var carried: [UInt8]?
    /// Whether the carried file is sealed against every change.
    var isSealed = false
}

struct DatagramInbox: ~Copyable {
    let descriptor: Descriptor
    let path: String

    init(_ path: String) throws {
        self.path = path
        descriptor = Descriptor(owning: ops_unix_socket(1, 1))
        try #require(ops_unix_bind(descriptor.number, path, path.utf8.count) == 0)
    }

    /// The next datagram, waited for.
    func receive() throws -> Datagram {
        try #require(try descriptor.wait(for: .read, timeoutMilliseconds: patienceMilliseconds))
        return try #require(try receiveNow())
    }

    func text() throws -> String { String(decoding: try receive().payload, as: UTF8.self) }

    /// The next datagram; nil when there is none.
    func receiveNow() throws -> Datagram? {
        var payload = [UInt8](repeating: 0, count: 300_000)
        var control = [UInt64](repeating: 0, count: 8)
        let number = descriptor.number
        let (count, carried) = payload.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control -> (Int, Int32?) in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let count = recvmsg(number, &message, Int32(MSG_DONTWAIT))
                    // cmsghdr: length 8, level 4, type 4, then the descriptor.
                    let has = count >= 0 && message.msg_controllen >= 20
                    return (count, has ? control.load(fromByteOffset: 16, as: Int32.self) : nil)
                }
            }
        }
        if count < 0 { return nil }
        var datagram = Datagram(payload: Array(payload[..<count]))
        if let carried {
            let file = Descriptor(owning: carried)
            let size = Int(try file.status().sizeBytes)
            var content = [UInt8](repeating: 0, count: size + 1)
            #expect(try file.read(into: &content, from: 0) == size)
            datagram.carried = Array(content[..<size])
            // F_GET_SEALS; all of seal, shrink, grow and write.
            datagram.isSealed = fcntl(carried, 1034) == 0xf
        }
        return datagram
    }
}
