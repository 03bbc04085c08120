// resolv.conf: the servers that the host asks for names.  Source: resolv.conf(5), and res_init.c of
// the GNU C library for what the manual leaves open.

package import OpsCore

/// The file of the resolver.
package enum ResolverFile {
    /// Servers of a file that are kept; the C library asks the first three alone.
    package static let serverLimit = 16

    /// The addresses of its `nameserver` lines, without zones (`fe80::1%eth0`).  A line counts only
    /// where the word begins it; what is not an address is passed over.
    package static func servers(_ bytes: Span<UInt8>) -> [Network] {
        var found: [Network] = []
        var lines = Lines()
        while found.count < serverLimit, let line = lines.next(bytes) {
            if let server = server(line, bytes) { found.append(server) }
        }
        // The last line counts without its line feed too, as it does for the C library.
        let last = Fields(at: lines.at, end: bytes.count)
        if found.count < serverLimit, let server = server(last, bytes) { found.append(server) }
        return found
    }

    private static func server(_ line: Fields, _ bytes: Span<UInt8>) -> Network? {
        var line = line
        guard line.consume("nameserver", bytes), line.at < line.end,
            bytes[line.at] == 0x20 || bytes[line.at] == 0x09, let word = line.word(bytes)
        else { return nil }
        // A zone or a comment ends it, and so does a carriage return.
        let end = word.first { [0x25, 0x3b, 0x23, 0x0d].contains(bytes[$0]) } ?? word.upperBound
        guard end - word.lowerBound <= longestAddress else { return nil }
        let network = Network(parsing: bytes.text(word.lowerBound..<end))
        return network.flatMap { $0.isAddress ? $0 : nil }
    }

    /// Bytes of the longest address as text.
    private static let longestAddress = 45
}
