// The compressed files of events in a directory, newest first: in the order of the chain, as opsd
// removes them, and before them by the time of their last change, which gzip keeps.  Files that
// are not compressed are opsd's; of these only is known where they begin.

import Glibc
import OpsCore
import OpsGzip
import OpsLinux
import OpsTrails

/// A compressed file.
struct PackedFile {
    let name: String
    let inode: UInt64
    /// When it was last written, seconds since 1970.
    let modified: Int64
    /// What its first chain line goes on from; nil: it has none near its beginning.
    fileprivate var start: AuditHead?
    /// The time of its first event, milliseconds since 1970; nil: it has none near its beginning.
    fileprivate(set) var begins: Int64?
}

/// All of them.
struct PackedFiles {
    /// Why they cannot be read.
    struct Fault: Error {
        var place: String
        var text: String
        var isForbidden: Bool

        init(_ place: String, _ error: Errno) {
            self.place = place
            text = error.text
            isForbidden = error.code == EACCES || error.code == EPERM
        }

        init(_ place: String, _ text: String) {
            self.place = place
            self.text = text
            isForbidden = false
        }

        /// In words.
        var message: String {
            let who =
                isForbidden ? " (the files are readable for root and for the group of opsd)" : ""
            return "cannot read \(place): \(text)\(who)"
        }
    }

    /// How much of a file is looked at to put it in its place, bytes.
    private static let beginningBytes = 1 << 20

    let path: String
    /// Newest first.
    private(set) var files: [PackedFile] = []
    /// Those that gzip has not compressed, and that cannot be read here.
    private(set) var foreign: [String] = []
    /// Names of compressed files that are something else: links are not followed here.
    private(set) var strange: [String] = []
    /// What opsd reads has no id below this one; nil: there are no such files, or they are empty.
    private(set) var lowestPlain: UInt64?

    /// - Parameter since: files that were last written before are left out; milliseconds since
    ///   1970.
    init(in path: String, since: Int64?) throws(Fault) {
        self.path = path
        let directory = try Self.asking(path) { () throws(Errno) in try Directory(path: path) }
        let names = Set(
            try Self.asking(path) { () throws(Errno) in try directory.names() }.filter {
                $0 == RotatedTrail.events
                    || RotatedTrail.isRotated($0, of: RotatedTrail.events)
                        && !$0.hasSuffix(AtomicFile.suffix)
            })
        for name in names.sorted() {
            guard let status = try? directory.status(name) else { continue }
            if status.kind != .regular {
                if RotatedTrail.isCompressed(name) { strange.append(name) }
                continue
            }
            guard let plain = RotatedTrail.plainName(name) else {
                if let id = try Self.firstID(of: name, directory, path) {
                    lowestPlain = min(lowestPlain ?? id, id)
                }
                continue
            }
            let isOld = since.map { status.modifiedSeconds < $0 / 1_000 } ?? false
            // Of a file that is being compressed there are two for a while.
            if isOld || names.contains(plain) { continue }
            if !name.hasSuffix(RotatedTrail.gzip) {
                foreign.append(name)
                continue
            }
            var file = PackedFile(
                name: name, inode: status.inode, modified: status.modifiedSeconds)
            try Self.look(at: &file, directory, path)
            files.append(file)
        }
        files.sort { Self.key($0) > Self.key($1) }
    }

    private static func key(_ file: PackedFile) -> (UInt64, Int64, UInt64, String) {
        let number = RotatedTrail.plainName(file.name).map {
            RotatedTrail.number($0, of: RotatedTrail.events)
        }
        return (file.start.map { $0.sequence + 1 } ?? 0, file.modified, number ?? 0, file.name)
    }

    private static func asking<Value: ~Copyable>(
        _ place: String, _ body: () throws(Errno) -> Value
    ) throws(Fault) -> Value {
        do throws(Errno) { return try body() } catch { throw Fault(place, error) }
    }

    /// The first id in a plain file, if it is near the beginning.
    private static func firstID(
        of name: String, _ directory: borrowing Directory, _ path: String
    ) throws(Fault) -> UInt64? {
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count: Int
        do throws(Errno) {
            count = try directory.open(name, [.read, .nonBlocking]).read(into: &bytes)
        } catch {
            if error.code == ENOENT { return nil }
            throw Fault("\(path)/\(name)", error)
        }
        var begin = 0
        while let lf = ByteSearch.first(0x0a, in: bytes.span.extracting(begin..<count)) {
            let line = bytes.span.extracting(begin..<begin + lf)
            if let id = EventLineFilter.id(line) { return id }
            begin += lf + 1
        }
        return nil
    }

    /// Where a compressed file begins.  One that is damaged is met again when it is read.
    private static func look(
        at file: inout PackedFile, _ directory: borrowing Directory, _ path: String
    ) throws(Fault) {
        let reader: GzipReader
        do throws(Errno) {
            let open = try directory.open(file.name, [.read, .nonBlocking])
            guard let found = try? GzipReader(open) else { return }
            reader = found
        } catch {
            if error.code == ENOENT { return }
            throw Fault("\(path)/\(file.name)", error)
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var beginning = ChainBeginning()
        var looked = 0
        while looked < beginningBytes, let count = try? reader.read(into: &bytes), count > 0 {
            let piece = bytes.span.extracting(0..<count)
            if looked == 0, let lf = ByteSearch.first(0x0a, in: piece) {
                file.begins = EventLineFilter.time(piece.extracting(0..<lf))
            }
            looked += count
            if !beginning.feed(piece) { break }
        }
        file.start = beginning.head
    }
}
