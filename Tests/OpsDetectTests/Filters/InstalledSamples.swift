// fail2ban's own annotated samples and filters, where Debian's package has put them.  Nothing of
// them is in this repository; where they are not installed, tests that need them are skipped and
// say so.

@preconcurrency import Glibc

@testable import OpsDetect

/// The installed samples.
enum InstalledSamples {
    static let tests = Fail2banPackage.modules + "/fail2ban/tests"
    static let filters = Fail2banPackage.etc + "/filter.d"

    /// Whether they are installed.
    static var areInstalled: Bool {
        let isThere =
            access(tests + "/files/logs/sshd", R_OK) == 0
            && access(filters + "/common.conf", R_OK) == 0
            && access("/usr/bin/python3", X_OK) == 0
        if !isThere { print("SKIPPED: fail2ban's samples are not installed, nothing to hold") }
        return isThere
    }

    /// The filters that samples are held against: all that are installed, and two that the samples
    /// bring with them.
    static let names: [String] = {
        let installed = DiskFiles.list(filters).filter {
            $0.hasSuffix(".conf") && !$0.hasSuffix("common.conf")
        }
        let own = DiskFiles.list(tests + "/config/filter.d").filter {
            $0.hasSuffix(".conf") && $0.hasPrefix("zzz-")
        }
        return (installed + own).map { String($0.dropLast(5)) }.sorted()
    }()

    /// A filter with options.
    static func filter(
        _ name: String, _ options: [String: String]
    ) throws(FilterFault) -> FilterDefinition {
        let isOwn = name.hasPrefix("zzz-")
        let directory = Fail2banDirectory(
            path: isOwn ? tests + "/config" : Fail2banPackage.etc,
            read: { path in
                // They include a file by its place in the source tree of fail2ban.
                let isCommon = path.hasSuffix("/config/filter.d/common.conf")
                return DiskFiles.read(isCommon ? filters + "/common.conf" : path)
            }, list: DiskFiles.list)
        let words = options.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
        do {
            return try directory.filter(
                words.isEmpty ? name : "\(name)[\(words.joined(separator: ", "))]")
        } catch {
            throw FilterFault(filter: name, place: "its files", reason: "\(error)")
        }
    }

    /// A file of samples.
    static func samples(_ name: String) -> [UInt8]? {
        DiskFiles.read("\(tests)/files/logs/\(name)")
    }
}
