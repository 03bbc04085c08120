// Reads the files of events backwards, for the part of a page that the tail does not have.
//
//   R1. It looks at no more than `lookBytes`.  What is left is for the next page, which begins
//       where this one ended, in the same file, whatever its name is by then.
//   R2. Rows come newest first.  Events that the tail has kept are put between the lines where the
//       files lack them, and no event comes twice.
//   R3. What cannot be read is named, and the rest is read.
//   R4. It ends early if nobody waits for the page any more.
//
// A line that is torn, too long, or no event is passed over.  Nothing here changes a file.

import OpsCore
import OpsLinux
import OpsProtocol
import OpsTrails

/// One search.
struct EventFileSearch: ~Copyable {
    /// The bounds; tests have smaller ones.
    struct Bounds {
        /// What is looked at for a page.
        var lookBytes = 64 << 20
        /// What is read at once, which must be more than the longest line.
        var blockBytes = 256 << 10
        /// The lines of a page together; one that is too many for it is still on the page.
        var pageBytes = 4 << 20
    }

    /// What became of a file, or of the search.
    private enum Step {
        case next, over
    }

    private let search: EventSearch
    private let filter: EventLineFilter
    private let bounds: Bounds
    private let isCancelled: () -> Bool
    /// What there is of the page.
    private var page: EventPage
    private var seen: UInt64
    private var nextKept = 0
    /// Bytes of the page's lines.
    private var pageBytes = 0
    private var left: Int
    private var buffer: [UInt8]
    /// Where the next page begins if this one is not full.
    private var reached: EventLinePlace?
    /// Lines are passed over until one has an id below this; nil: no more.
    private var passing: UInt64?
    /// Everything has been looked at.
    private var isComplete = false
    private var fault: String?

    private init(_ search: EventSearch, _ bounds: Bounds, _ isCancelled: @escaping () -> Bool) {
        self.search = search
        self.bounds = bounds
        self.isCancelled = isCancelled
        filter = EventLineFilter(search.query.filter)
        page = EventPage(total: 0, rows: search.rows, next: nil)
        seen = search.seen
        left = bounds.lookBytes
        buffer = [UInt8](repeating: 0, count: bounds.blockBytes)
    }

    /// Carries out a search in the directory at `path`.
    static func page(
        _ search: EventSearch, path: String, bounds: Bounds = Bounds(),
        isCancelled: @escaping () -> Bool = { false }
    ) -> EventPage {
        var work = EventFileSearch(search, bounds, isCancelled)
        do throws(Errno) {
            let directory = try Directory(path: path)
            let files = try EventFileList(in: directory, since: search.query.filter.since)
            work.page.compressedFiles = files.compressed
            try work.look(at: files, in: directory)
        } catch {
            work.note(error, path)
        }
        return work.finished()
    }

    private mutating func note(_ error: Errno, _ place: String) {
        if fault == nil { fault = "\(place): \(error)" }
    }

    // MARK: Files

    private mutating func look(
        at files: EventFileList, in directory: borrowing Directory
    ) throws(Errno) {
        var (index, end) = try start(files, in: directory)
        while index < files.plain.count {
            let file = files.plain[index]
            do throws(Errno) {
                if let open = try EventFileList.open(file, in: directory) {
                    if try look(at: open, before: end ?? open.size) == .over { return }
                }
            } catch {
                note(error, file.name)
            }
            index += 1
            end = nil
        }
        isComplete = true
    }

    /// The file to begin with, and the end of what is to be looked at in it; nil: all of it.
    private mutating func start(
        _ files: EventFileList, in directory: borrowing Directory
    ) throws(Errno) -> (index: Int, end: Int64?) {
        let start = search.start
        if case .line(let place) = start,
            let index = files.plain.firstIndex(where: { $0.inode == place.inode }),
            let file = try EventFileList.open(files.plain[index], in: directory),
            let offset = Int64(exactly: place.offset), offset < file.size,
            try file.firstEvent(from: offset, isAligned: true, &buffer)?.id ?? place.id == place.id
        {
            return (index, offset)
        }
        passing = start.id
        for index in files.plain.indices {
            do throws(Errno) {
                guard let file = try EventFileList.open(files.plain[index], in: directory) else {
                    continue
                }
                let first = try file.firstEvent(from: 0, isAligned: true, &buffer)?.id
                let last = try file.lastID(&buffer)
                // Where it cannot be told, nothing is passed over unseen.
                guard let first, let last, last >= start.id, first <= last else {
                    return (index, nil)
                }
                if first < start.id {
                    return (index, try file.offset(ofID: start.id, &buffer))
                }
            } catch {
                note(error, files.plain[index].name)
            }
        }
        return (files.plain.count, nil)
    }

    private mutating func look(
        at file: OpenEventFile, before end: Int64
    ) throws(Errno) -> Step {
        if let until = search.query.filter.until,
            let first = try file.firstEvent(from: 0, isAligned: true, &buffer)?.time,
            first >= until + EventLineFilter.clockSlack
        {
            return .next
        }
        var end = end
        while end > 0 {
            if isCancelled() { return .over }
            let begin = max(0, end - Int64(bounds.blockBytes))
            let count = try file.read(begin, end, into: &buffer)
            left -= max(1, count)
            if left < 0 { return .over }
            guard let lines = lines(count, isFirst: begin == 0) else {
                // The end of a line that is too long.
                end = begin
                continue
            }
            if lines.upperBound < Int(end - begin) {
                // What is behind the last LF is not a whole line.
                end = begin + Int64(lines.upperBound)
                continue
            }
            end = begin + Int64(lines.lowerBound)
            if look(at: lines, of: file, at: begin) {
                isComplete = true
                // They are older still.
                page.compressedFiles = 0
                return .over
            }
        }
        return .next
    }

    /// Where the whole lines of a block are in the buffer; nil: there is no end of a line, or only
    /// that of one which began before the block.
    private func lines(_ count: Int, isFirst: Bool) -> Range<Int>? {
        let bytes = buffer.span.extracting(first: count)
        guard let last = ByteSearch.last(0x0a, in: bytes) else { return nil }
        if isFirst { return 0..<last + 1 }
        let first = ByteSearch.first(0x0a, in: bytes) ?? last
        if first == last && last + 1 == count { return nil }
        return first + 1..<max(first + 1, last + 1)
    }

    /// The page takes no more rows.
    private var isFull: Bool {
        page.rows.count == search.query.limit || pageBytes >= bounds.pageBytes
    }

    // MARK: Lines

    /// Looks at lines in the buffer, which is at `start` of the file; true: all that is before them
    /// is too old.
    private mutating func look(
        at range: Range<Int>, of file: OpenEventFile, at start: Int64
    ) -> Bool {
        let (lowest, time) = lowestEvent(range)
        if passing != nil || mayMatch(range) {
            var end = range.upperBound - 1
            while end >= range.lowerBound {
                let before = ByteSearch.last(
                    0x0a, in: buffer.span.extracting(range.lowerBound..<end))
                let begin = before.map { range.lowerBound + $0 + 1 } ?? range.lowerBound
                consider(begin..<end, of: file, at: start + Int64(begin))
                end = begin - 1
            }
        }
        reached = EventLinePlace(
            id: lowest ?? reached?.id ?? search.start.id, inode: file.inode,
            offset: UInt64(start) + UInt64(range.lowerBound), seen: 0)
        guard let since = search.query.filter.since, let time else { return false }
        return time < since - EventLineFilter.clockSlack
    }

    private func mayMatch(_ range: Range<Int>) -> Bool {
        filter.needle.isEmpty
            || ByteSearch.first(filter.needle, in: buffer.span.extracting(range)) != nil
    }

    /// The id and the time of the first event in a range of lines.
    private func lowestEvent(_ range: Range<Int>) -> (id: UInt64?, time: Int64?) {
        var begin = range.lowerBound
        while begin < range.upperBound,
            let lf = ByteSearch.first(0x0a, in: buffer.span.extracting(begin..<range.upperBound))
        {
            let line = buffer.span.extracting(begin..<begin + lf)
            if let id = EventLineFilter.id(line) { return (id, EventLineFilter.time(line)) }
            begin += lf + 1
        }
        return (nil, nil)
    }

    private mutating func consider(
        _ range: Range<Int>, of file: OpenEventFile, at offset: Int64
    ) {
        guard let id = EventLineFilter.id(buffer.span.extracting(range)) else { return }
        if let passing {
            if id >= passing { return }
            self.passing = nil
        }
        if !filter.matches(buffer.span.extracting(range)) { return }
        addKept(above: id)
        if nextKept < search.kept.count && search.kept[nextKept].id == id { nextKept += 1 }
        seen += 1
        if isFull { return }
        let place = EventLinePlace(
            id: id, inode: file.inode, offset: UInt64(offset), seen: seen)
        page.rows.append(EventRow(line: Array(buffer[range]), place))
        pageBytes += range.count
    }

    /// Adds events of the tail whose ids are above this one.
    private mutating func addKept(above id: UInt64?) {
        while nextKept < search.kept.count {
            let event = search.kept[nextKept]
            if let id, event.id <= id { return }
            nextKept += 1
            seen += 1
            if isFull { continue }
            var row = EventRow(event)
            row.place = .line(EventLinePlace(id: event.id, inode: 0, offset: 0, seen: seen))
            page.rows.append(row)
        }
    }

    // MARK: The page

    private consuming func finished() -> EventPage {
        let isRead = isComplete
        if isRead { addKept(above: nil) } else { addKept(above: reached?.id ?? .max) }
        page.total = Int(clamping: seen) + search.kept.count - nextKept
        page.isTotalComplete = isRead && fault == nil && page.compressedFiles == 0
        page.fault = fault
        let rows = UInt64(page.rows.count - search.rows.count)
        let isMore = seen - search.seen > rows || nextKept < search.kept.count || !isRead
        if !isMore { return page }
        if isFull {
            page.next = page.rows.last?.place
        } else if var place = reached {
            place.seen = seen
            page.next = .line(place)
        }
        return page
    }
}
