// Real directories and files of one test, removed with it.

import Foundation
import OpsConfig
import OpsLinux
import Testing

@testable import OpsDaemon

/// A fresh directory; its path fits a socket address.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/opsd-test-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var state: String { path + "/state" }
    var log: String { path + "/log" }

    /// A configuration with its paths in here.
    func configuration(_ text: String = "") throws -> Configuration {
        let paths = """
            paths.socket = "\(path)/opsd.sock"
            paths.state = "\(state)"
            paths.log = "\(log)"

            """
        try (paths + text).write(toFile: path + "/opsd.toml", atomically: true, encoding: .utf8)
        return try ConfigurationFile.read(path + "/opsd.toml")
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// A file whose last change was at this time: seconds since 1970.
    func write(_ bytes: [UInt8], _ name: String, changedAt seconds: Int64) throws {
        try write(bytes, name)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(seconds))],
            ofItemAtPath: path + "/" + name)
    }

    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
    }

    /// A copy of a whole folder.
    func copy(_ folder: String, to other: Scratch) throws {
        other.remove(folder)
        try FileManager.default.copyItem(
            atPath: path + "/" + folder, toPath: other.path + "/" + folder)
    }
}

/// Far more than anything here takes; reaching it fails the test.
let patienceMilliseconds: Int32 = 20_000

/// The next messages of a mailbox, `count` of them.
func collect<Message>(_ count: Int, from mailbox: Mailbox<Message>) throws -> [Message] {
    var messages: [Message] = []
    while messages.count < count {
        try #require(try mailbox.wait(timeoutMilliseconds: patienceMilliseconds))
        messages += mailbox.drain()
    }
    return messages
}

extension [String] {
    /// The line at an index.  Where there are fewer, the expectation fails; a subscript would end
    /// the whole run.
    subscript(line place: Int) -> String {
        indices.contains(place) ? self[place] : "there is no line \(place)"
    }
}

/// `#expect` for what the macro cannot take apart: values that cannot be copied.
func expect(_ isSo: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isSo, sourceLocation: sourceLocation)
}
