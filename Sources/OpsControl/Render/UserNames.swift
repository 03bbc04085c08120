// Names of users by their numbers, from /etc/passwd alone: opsctl is a static executable, in which
// getpwuid(3) would load modules of another C library.  Users of a directory service stay numbers.

import OpsLinux
import OpsProtocol

/// Who is who.
struct UserNames: Sendable {
    /// The largest file that is read, bytes.
    private static let fileLimitBytes = 1 << 20

    private var names: [Int64: String] = [0: "root"]

    /// Knows only root.
    init() {}

    /// Reads the text of a passwd(5) file; lines that are not of its form are skipped.  Of several
    /// names for a number the first counts, as in getpwuid(3).
    init(passwd bytes: [UInt8]) {
        names = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(
                separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count > 3, !fields[0].isEmpty,
                let number = UInt32(String(decoding: fields[2], as: UTF8.self)),
                names[Int64(number)] == nil
            else { continue }
            names[Int64(number)] = String(decoding: fields[0], as: UTF8.self)
        }
        if names[0] == nil { names[0] = "root" }
    }

    /// Those of this host; read once.
    static let ofThisHost =
        (try? FileReader.bytes(path: "/etc/passwd", limitBytes: fileLimitBytes))
        .map { UserNames(passwd: $0) } ?? UserNames()

    /// The name, or `uid 1000` where there is none.
    func name(_ number: Int64) -> String { names[number] ?? "uid \(number)" }
}
