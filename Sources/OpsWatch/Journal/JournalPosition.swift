// How far the journal has been read: what is stored, and where a later run reads on.

/// A place in the journal, behind the last entry that was read.
package struct JournalPosition: Hashable, Sendable {
    /// The most bytes of a cursor that is taken; journald's have about 160.
    package static let cursorLimitBytes = 512

    /// journald's own name of the entry; nil: none was read.  Source: sd_journal_get_cursor(3).
    package var cursor: String?
    /// The number of the last entry: at least its microseconds since 1970, and larger than that of
    /// every entry before it.
    package var number: UInt64
    /// The keys of lines of which a part was read, and not the end (`JournalParts`).
    package var open: [UInt64] = []

    /// Behind the entry with this cursor.
    package init(cursor: String?, number: UInt64) {
        self.cursor = cursor
        self.number = number
    }

    /// The number of an entry that journald received at `microseconds`, read after this position.
    /// It is the same each time that the same entries are read after the same position.
    package func number(after microseconds: UInt64) -> UInt64 {
        // 2^58 microseconds are 9,000 years: times 16 it is still a number.
        min(max(number &+ 1, microseconds), 1 << 58)
    }

    /// The `place` of a strike: the first of the 16 that an entry has.
    package static func place(_ number: UInt64) -> UInt64 { min(number, 1 << 58) &* 16 }
}
