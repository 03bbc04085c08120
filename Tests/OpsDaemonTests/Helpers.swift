// What these tests keep in a scratch directory, and small helpers.

import Foundation
import OpsConfig
import OpsTestKit
import Testing

@testable import OpsDaemon

extension ScratchDirectory {
    var state: String { path(of: "state") }
    var log: String { path(of: "log") }

    /// A configuration with its paths in here.
    func configuration(_ text: String = "") throws -> Configuration {
        let paths = """
            paths.socket = "\(path)/opsd.sock"
            paths.state = "\(state)"
            paths.log = "\(log)"

            """
        return try ConfigurationFile.read(write(paths + text, to: "opsd.toml"))
    }

    /// Writes a file that was last modified at `seconds` since 1970.
    func write(_ bytes: [UInt8], to name: String, modifiedAt seconds: Int64) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(seconds))],
            ofItemAtPath: write(bytes, to: name))
    }

    /// A copy of a whole folder.
    func copy(_ folder: String, to other: ScratchDirectory) throws {
        other.remove(folder)
        try FileManager.default.copyItem(atPath: path(of: folder), toPath: other.path(of: folder))
    }
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
