// /run/utmp: from which addresses users are logged in on a terminal.  Records of 384 bytes as the
// GNU C library writes them on 64-bit machines.  Source: utmp(5).

package import OpsCore

/// The records of utmp.
package enum LoginTable {
    /// A login from another host.
    package struct Login: Hashable, Sendable {
        /// The process of the session; the record is stale when there is no such process.
        package var pid: Int32
        /// The address of the other host.
        package var from: Network
    }

    private static let recordBytes = 384
    private static let userProcess = 7
    private static let pidOffset = 4
    private static let addressOffset = 348
    /// The most records that are read; further ones are left out.
    private static let recordLimit = 4_096

    /// The logins with a remote address.  An incomplete record is skipped.
    package static func logins(utmp bytes: Span<UInt8>) -> [Login] {
        var found: [Login] = []
        var start = 0
        while bytes.count - start >= recordBytes, start / recordBytes < recordLimit {
            let record = bytes.extracting(start..<start + recordBytes)
            start += recordBytes
            guard Int(record[0]) | Int(record[1]) << 8 == userProcess else { continue }
            var pid: UInt32 = 0
            for index in 0..<4 { pid |= UInt32(record[pidOffset + index]) << (8 * UInt32(index)) }
            var words: (UInt64, UInt64) = (0, 0)
            for index in 0..<8 {
                words.0 = words.0 << 8 | UInt64(record[addressOffset + index])
                words.1 = words.1 << 8 | UInt64(record[addressOffset + 8 + index])
            }
            guard words != (0, 0), let pid = Int32(exactly: pid), pid > 0 else { continue }
            // An IPv4 address is in the first word only.
            let isIPv4 = words.0 & 0xffff_ffff == 0 && words.1 == 0
            let from =
                isIPv4
                ? Network(ipv4: UInt32(words.0 >> 32))
                : Network(high: words.0, low: words.1, length: 128)
            found.append(Login(pid: pid, from: from))
        }
        return found
    }
}
