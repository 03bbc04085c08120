// The journal's files, open for reading: libsystemd's `sd_journal` and its only owner.  Every call
// to it that the detector makes is here; an error is its negative errno, as there.  One thread.
// Source: sd-journal(3).

import CSystemd
import OpsDetect
@preconcurrency import Glibc
import OpsLinux

/// Which journal is read.
package enum JournalLocation: Hashable, Sendable {
    /// The host's own, what its services and its kernel logged.
    case system
    /// The files in a directory.
    case directory(String)
}

/// An open journal.
struct JournalHandle: ~Copyable {
    /// Bytes of a field that are unpacked where it is compressed.
    static let unpackedLimitBytes = 256 << 10

    private let journal: OpaquePointer

    /// Opens the files that are there and may be read; none is no error for the system's journal.
    /// What users with a number from 1000 on log is in files of their own, services too; there may
    /// be many, so they are left out with `systemFilesOnly`.
    init(_ location: JournalLocation, systemFilesOnly: Bool) throws(Errno) {
        var opened: OpaquePointer?
        let answer: Int32
        switch location {
        case .system:
            let flags = SD_JOURNAL_LOCAL_ONLY | (systemFilesOnly ? SD_JOURNAL_SYSTEM : 0)
            answer = sd_journal_open(&opened, Int32(truncatingIfNeeded: flags))
        case .directory(let path): answer = sd_journal_open_directory(&opened, path, 0)
        }
        guard answer >= 0, let opened else { throw Errno(-answer, "sd_journal_open") }
        journal = opened
        sd_journal_set_data_threshold(journal, Self.unpackedLimitBytes)
    }

    deinit { sd_journal_close(journal) }

    /// The descriptor that tells of changes.
    func descriptor() throws(Errno) -> Int32 {
        let number = sd_journal_get_fd(journal)
        guard number >= 0 else { throw Errno(-number, "sd_journal_get_fd") }
        return number
    }

    /// Whether the descriptor tells of all changes; on a network file system it does not.
    var isReliable: Bool { sd_journal_reliable_fd(journal) > 0 }

    /// Bytes of the files; 0: there is none.
    var bytes: UInt64 {
        var bytes: UInt64 = 0
        return sd_journal_get_usage(journal, &bytes) >= 0 ? bytes : 0
    }

    /// Whether files are open that a boot takes along, and files that it does not.
    var isVolatile: Bool { sd_journal_has_runtime_files(journal) > 0 }
    var isPersistent: Bool { sd_journal_has_persistent_files(journal) > 0 }

    /// Takes in what the descriptor told; whether files came or went.
    func process() throws(Errno) -> Bool {
        let answer = sd_journal_process(journal)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_process") }
        return Int(answer) == SD_JOURNAL_INVALIDATE
    }

    // MARK: Selection

    /// Only entries that fit one of these are seen from now on.
    func select(_ matches: [JournalMatch]) throws(Errno) {
        sd_journal_flush_matches(journal)
        for match in matches {
            for field in match.fields {
                let answer = field.withCString { sd_journal_add_match(journal, $0, 0) }
                guard answer >= 0 else { throw Errno(-answer, "sd_journal_add_match") }
            }
            let answer = sd_journal_add_disjunction(journal)
            guard answer >= 0 else { throw Errno(-answer, "sd_journal_add_disjunction") }
        }
    }

    // MARK: Place

    /// The next entry, if there is one.
    func next() throws(Errno) -> Bool {
        let answer = sd_journal_next(journal)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_next") }
        return answer > 0
    }

    /// `next` is the entry with this cursor, or where it is gone, the one after.
    func seek(cursor: String) throws(Errno) {
        let answer = sd_journal_seek_cursor(journal, cursor)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_seek_cursor") }
    }

    /// `next` is the first entry at or after this many microseconds since 1970.
    func seek(realtime: UInt64) throws(Errno) {
        let answer = sd_journal_seek_realtime_usec(journal, realtime)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_seek_realtime_usec") }
    }

    /// The cursor of the last entry of all; nil where there is none.
    func lastCursor() throws(Errno) -> String? {
        let answer = sd_journal_seek_tail(journal)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_seek_tail") }
        return sd_journal_previous(journal) > 0 ? try cursor() : nil
    }

    /// The cursor of this entry.
    func cursor() throws(Errno) -> String {
        var text: UnsafeMutablePointer<CChar>?
        let answer = sd_journal_get_cursor(journal, &text)
        guard answer >= 0, let text else { throw Errno(-answer, "sd_journal_get_cursor") }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether this entry has the cursor.
    func isAt(_ cursor: String) -> Bool { sd_journal_test_cursor(journal, cursor) > 0 }

    // MARK: The entry

    /// When journald received it: microseconds since 1970.
    func realtime() throws(Errno) -> UInt64 {
        var time: UInt64 = 0
        let answer = sd_journal_get_realtime_usec(journal, &time)
        guard answer >= 0 else { throw Errno(-answer, "sd_journal_get_realtime_usec") }
        return time
    }

    /// When journald received it: microseconds after the boot.
    func uptime() -> UInt64 {
        var time: UInt64 = 0
        var boot = sd_id128_t()
        return sd_journal_get_monotonic_usec(journal, &time, &boot) >= 0 ? time : 0
    }

    /// Calls `body` with each field, `NAME=value`, and the place of its `=`.
    func forEachField(_ body: (Span<UInt8>, Int) -> Void) throws(Errno) {
        sd_journal_restart_data(journal)
        while true {
            var data: UnsafeRawPointer?
            var count = 0
            let answer = sd_journal_enumerate_available_data(journal, &data, &count)
            guard answer >= 0 else { throw Errno(-answer, "sd_journal_enumerate_data") }
            guard answer > 0, let data else { return }
            // The bytes are the journal's until the next call.
            let bytes = UnsafeRawBufferPointer(start: data, count: count)
            guard let equals = memchr(data, Int32(UInt8(ascii: "=")), min(count, 65)) else {
                continue
            }
            body(
                bytes.assumingMemoryBound(to: UInt8.self).span,
                UnsafeRawPointer(equals) - data)
        }
    }
}
