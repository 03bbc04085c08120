// Names of the host, the boot id, environment variables and random numbers.  No state is kept.

@preconcurrency import Glibc

/// Names of the host and its kernel.  Source: uname(2).
package struct HostIdentity: Hashable, Sendable {
    /// The node name.
    package let hostName: String
    /// For example `6.1.0-18-amd64`.
    package let kernelRelease: String
    /// For example `x86_64`.
    package let machine: String

    /// Asks the kernel.
    package init() throws(Errno) {
        let name = try Syscalls.uname()
        hostName = HostIdentity.text(name.nodename)
        kernelRelease = HostIdentity.text(name.release)
        machine = HostIdentity.text(name.machine)
    }

    /// The text of a fixed C array of characters, up to its NUL.
    private static func text<Characters>(_ field: Characters) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// The units in which /proc counts.  Source: sysconf(3).
package enum KernelUnits {
    /// Bytes of a page.
    package static var pageBytes: Int64 { Int64(max(1, sysconf(Int32(_SC_PAGESIZE)))) }
    /// Ticks of CPU time in a second.
    package static var ticksPerSecond: Int64 { Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))) }
}

/// The kernel's identifier of the current boot.  Source: random(4), "boot_id".
package struct BootID: Hashable, Sendable {
    /// For example `4c0d5b8e-7f0e-4a5b-9e3e-0d8c5d1c2b3a`.
    package let text: String

    /// nil unless `text` is a UUID: 36 characters, in lowercase.
    package init?(_ text: String) {
        guard text.utf8.count == 36 else { return nil }
        for (index, byte) in text.utf8.enumerated() {
            let isDash = [8, 13, 18, 23].contains(index)
            switch byte {
            case UInt8(ascii: "-"): if !isDash { return nil }
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                if isDash { return nil }
            default: return nil
            }
        }
        self.text = text
    }

    /// The id of this boot.
    package static func current() throws(Errno) -> BootID {
        let path = "/proc/sys/kernel/random/boot_id"
        let bytes = try FileReader.bytes(path: path, limitBytes: 4096)
        guard let id = BootID(String(decoding: bytes.prefix(36), as: UTF8.self))
        else { throw Errno(EINVAL, "read(\(path))") }
        return id
    }
}

/// The environment of the process.  Read it before threads start.
package enum Environment {
    /// The value of a variable; nil when it is not set.  Source: getenv(3).
    package static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// The kernel's random numbers.  Source: getrandom(2).
package enum Random {
    /// `count` random bytes, at most 1 MiB.
    package static func bytes(_ count: Int) throws(Errno) -> [UInt8] {
        guard count >= 0, count <= 1 << 20 else { throw Errno(EINVAL, "getrandom") }
        var bytes = [UInt8](repeating: 0, count: count)
        try Syscalls.random(into: &bytes)
        return bytes
    }

    /// 64 random bits, for keys and salts.
    package static func word() throws(Errno) -> UInt64 {
        try bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
