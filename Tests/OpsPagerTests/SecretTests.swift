// Secrets: where they come from, and which are refused.

import OpsConfig
import OpsLinux
import OpsSatellite
import OpsTestKit
import Testing

@testable import OpsPager

@Suite struct SecretTests {
    private func write(
        _ text: String, _ name: String, _ scratch: borrowing ScratchDirectory, mode: UInt32 = 0o640
    ) throws -> String {
        let directory = try Directory(path: scratch.path)
        let file = try directory.open(name, [.write, .create, .exclusive], mode: mode)
        try file.writeAll(Array(text.utf8).span.bytes)
        return "\(scratch.path)/\(name)"
    }

    private func fault(_ body: () throws(SecretSource.Fault) -> String) -> String {
        do throws(SecretSource.Fault) { return try body() } catch { return error.message }
    }

    @Test func filesAndCredentials() throws {
        let scratch = try ScratchDirectory()
        let path = try write("s3cret\n", "token", scratch)
        let inUnit = SecretSource(credentials: scratch.path) { _ in nil }
        #expect(try inUnit.secret(path, key: "token_file") == "s3cret")
        #expect(try inUnit.secret("token", key: "token_file") == "s3cret")
        let outside = SecretSource(credentials: nil) { _ in nil }
        #expect(
            fault { () throws(SecretSource.Fault) in
                try outside.secret("token", key: "token_file")
            }.hasPrefix("token_file: the credential \"token\" is there only in the unit"))
    }

    @Test func whatOthersCanReadIsRefusedByName() throws {
        let scratch = try ScratchDirectory()
        let source = SecretSource(credentials: nil) { _ in nil }
        let open = try write("s3cret", "open", scratch, mode: 0o604)
        let wrong: [(String, String)] = [
            (open, "token_file: \(open) can be read by others, mode 604; expected 640 or less"),
            (try write("\n", "empty", scratch), "token_file: \(scratch.path)/empty: empty"),
            (
                try write("a\nb\n", "two", scratch),
                "token_file: \(scratch.path)/two: more than one line"
            ),
        ]
        for (path, message) in wrong {
            #expect(
                fault { () throws(SecretSource.Fault) in
                    try source.secret(path, key: "token_file")
                } == message)
        }
    }
}
