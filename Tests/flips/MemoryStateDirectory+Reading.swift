// A state directory as a killed daemon left it, read into memory.

import OpsLinux
import OpsStore
import OpsTestKit

extension MemoryStateDirectory {
    /// Zeros that are kept after the content of a segment: reserved room, as it is on disk.
    private static let reserveBytes = 512

    /// Reads the snapshots and the log of a directory.
    init(reading path: String) throws {
        self.init()
        let names = try Directory(path: path).names().filter { $0.hasPrefix("snapshot.") }
        let logs = try Directory(path: path + "/" + StateFiles.logDirectory).names()
        for name in names + logs.map({ StateFiles.logDirectory + "/" + $0 }) {
            var bytes = try FileReader.bytes(path: path + "/" + name, limitBytes: 64 << 20)
            let size = bytes.count
            while bytes.last == 0 { bytes.removeLast() }
            let reserve = min(size - bytes.count, Self.reserveBytes)
            files[name] = bytes + [UInt8](repeating: 0, count: reserve)
        }
    }

    /// Only what `isWanted` says.
    func filter(_ isWanted: (String) -> Bool) -> MemoryStateDirectory {
        MemoryStateDirectory(files.filter { isWanted($0.key) })
    }
}
