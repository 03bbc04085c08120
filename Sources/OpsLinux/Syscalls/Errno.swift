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
    /// Whether the disk is full, over its quota, or failing: a restart would not repair that, and
    /// it may pass by itself.
    package var isOfTheDisk: Bool { code == ENOSPC || code == EDQUOT || code == EIO }
}
