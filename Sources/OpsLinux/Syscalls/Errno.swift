// The error of a failed system call: its number, and the name of the call.  It owns nothing, never
// retries and never logs; the caller decides what the error means.

import COpsLinux
import Glibc

/// The error of one system call.  Source: errno(3).
package struct Errno: Error, Hashable, Sendable {
    /// The errno value, for example `ENOENT`.
    package let code: Int32
    /// The call that failed, for example `"openat"`.
    package let call: String

    package init(_ code: Int32, _ call: String) {
        self.code = code
        self.call = call
    }
}

extension Errno: CustomStringConvertible {
    /// For example `openat: No such file or directory (ENOENT)`.
    package var description: String { "\(call): \(text)" }

    /// The symbol, for example `ENOENT`; `E` and the number if it has none.
    package var name: String { ops_error_name(code).map { String(cString: $0) } ?? "E\(code)" }

    /// The C library's text and the symbol, for example `No such file or directory (ENOENT)`.
    package var text: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 192) { buffer in
            guard let base = buffer.baseAddress, ops_error_text(code, base, buffer.count) == 0
            else { return "error \(code)" }
            return String(cString: base)
        }
    }
}

extension Errno {
    /// Whether the disk is full, over its quota, read-only, failing or gone: a restart would not
    /// repair that, and it may pass, by itself or by what an administrator does to the disk.
    package var isOfTheDisk: Bool {
        switch code {
        // Full, or over a quota.
        case ENOSPC, EDQUOT: true
        // Mounted read-only, as file systems do to themselves after an error.
        case EROFS: true
        // Broken: the device, its medium, its connection, a checksum, the file system's own data.
        case EIO, EREMOTEIO, ENODATA, ENOLINK, ETIMEDOUT, EILSEQ, EBADMSG, EUCLEAN: true
        // Gone: the device, or what a file server exported.
        case ENXIO, ENODEV, ESTALE: true
        default: false
        }
    }

    /// Whether the file system takes nothing new, though it may hold what it has.
    package var refusesWrites: Bool { code == ENOSPC || code == EDQUOT || code == EROFS }
}
