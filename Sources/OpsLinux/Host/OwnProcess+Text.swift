// Releases the pages of code that only the start has run.  The kernel maps code around every page
// that is touched, so a start that parses a configuration and a snapshot leaves megabytes of code
// in the resident set.  Released pages are clean: they are mapped again from the page cache when
// needed.  Only mappings that are executable and not writable are released; those contain nothing
// but the bytes of their file.

extension OwnProcess {
    /// Releases the resident pages of all executable file mappings; returns the size of those
    /// mappings in bytes.  Source: madvise(2), MADV_DONTNEED; proc(5), /proc/pid/maps.
    @discardableResult
    package static func releaseStartupCode() -> Int {
        guard let bytes = try? FileReader.bytes(path: "/proc/self/maps", limitBytes: 1 << 20) else {
            return 0
        }
        var released = 0
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let ends = fields[0].split(separator: "-")
            guard ends.count == 2, let start = UInt(ends[0], radix: 16),
                let end = UInt(ends[1], radix: 16), end > start
            else { continue }
            let length = Int(end - start)
            if Syscalls.dropPages(start, length) { released += length }
        }
        return released
    }
}
