// Secrets: from the credentials of the unit, or from a file that others cannot read.  They are held
// in memory, used in one request, and shown nowhere.  Source: systemd.exec(5), Credentials.

import OpsLinux

/// Where a satellite finds secrets.
package struct SecretSource: Sendable {
    /// Bytes of a secret.
    package static let limitBytes = 4_096

    /// Why there is none.
    package struct Fault: Error, Hashable, Sendable {
        /// Why, with the key and the place.
        package var message: String
        /// It may be there in the unit.
        package var isOfUnit: Bool

        package init(message: String, isOfUnit: Bool = false) {
            self.message = message
            self.isOfUnit = isOfUnit
        }
    }

    /// `$CREDENTIALS_DIRECTORY`; nil: the process is not of the unit.
    package var credentials: String?
    /// A variable of the environment.
    package var variable: @Sendable (String) -> String?

    package init(
        credentials: String?, variable: @escaping @Sendable (String) -> String?
    ) {
        self.credentials = credentials
        self.variable = variable
    }

    /// Those of this process.
    package static let own = SecretSource(
        credentials: Environment.value("CREDENTIALS_DIRECTORY"), variable: Environment.value)

    /// What a key such as `token_file` names.
    package func secret(_ place: String, key: String) throws(Fault) -> String {
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

    /// One line, without what separates lines.
    package static func checked(_ bytes: [UInt8], _ place: String) throws(Fault) -> String {
        var line = bytes[...]
        while let last = line.last, last == 0x0a || last == 0x0d { line.removeLast() }
        guard !line.isEmpty else { throw Fault(message: "\(place): empty") }
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw Fault(message: "\(place): more than one line")
        }
        return String(decoding: line, as: UTF8.self)
    }
}
