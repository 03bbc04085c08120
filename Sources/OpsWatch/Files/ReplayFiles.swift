// For `--replay`: a log with its history, oldest first, read once from beginning to end.

package import OpsGzip
import OpsLinux

/// A file of a log's history.
package struct ReplayFile: Hashable, Sendable {
    /// Its path.
    package var path: String
    /// It is unpacked while it is read.
    package var isCompressed: Bool
    /// When it was last modified, in milliseconds since 1970: no line in it is later.
    package var modified: Int64
    /// Its size, as it is on the disk.
    package var sizeBytes: Int64
    /// The path of the log.
    package var log: String
    /// There is nothing else of the log; what else there was may have ended in the middle of a
    /// line of json-file.
    package var isWholeLog: Bool
}

/// The history of logs.
package enum ReplayFiles {
    /// The history of the log at `path` and the log itself (`x.log.3.gz`, `x.log.2.gz`, `x.log.1`,
    /// `x.log`; with dates likewise), oldest first, and the paths of files that are compressed in
    /// a way that is not read.  A glob gives all logs that match, each after its own history.
    package static func history(of pattern: String) -> (files: [ReplayFile], unread: [String]) {
        var files: [ReplayFile] = []
        var unread: [String] = []
        for path in paths(of: GlobPattern(pattern)) {
            let history = LogFamily(of: path, identities: []).history
            for relative in history {
                if relative.compression == .other {
                    unread.append(relative.path)
                } else {
                    files.append(
                        ReplayFile(
                            path: relative.path, isCompressed: relative.compression == .gzip,
                            modified: relative.modified / 1_000_000,
                            sizeBytes: relative.sizeBytes, log: path, isWholeLog: false))
                }
            }
            guard let status = try? FileStatus.following(path: path), status.kind == .regular
            else { continue }
            files.append(
                ReplayFile(
                    path: path, isCompressed: path.hasSuffix(".gz"),
                    modified: status.modifiedNanoseconds / 1_000_000,
                    sizeBytes: status.sizeBytes, log: path, isWholeLog: history.isEmpty))
        }
        return (files, unread)
    }

    /// Logs that a glob matches, without those that are the history of another.
    private static func paths(of pattern: GlobPattern) -> [String] {
        if pattern.isLiteral { return [pattern.path] }
        var paths = ["/"]
        for component in pattern.components {
            var next: [String] = []
            for directory in paths {
                guard component.isPattern else {
                    next.append(PathText.join(directory, component.text))
                    continue
                }
                let names = (try? Directory(path: directory).names(limit: FileBounds.names)) ?? []
                next += names.filter { component.matches($0) }.sorted()
                    .map { PathText.join(directory, $0) }
            }
            paths = Array(next.prefix(FileBounds.files))
        }
        let all = Set(paths)
        return paths.filter { path in
            let (directory, name) = PathText.split(path)
            return !RotatedName.bases(of: name).contains {
                all.contains(PathText.join(directory, $0))
            }
        }
    }
}

/// A file of a replay while it is read.
package final class ReplayReader {
    private let lines: SequentialLines
    private var last: Lines?

    /// Opens a file.
    package init(_ file: ReplayFile) throws(GzipFault) {
        if file.isCompressed {
            lines = SequentialLines(gzip: try GzipReader(path: file.path))
            return
        }
        do throws(Errno) {
            lines = SequentialLines(plain: OpenFile(try Descriptor.reading(path: file.path)))
        } catch {
            throw .failed(error)
        }
    }

    /// The next whole lines, as a range of `buffer`; nil at the end.  All of them are done when it
    /// is called again.  What was good of a damaged file comes before the fault.
    package func read(into buffer: inout [UInt8]) throws(GzipFault) -> Range<Int>? {
        if buffer.count < FileBounds.sliceBytes {
            buffer.append(
                contentsOf: repeatElement(0, count: FileBounds.sliceBytes - buffer.count))
        }
        if let last { lines.consume(last, count: last.range.count) }
        last = nil
        while true {
            switch lines.read(into: &buffer) {
            case .lines(let found):
                last = found
                return found.range
            case .again: continue
            case .end: return nil
            case .failed(let fault): throw fault
            }
        }
    }
}
