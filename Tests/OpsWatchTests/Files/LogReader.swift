// A file set in a directory of its own, driven as the loop does: with a clock that the test sets.

import CZlib
@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

/// A line that was delivered.
struct Delivered: Hashable {
    let text: String
    let stream: String
    let place: UInt64
    let sources: [Int]
}

/// Reads logs of a scratch directory.
final class LogReader {
    let scratch: ScratchDirectory
    var sources: [FileSource]
    private(set) var files: FileSet
    /// What is on the disk.
    var stored: StoredPositions
    var now: Int64 = 1_800_000_000_000
    var lines: [Delivered] = []
    var notes: [FileNote] = []
    /// Slices are answered as they come.
    var answers = true
    var unanswered: [FileCheckpoint] = []
    private var buffer: [UInt8] = []
    private var names: UInt32 = 0
    private let limits: (files: Int, open: Int, watches: Int)

    init(
        _ patterns: [String], start: StartingPoint = .end, files: Int = FileBounds.files,
        open: Int = FileBounds.openFiles, watches: Int = FileBounds.watches
    ) throws {
        let scratch = try ScratchDirectory()
        self.scratch = scratch
        sources = [
            FileSource(
                name: "s", patterns: patterns.map { scratch.path(of: $0) }, start: start)
        ]
        stored = StoredPositions()
        limits = (files, open, watches)
        self.files = FileSet(sources: [], stored: stored, random: { 0 })
        restart()
    }

    /// As after `kill -9`: only what is stored is known.
    func restart() {
        var count = names
        let offset = count &* 1000
        count += 1
        names = count
        var next = offset
        unanswered = []
        notes += files.takeNotes()
        files = FileSet(
            sources: sources, stored: stored, maximumFiles: limits.files,
            maximumOpen: limits.open, maximumWatches: limits.watches,
            random: {
                next += 1
                return next
            })
    }

    /// One second later: everything that is due, and all that can be read.
    func turn(milliseconds: Int64 = 1000) {
        now += milliseconds
        files.handleEvents(now: now)
        files.tick(now: now)
        drain()
    }

    /// What the kernel told, without the clock.
    func wake() {
        files.handleEvents(now: now)
        drain()
    }

    func drain() {
        for _ in 0..<100_000 {
            guard files.hasWork else { break }
            store()
            if !step() { continue }
        }
        #expect(!files.hasWork, "it does not come to an end")
        if answers { store(always: true) }
        notes += files.takeNotes()
    }

    func store(always: Bool = false) {
        guard always || files.mustStoreBeforeReading else { return }
        stored = files.positions(now: now)
        files.stored()
    }

    /// One slice; false when there was none.
    @discardableResult
    func step(atMostLines limit: Int = .max) -> Bool {
        guard let slice = files.read(into: &buffer, now: now) else { return false }
        var start = slice.range.lowerBound
        var count = 0
        while start < slice.range.upperBound, count < limit {
            let end = buffer[start..<slice.range.upperBound].firstIndex(of: 0x0a)
            let text = String(
                decoding: buffer[start..<(end ?? slice.range.upperBound)], as: UTF8.self)
            lines.append(
                Delivered(
                    text: text, stream: slice.isNumbered ? slice.stream : "",
                    place: slice.place(ofLineAt: start), sources: files.sources(of: slice)))
            start = end.map { $0 + 1 } ?? slice.range.upperBound
            count += 1
        }
        let checkpoint = files.consume(
            slice, bytes: start - slice.range.lowerBound, lines: count, lastLineAt: now,
            in: buffer.span)
        if answers { files.acknowledge(checkpoint) } else { unanswered.append(checkpoint) }
        return true
    }

    /// The lines since the last call.
    func take() -> [String] {
        defer { lines.removeAll() }
        return lines.map(\.text)
    }

    func takeNotes() -> [FileNote.Kind] {
        defer { notes.removeAll() }
        return notes.map(\.kind)
    }

    func row(_ name: String) throws -> FileStatusRow {
        let path = scratch.path(of: name)
        return try #require(files.status(now: now).first { $0.path == path })
    }

    // MARK: What programs do to logs

    func append(_ text: String, to name: String) {
        let file = fopen(scratch.path(of: name), "ae")
        #expect(file != nil)
        fputs(text, file)
        if let file { fclose(file) }
    }

    func rename(_ old: String, _ new: String) {
        #expect(Glibc.rename(scratch.path(of: old), scratch.path(of: new)) == 0)
    }

    func truncate(_ name: String, to size: Int = 0) {
        #expect(Glibc.truncate(scratch.path(of: name), size) == 0)
    }

    func link(_ target: String, as name: String) {
        #expect(symlink(target, scratch.path(of: name)) == 0)
    }

    func copy(_ name: String, to copy: String) throws {
        try scratch.write(try scratch.bytes(name), to: copy)
    }
}

extension ScratchDirectory {
    /// Compresses a file as logrotate does: the time of modification is kept.
    func compress(_ name: String) throws {
        let bytes = try bytes(name)
        let status = try FileStatus.of(path: path(of: name))
        let file = try #require(gzopen(path(of: name + ".gz"), "wb6"))
        #expect(bytes.isEmpty || gzwrite(file, bytes, UInt32(bytes.count)) == bytes.count)
        #expect(gzclose(file) == Z_OK)
        setModified(name + ".gz", nanoseconds: status.modifiedNanoseconds)
        remove(name)
    }

    func setModified(_ name: String, nanoseconds: Int64) {
        let time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        #expect(utimensat(AT_FDCWD, path(of: name), [time, time], 0) == 0)
    }
}
