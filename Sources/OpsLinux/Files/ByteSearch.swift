// Looking for bytes in bytes, as fast as the C library does it.

import COpsLinux
import Glibc

/// Searches in memory.
package enum ByteSearch {
    /// Where `needle`, which is not empty, is first.  Source: memmem(3).
    package static func first(_ needle: [UInt8], in bytes: Span<UInt8>) -> Int? {
        needle.withUnsafeBytes { needle in
            bytes.withUnsafeBufferPointer { bytes in
                distance(
                    ops_find(bytes.baseAddress, bytes.count, needle.baseAddress, needle.count),
                    from: bytes.baseAddress)
            }
        }
    }

    /// Where the byte is first.  Source: memchr(3).
    package static func first(_ byte: UInt8, in bytes: Span<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return distance(memchr(base, Int32(byte), bytes.count), from: base)
        }
    }

    /// Where the byte is last.  Source: memrchr(3).
    package static func last(_ byte: UInt8, in bytes: Span<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            distance(
                ops_find_last(bytes.baseAddress, Int32(byte), bytes.count), from: bytes.baseAddress)
        }
    }

    private static func distance(
        _ found: UnsafeRawPointer?, from base: UnsafePointer<UInt8>?
    ) -> Int? {
        guard let found, let base else { return nil }
        return found - UnsafeRawPointer(base)
    }
}
