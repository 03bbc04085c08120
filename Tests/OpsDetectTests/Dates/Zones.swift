// Zones of the host's database, for tests.

@preconcurrency import Glibc

@testable import OpsDetect

enum Zones {
    /// A zone by its name.
    static func named(_ name: String) throws -> LogZone {
        let bytes = try bytes(name)
        return try LogZone(file: bytes.span, name: name)
    }

    /// The bytes of its file.
    static func bytes(_ name: String) throws -> [UInt8] {
        guard let file = fopen("/usr/share/zoneinfo/\(name)", "re") else {
            throw DateFault(message: "no zone \(name): is tzdata installed?")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: LogZone.fileLimitBytes)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        return bytes
    }
}
