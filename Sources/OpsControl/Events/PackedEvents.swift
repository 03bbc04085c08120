// The events in compressed files, newest first, as opsd pages through the plain ones: the same
// filter, the same places (`ID-INODE-OFFSET-SEEN`), where OFFSET counts the unpacked bytes.
//
// opsd may have kept older events in memory than its plain files have: those are in the
// compressed files too, mostly.  They wait here (`held`) until the files reach their ids, so that
// all come in order and none comes twice.

import OpsCore
import OpsGzip
import OpsLinux
import OpsProtocol
import OpsTrails

/// The walk through the files.
struct PackedEvents: ~Copyable {
    /// An event of opsd's memory.
    struct Held {
        var id: UInt64
        var time: Int64
        /// The object.
        var bytes: [UInt8]
    }

    /// What is held of a file at once, bytes.
    static let keptBytes = 16 << 20
    /// An offset after the last line of any file.
    static let end = UInt64(Int64.max)

    private let list: PackedFiles
    private let filter: EventFilter
    private let keptBytes: Int
    private var held: ArraySlice<Held>
    private let known: [UInt64: Int64]
    /// The file that is next, and where what is left of it ends.
    private var index: Int
    private var before: UInt64
    private var passing: UInt64?
    /// Lines of the last pass that were not taken, oldest first.
    private var lines: [PackedPass.Line] = []
    /// Which file they are from.
    private var source: Int
    /// Lines that match in what is left of the file, and are not in `lines`.
    private var hidden: UInt64 = 0
    /// Events so far, on all pages.
    private(set) var seen: UInt64
    /// Where the next page begins; nil: there was no event yet.
    private var resume: EventLinePlace?
    /// What could not be read.
    private(set) var faults: [String] = []
    /// Files that could not be read, or not to their end.
    private(set) var unread: Int

    /// - Parameters:
    ///   - place: where to go on: a line of one of the files, or below an id; nil: from the newest
    ///     on.
    ///   - seen: events that came before.
    ///   - held: newest first.
    init(
        _ list: PackedFiles, _ filter: EventFilter, after place: EventPlace?,
        seen: UInt64, held: [Held] = [], keptBytes: Int = PackedEvents.keptBytes
    ) {
        self.filter = filter
        self.held = held[...]
        self.keptBytes = keptBytes
        known = Dictionary(held.map { ($0.id, $0.time) }) { first, _ in first }
        index = 0
        before = Self.end
        passing = nil
        source = 0
        resume = nil
        unread = list.foreign.count + list.strange.count
        self.seen = seen
        switch place {
        case nil: break
        case .id(let id): passing = id
        case .line(let line):
            if let found = list.files.firstIndex(where: { $0.inode == line.inode }) {
                index = found
                before = line.offset
            } else {
                passing = line.id
            }
        }
        for name in list.foreign {
            faults.append("\(list.path)/\(name): not compressed by gzip")
        }
        for name in list.strange {
            faults.append("\(list.path)/\(name): not a regular file; links are not followed")
        }
        self.list = list
    }

    /// Events that match among those that were looked at, shown or not.
    var total: UInt64 { seen + UInt64(held.count) + UInt64(lines.count) + hidden }

    /// Everything has been looked at, and could be.
    var isComplete: Bool {
        index == list.files.count && hidden == 0 && faults.isEmpty
    }

    /// The next event, an object; nil: there is none.
    mutating func next() -> [UInt8]? {
        while lines.isEmpty && index < list.files.count { pass() }
        if let first = held.first, first.id > lines.last?.id ?? 0 {
            held.removeFirst()
            seen += 1
            resume = place(first.id)
            return first.bytes
        }
        guard let line = lines.popLast() else { return nil }
        seen += 1
        resume = EventLinePlace(
            id: line.id, inode: list.files[source].inode, offset: line.offset, seen: seen)
        return line.bytes
    }

    /// The next events of a page that begins with other rows.
    mutating func page(of limit: Int, after rows: [[UInt8]]) -> [[UInt8]] {
        var page = rows
        var bytes = rows.reduce(0) { $0 + $1.count }
        if resume == nil, let id = rows.last.flatMap({ EventLineFilter.id($0.span) }) {
            resume = EventLinePlace(
                id: id, inode: list.files.first?.inode ?? 0, offset: Self.end, seen: seen)
        }
        while page.count < limit, bytes < EventSink.pageBytes, let row = next() {
            page.append(row)
            bytes += row.count
        }
        return page
    }

    /// How the page ends, as opsd would say it.
    func end(isMore: Bool) -> EventPageEnd {
        EventPageEnd(
            total: total, isComplete: isComplete,
            next: isMore ? resume.map { EventPlace.line($0).text } : nil, compressedFiles: unread,
            fault: faults.first)
    }

    /// Whether another event follows.
    mutating func hasMore() -> Bool {
        while lines.isEmpty && index < list.files.count { pass() }
        return !lines.isEmpty || !held.isEmpty
    }

    /// Where the files go on after an event that was held.
    private func place(_ id: UInt64) -> EventLinePlace {
        if let line = lines.last {
            let next = line.offset + UInt64(line.bytes.count) + 1
            return EventLinePlace(
                id: id, inode: list.files[source].inode, offset: next, seen: seen)
        }
        // All files have been read.
        return EventLinePlace(
            id: id, inode: list.files.last?.inode ?? 0, offset: 0, seen: seen)
    }

    /// Looks for lines in what is left of the file that is next.
    private mutating func pass() {
        let file = list.files[index]
        source = index
        if isOld(after: index) {
            index = list.files.count
            return
        }
        if let until = filter.until, let begins = file.begins,
            begins >= until + EventLineFilter.clockSlack
        {
            return leave()
        }
        guard let reader = open(file) else { return leave() }
        var pass = PackedPass(
            filter, passing: passing, end: before, keptBytes: keptBytes, known: known)
        pass.read(reader)
        if let fault = pass.fault { note(file, fault.description) }
        if pass.hasPassed { passing = nil }
        let matches = pass.matches
        let found = pass.finish()
        lines = found.lines
        hidden = matches - UInt64(found.lines.count)
        if let end = found.before { before = end } else { leave() }
    }

    private mutating func leave() {
        index += 1
        before = Self.end
    }

    /// Whether this file and those after it end before what is asked for.
    private func isOld(after index: Int) -> Bool {
        guard let since = filter.since, index > 0, let begins = list.files[index - 1].begins
        else { return false }
        return begins < since - EventLineFilter.clockSlack
    }

    private mutating func open(_ file: PackedFile) -> GzipReader? {
        do throws(Errno) {
            let directory = try Directory(path: list.path)
            let open = try directory.open(file.name, [.read, .nonBlocking])
            do throws(GzipFault) { return try GzipReader(open) } catch {
                note(file, error.description)
            }
        } catch {
            note(file, error.text)
        }
        return nil
    }

    private mutating func note(_ file: PackedFile, _ text: String) {
        let fault = "\(list.path)/\(file.name): \(text)"
        if faults.last == fault { return }
        faults.append(fault)
        unread += 1
    }
}
