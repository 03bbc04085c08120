// The file of one name in each of many numbered directories, such as /proc/PID/stat.  To open such
// a file takes longer than to read it, so the first ones stay open from one pass to the next.
//
// A number may be given away again.  In /proc an open file belongs to the process that was there
// when it was opened, and reading it fails with ESRCH once that has ended: then it is opened anew.

@preconcurrency import Glibc

/// Reads files that come and go with their directories.
package struct NumberedFiles: ~Copyable {
    /// The most that stay open; in /proc each holds some 4 KiB of the kernel's memory.
    package static let limit = 128

    /// Descriptors cannot live in a dictionary, a box can.
    private final class OpenFile {
        let descriptor: Descriptor
        /// The last pass in which it was read.
        var pass: UInt64

        init(_ descriptor: consuming Descriptor, _ pass: UInt64) {
            self.descriptor = descriptor
            self.pass = pass
        }
    }

    private var entries: NumberedEntries
    private let name: String
    private var open: [Int32: OpenFile] = [:]
    private var pass: UInt64 = 0

    /// The files `name` in the numbered directories of `directory`, which stays open.
    package init(in directory: String, named name: String) throws(Errno) {
        entries = try NumberedEntries(path: directory)
        self.name = name
    }

    /// How many are open.
    var openCount: Int { open.count }

    /// Begins a pass: replaces the content of `numbers` with the numbers that there are, at most
    /// `limit` of them.
    package mutating func begin(_ numbers: inout [Int32], limit: Int) throws(Errno) {
        pass &+= 1
        _ = try entries.list(into: &numbers, limit: limit)
    }

    /// Reads one file with one call into `buffer`; nil: it is not there.
    package mutating func read(_ number: Int32, into buffer: inout [UInt8]) -> Int? {
        if let file = open[number] {
            if let count = try? file.descriptor.read(into: &buffer, from: 0), count > 0 {
                file.pass = pass
                return count
            }
            open[number] = nil
        }
        guard let descriptor = try? entries.open("\(number)/\(name)") else { return nil }
        guard let count = try? descriptor.read(into: &buffer, from: 0) else { return nil }
        if open.count < Self.limit { open[number] = OpenFile(descriptor, pass) }
        return count
    }

    /// Ends a pass: closes files that were not read in it.
    package mutating func end() {
        for (number, file) in open where file.pass != pass { open[number] = nil }
    }
}
