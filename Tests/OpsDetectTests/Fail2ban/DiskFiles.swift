// Files for the room, which opens none itself: from the disk, or from a table of the test.

@preconcurrency import Glibc

@testable import OpsDetect

/// Files of the disk.
enum DiskFiles {
    static func read(_ path: String) -> [UInt8]? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = fopen(path, "re")
        else { return nil }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
    }

    static func list(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// fail2ban's configuration as it is installed.
    static func installed(_ path: String = Fail2banPackage.etc) -> Fail2banDirectory {
        Fail2banDirectory(path: path, read: read, list: list)
    }
}

/// Files of a test.
struct TableFiles {
    var files: [String: String]

    init(_ files: [String: String]) { self.files = files }

    /// The directory `/f`; paths without a slash at their start are in it.
    var directory: Fail2banDirectory {
        var all: [String: [UInt8]] = [:]
        for (name, text) in files {
            all[name.utf8.first == 0x2f ? name : "/f/" + name] = Array(text.utf8)
        }
        return Fail2banDirectory(path: "/f", read: { all[$0] }) { directory in
            all.keys.filter { IniReader.directory(of: $0) == directory + "/" }
                .map { String($0.dropFirst(directory.count + 1)) }
        }
    }
}
