// Reads the journal and goes on as entries come: one reader for all sources, in slices, no thread.
//
// What it promises:
//   1. Every entry after the position that fits a source is given once, in order.  Where journald
//      has thrown entries away meanwhile, that gap is counted.
//   2. A position is that of an entry which was given (or of one before which all were), so who
//      stores it after the entries were dealt with loses none.
//   3. The files are opened again after journald told of files that came or went, and once an hour.
//      Pages of them that were read are given back: they would count as memory of this process.
//   4. A journal that is not there, or that may not be read, is a state; it is tried again.
//
// The descriptor is the same for as long as this lives, whatever is opened behind it.

@preconcurrency import Glibc
package import OpsDetect
package import OpsLinux

/// How the journal is.
package enum JournalState: Hashable, Sendable {
    /// Not opened yet.
    case unopened
    /// Its files are read: those that outlive a boot, those that do not, or both.
    case reading(persistent: Bool, volatile: Bool)
    /// There are no files: journald does not run, or stores nothing.
    case absent
    /// There are files, and this process may not read them.
    case unreadable
    /// A call failed; it is tried again.
    case failed(Errno)
}

extension JournalState: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unopened: "not opened yet"
        case .reading(true, true): "reading, persistent and volatile files"
        case .reading(true, false): "reading, persistent files"
        case .reading(false, true): "reading, volatile files: they end with the boot"
        case .reading(false, false): "reading"
        case .absent: "there is no journal"
        case .unreadable:
            "the journal may not be read: expected membership of the group systemd-journal"
        case .failed(let error): "the journal cannot be read: \(error)"
        }
    }
}

/// What was counted since the start.
package struct JournalCounts: Hashable, Sendable {
    /// Entries that fit a source.
    package var entries: UInt64 = 0
    /// Entries of which a part was left out: longer than `JournalLine.messageLimitBytes`.
    package var cut: UInt64 = 0
    /// Entries that could not be read.
    package var damaged: UInt64 = 0
    /// How often the entry read last was gone: journald had thrown it away, and perhaps others.
    package var gaps: UInt64 = 0
    /// The time that the last gap may reach over: from the entry read last to the first that was
    /// there, milliseconds since 1970.
    package var lastGap: ClosedRange<Int64>?
    /// A cursor that journald did not know; reading began at the start that was given instead.
    package var badCursors: UInt64 = 0
    /// How often the files were opened.
    package var openings: UInt64 = 0
}

/// What a turn of reading ended with.
package enum JournalProgress: Hashable, Sendable {
    /// There may be more: ask again in the next turn.
    case more
    /// All there is has been read; the descriptor tells when there is more.
    case caughtUp
    /// The journal cannot be read now; it is tried again at `deadline`.
    case waiting
}

/// A reader of the journal.
package final class JournalTail {
    /// Entries after which the pages of the files are given back, in any case and when all is read.
    static let entriesPerRelease = 16_384
    static let entriesPerQuietRelease = 1_024
    /// The least time between two openings because files came or went, in milliseconds.
    static let invalidationMilliseconds: Int64 = 250
    /// The time after which files are opened again in any case.
    static let refreshMilliseconds: Int64 = 3_600_000
    /// The time between two attempts to open a journal that is not there.
    static let retryMilliseconds: Int64 = 5_000
    /// The time between two looks where the descriptor does not tell of all changes.
    static let pollMilliseconds: Int64 = 1_000

    let location: JournalLocation
    var selection: JournalSelection
    /// Where reading begins without a position: milliseconds since 1970.
    let since: Int64
    private var poller: Poller
    private var registration: Token?
    private var handle: JournalHandle?
    private var line = JournalLine()
    private var parts: JournalParts

    /// Behind the last entry that was given.
    package private(set) var position: JournalPosition
    /// How the journal is.
    package private(set) var state = JournalState.unopened
    /// What was counted.
    package private(set) var counts = JournalCounts()

    private var openedAt: Int64 = 0
    private var readAt: Int64 = 0
    private var entriesSinceRelease = 0
    private var givenSinceOpening = 0
    /// Entries that were given behind the position, because journald did not tell a cursor.
    private var givenBehindPosition = 0
    /// Entries that come again because of that.
    private var toSkip = 0
    private var isInvalid = false
    private var isCaughtUp = false
    private var retryAt = Int64.min
    /// The entry of the position, which comes first again.
    private var knownCursor: String?
    /// The last entry of all as the files were opened.
    private var lastCursorAtOpening: String?
    /// The cursor whose gap was counted.
    private var countedGap: String?

    /// Reads what fits one of `matches` of some source, behind `position` or, without one, from
    /// `since` (milliseconds since 1970) on.  A match that any local user could fit is narrowed to
    /// what root logged.  Opens nothing yet; throws only where there is no descriptor left.
    package init(
        _ location: JournalLocation = .system, matches: [[JournalMatch]],
        position: JournalPosition? = nil, since: Int64
    ) throws(Errno) {
        self.location = location
        selection = JournalSelection(matches)
        self.position = position ?? JournalPosition(cursor: nil, number: 0)
        parts = JournalParts(open: position?.open ?? [])
        self.since = since
        poller = try Poller(eventsPerWait: 1)
    }

    /// Readable when the journal has changed: then call `wake`.
    package var descriptorNumber: Int32 { poller.descriptorNumber }

    /// When to read even though the descriptor told nothing, in milliseconds of the clock that
    /// `read` is given.
    package var deadline: Int64 {
        guard handle != nil else { return retryAt }
        if isInvalid { return openedAt &+ Self.invalidationMilliseconds }
        if handle?.isReliable == false { return readAt &+ Self.pollMilliseconds }
        return openedAt &+ Self.refreshMilliseconds
    }

    /// The descriptor is readable.
    package func wake() {
        guard handle != nil else { return }
        do {
            if try handle?.process() == true { isInvalid = true }
        } catch {
            isInvalid = true
        }
    }

    /// Gives at most `limit` entries to `body`, until it returns false; `uptime` is a clock in
    /// milliseconds that only goes forward.  The line is only lent.
    package func read(
        atMost limit: Int, uptime: Int64, _ body: (borrowing JournalLine) -> Bool
    ) -> JournalProgress {
        readAt = uptime
        if handle != nil && isDue(uptime) { close() }
        if handle == nil {
            guard uptime >= retryAt else { return .waiting }
            do {
                try open(uptime)
            } catch {
                fail(error, uptime)
                return .waiting
            }
            guard handle != nil else { return .waiting }
        }
        do {
            return try readSlice(limit, body)
        } catch {
            // Files that vanish under the reader are told in many ways.  They are opened again.
            fail(error, uptime)
            return .waiting
        }
    }

    /// Whether the files are to be opened again.
    private func isDue(_ uptime: Int64) -> Bool {
        let age = uptime &- openedAt
        if isInvalid { return age >= Self.invalidationMilliseconds }
        return isCaughtUp && age >= Self.refreshMilliseconds
    }

    // MARK: Opening

    private func open(_ uptime: Int64) throws(Errno) {
        let opened: JournalHandle
        do {
            opened = try JournalHandle(location, systemFilesOnly: selection.isOfRootOnly)
        } catch {
            guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            return miss(uptime)
        }
        if opened.bytes == 0 { return miss(uptime) }
        // The descriptor before the reading, so that nothing is missed between the two.
        let token = try poller.register(try opened.descriptor(), .read)
        registration = token
        let volatile = opened.isVolatile
        let persistent = opened.isPersistent
        do {
            try place(opened)
        } catch {
            poller.deregister(token)
            registration = nil
            throw error
        }
        handle = consume opened
        state = .reading(persistent: persistent, volatile: volatile)
        counts.openings &+= 1
        openedAt = uptime
        // The search for the position has touched pages of every file.
        entriesSinceRelease = Self.entriesPerQuietRelease
        givenSinceOpening = 0
        // Reading goes on at the position, and what came behind it comes again.
        parts = JournalParts(open: position.open)
        toSkip = givenBehindPosition
        isInvalid = false
        isCaughtUp = false
    }

    private func miss(_ uptime: Int64) {
        state = JournalFiles.exist(location) ? .unreadable : .absent
        retryAt = uptime &+ Self.retryMilliseconds
    }

    private func fail(_ error: Errno, _ uptime: Int64) {
        close()
        state = .failed(error)
        retryAt = uptime &+ Self.invalidationMilliseconds
    }

    private func close() {
        if let token = registration { poller.deregister(token) }
        registration = nil
        handle = nil
    }

    /// Sets a journal that was opened to the position, and looks whether its entry is still there.
    private func place(_ opened: borrowing JournalHandle) throws(Errno) {
        lastCursorAtOpening = try opened.lastCursor()
        knownCursor = nil
        if let cursor = position.cursor {
            do {
                // All entries are looked at: the entry may fit no match that there is today.
                try opened.seek(cursor: cursor)
                let hasNext = try opened.next()
                if !hasNext || !opened.isAt(cursor) {
                    countGap(cursor, until: hasNext ? try opened.realtime() : nil)
                }
                try opened.select(selection.union)
                try opened.seek(cursor: cursor)
                knownCursor = cursor
                return
            } catch  where error.code == EINVAL {
                counts.badCursors &+= 1
                position.cursor = nil
            }
        }
        try opened.select(selection.union)
        try opened.seek(realtime: UInt64(clamping: since) &* 1_000)
    }

    private func countGap(_ cursor: String, until end: UInt64?) {
        guard countedGap != cursor else { return }
        countedGap = cursor
        counts.gaps &+= 1
        let start = Int64(clamping: position.number / 1_000)
        counts.lastGap = start...max(start, end.map { Int64(clamping: $0 / 1_000) } ?? start)
    }

    // MARK: Reading

    private func readSlice(
        _ limit: Int, _ body: (borrowing JournalLine) -> Bool
    ) throws(Errno) -> JournalProgress {
        var given = 0
        var looked = 0
        var isLast = false
        defer { if given > 0 { keepCursor(given) } }
        while given < limit, looked < 4 * limit {
            guard try handle?.next() == true else {
                isLast = true
                break
            }
            looked += 1
            entriesSinceRelease += 1
            if let cursor = knownCursor {
                knownCursor = nil
                if handle?.isAt(cursor) == true { continue }
            }
            guard try fill() else { continue }
            let meaning = parts.take(&line)
            if meaning == .part { continue }
            if toSkip > 0 {
                toSkip -= 1
                continue
            }
            if meaning == .rest { continue }
            given += 1
            givenSinceOpening += 1
            counts.entries &+= 1
            if line.isCut { counts.cut &+= 1 }
            position.number = line.number
            if !body(line) { break }
        }
        if entriesSinceRelease >= (isLast ? Self.entriesPerQuietRelease : Self.entriesPerRelease) {
            JournalPages.release()
            entriesSinceRelease = 0
        }
        guard isLast else { return .more }
        isCaughtUp = true
        // All that fits and is not behind the last entry of the opening has been read, so the
        // position may be there: the entry at a quiet source's position would be thrown away.
        if givenSinceOpening == 0, givenBehindPosition == 0, let last = lastCursorAtOpening {
            position.cursor = last
            position.open = parts.open
        }
        lastCursorAtOpening = nil
        return .caughtUp
    }

    /// Reads this entry into `line`; false where it fits no source or is damaged.
    private func fill() throws(Errno) -> Bool {
        line.begin()
        selection.begin()
        do {
            try handle?.forEachField { field, nameLength in
                line.take(field, nameLength: nameLength)
                selection.note(field, nameLength: nameLength)
            }
        } catch {
            guard error.code == EBADMSG || error.code == EPROTO else { throw error }
            counts.damaged &+= 1
            return false
        }
        selection.appendSources(to: &line.sources)
        guard !line.sources.isEmpty, let received = try handle?.realtime() else { return false }
        line.finish(realtime: received, uptime: handle?.uptime() ?? 0)
        line.number = position.number(after: received)
        return true
    }

    /// The position is that of the last entry.
    private func keepCursor(_ given: Int) {
        if let cursor = try? handle?.cursor() {
            position.cursor = cursor
            position.open = parts.open
            givenBehindPosition = 0
        } else {
            givenBehindPosition += given
        }
    }
}
