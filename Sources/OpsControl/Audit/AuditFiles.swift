// events.ndjson and its rotated files in a directory, plain or compressed, in the order of the
// chain: by the number of the first chain line in each, whatever they are called.  They are read
// piece by piece; a file that is being written is read as far as it was when it was opened.

import Glibc
import OpsCore
import OpsGzip
import OpsLinux
import OpsProtocol
import OpsTrails

/// One of the files.
final class AuditFile {
    static let chunkBytes = 1 << 20

    let name: String
    /// What its first chain line goes on from; nil: it has none.
    private(set) var start: AuditHead?
    private let path: String
    private let directory: String
    private let file: Descriptor?
    private let size: Int64

    fileprivate init(_ name: String, in path: String) throws(AuditFiles.Fault) {
        self.name = name
        self.path = "\(path)/\(name)"
        directory = path
        do throws(Errno) {
            let directory = try Directory(path: path)
            let opened = try directory.open(name, [.read, .nonBlocking])
            size = try opened.status().sizeBytes
            if name.hasSuffix(RotatedTrail.gzip) { file = nil } else { file = consume opened }
        } catch {
            throw AuditFiles.Fault(place: self.path, error)
        }
        try findStart()
    }

    fileprivate var status: FileStatus? { try? file?.status() }

    private func findStart() throws(AuditFiles.Fault) {
        var beginning = ChainBeginning()
        try read(chunkBytes: 1 << 16) { beginning.feed($0) }
        start = beginning.head
    }

    /// Hands over all of it, until `body` has enough.
    func read(
        chunkBytes: Int = AuditFile.chunkBytes, _ body: (Span<UInt8>) -> Bool
    ) throws(AuditFiles.Fault) {
        var buffer = [UInt8](repeating: 0, count: chunkBytes)
        if name.hasSuffix(RotatedTrail.gzip) { return try unpack(&buffer, body) }
        var place: Int64 = 0
        while place < size {
            let count: Int
            do throws(Errno) {
                let limit = Int(min(Int64(chunkBytes), size - place))
                count = try file?.read(into: &buffer, at: 0, from: place, limit: limit) ?? 0
            } catch {
                throw AuditFiles.Fault(place: path, error)
            }
            if count == 0 || !body(buffer.span.extracting(0..<count)) { return }
            place += Int64(count)
        }
    }

    private func unpack(
        _ buffer: inout [UInt8], _ body: (Span<UInt8>) -> Bool
    ) throws(AuditFiles.Fault) {
        let opened: Descriptor
        do throws(Errno) {
            opened = try Directory(path: directory).open(name, [.read, .nonBlocking])
        } catch {
            throw AuditFiles.Fault(place: path, error)
        }
        do throws(GzipFault) {
            let reader = try GzipReader(opened)
            while true {
                let count = try reader.read(into: &buffer)
                if count == 0 || !body(buffer.span.extracting(0..<count)) { return }
            }
        } catch {
            if case .failed(let error) = error { throw AuditFiles.Fault(place: path, error) }
            // Whatever was unpacked has been looked at; what is missing does not fit.
            throw AuditFiles.Fault(place: path, text: error.description)
        }
    }
}

/// All of them.
struct AuditFiles {
    /// A file cannot be read.
    struct Fault: Error {
        var place: String
        /// nil: it is damaged.
        var errno: Errno?
        var text: String

        init(place: String, _ error: Errno) {
            self.place = place
            errno = error
            text =
                error.code == ELOOP
                ? "it is a symbolic link, which opsd never writes and nobody can verify"
                : error.text
        }

        init(place: String, text: String) {
            self.place = place
            self.text = text
        }
    }

    static var name: String { RotatedTrail.events }
    /// How often a directory is read again in which files are renamed meanwhile.
    private static let tries = 5

    /// In the order of the chain.
    private(set) var files: [AuditFile] = []
    /// Files without a chain line, which were there before there was a chain.
    private(set) var unchained: [AuditFile] = []

    init(in path: String) throws(Fault) {
        var last: Fault?
        for _ in 0..<Self.tries {
            do throws(Fault) {
                try look(path)
                return
            } catch {
                guard error.errno?.code == ENOENT, error.place != path else { throw error }
                last = error
            }
        }
        if let last { throw last }
    }

    private mutating func look(_ path: String) throws(Fault) {
        files = []
        unchained = []
        // The file that is written is opened first: if it is renamed now, it is met again below.
        let isThere = try Self.names(in: path).contains(Self.name)
        let current = isThere ? try AuditFile(Self.name, in: path) : nil
        let names = try Self.names(in: path)
        for name in names where RotatedTrail.isRotated(name, of: Self.name) {
            // Of a file that is being compressed there are two for a while, and half of a third.
            if name.hasSuffix(AtomicFile.suffix) { continue }
            if name.hasSuffix(RotatedTrail.gzip),
                names.contains(String(name.dropLast(RotatedTrail.gzip.count)))
            {
                continue
            }
            let file = try AuditFile(name, in: path)
            if let status = file.status, let own = current?.status, status.isSameFile(as: own) {
                continue
            }
            if file.start == nil { unchained.append(file) } else { files.append(file) }
        }
        files.sort { ($0.start?.sequence ?? 0, $0.name) < ($1.start?.sequence ?? 0, $1.name) }
        unchained.sort { $0.name < $1.name }
        guard let current else { return }
        if let start = current.start {
            let place = files.firstIndex { ($0.start?.sequence ?? 0) > start.sequence }
            files.insert(current, at: place ?? files.endIndex)
        } else {
            files.append(current)
        }
    }

    private static func names(in path: String) throws(Fault) -> [String] {
        do throws(Errno) {
            return try Directory(path: path).names()
        } catch {
            throw Fault(place: path, error)
        }
    }

    /// Looks at all of them.
    func inspect(_ anchors: [AuditAnchor]) throws(Fault) -> AuditVerdict {
        let start = files.first { $0.start != nil }?.start
        var inspection = AuditInspection(after: start ?? .origin, anchors: anchors)
        for file in files {
            inspection.begin(file: file.name)
            var fits = true
            try file.read { bytes in
                fits = inspection.feed(bytes)
                return fits
            }
            if !fits { break }
        }
        return inspection.end()
    }
}
