// Secrets: from the credentials of the unit, from a file that others cannot read, or from the
// environment (S2-15). They are held in memory, used in one request, and shown nowhere.  Source:
// systemd.exec(5), Credentials.

import OpsConfig
import OpsLinux

/// Where opspager finds secrets.
struct SecretSource: Sendable {
    /// Bytes of a secret.
    static let limitBytes = 4_096

    /// Why there is none.
    struct Fault: Error, Hashable, Sendable {
        var message: String
        /// It may be there in the unit.
        var isOfUnit = false
    }

    /// `$CREDENTIALS_DIRECTORY`; nil: the process is not of the unit.
    var credentials: String?
    /// A variable of the environment.
    var variable: @Sendable (String) -> String?

    /// Those of this process.
    static let own = SecretSource(
        credentials: Environment.value("CREDENTIALS_DIRECTORY"), variable: Environment.value)

    /// What a key such as `token_file` names.
    func secret(_ place: String, key: String) throws(Fault) -> String {
        let path: String
        if place.hasPrefix("/") {
            path = place
        } else if let credentials {
            path = "\(credentials)/\(place)"
        } else {
            throw Fault(
                message: "\(key): the credential \"\(place)\" is there only in the unit"
                    + " (LoadCredential=\(place):PATH); $CREDENTIALS_DIRECTORY is not set",
                isOfUnit: true)
        }
        let bytes: [UInt8]
        let status: FileStatus
        do throws(Errno) {
            status = try FileStatus.following(path: path)
            bytes = try FileReader.bytes(path: path, limitBytes: Self.limitBytes)
        } catch {
            throw Fault(message: "\(key): \(path): \(error.text)")
        }
        if status.mode & 0o007 != 0 {
            throw Fault(
                message: "\(key): \(path) can be read by others, mode"
                    + " \(String(status.mode & 0o777, radix: 8)); expected 640 or less")
        }
        return try Self.checked(bytes, "\(key): \(path)")
    }

    /// What a variable holds.
    func secret(of variable: PagerVariable) throws(Fault) -> String {
        guard let value = self.variable(variable.name), !value.isEmpty else {
            throw Fault(message: "\(variable.name) is not in opspager's environment")
        }
        return try Self.checked(Array(value.utf8), variable.name)
    }

    /// One line, without what separates lines.
    private static func checked(_ bytes: [UInt8], _ place: String) throws(Fault) -> String {
        var line = bytes[...]
        while let last = line.last, last == 0x0a || last == 0x0d { line.removeLast() }
        guard !line.isEmpty else { throw Fault(message: "\(place): empty") }
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw Fault(message: "\(place): more than one line")
        }
        return String(decoding: line, as: UTF8.self)
    }
}
