// What a start needs of the host: directories, descriptors, the boot's number, the socket.

import OpsConfig
import OpsCore
import OpsLinux

extension Start {
    /// Descriptors that are not connections: files, timers, mailboxes, a margin, and the files of
    /// processes that stay open.
    static let ownDescriptors = 64 + NumberedFiles.limit

    /// Both clocks, together.
    static func now() -> Moment {
        let (boot, wall) = Clocks.now()
        return Moment(boot: boot, wall: wall)
    }

    /// Makes the directory of the trails, where there is none.  A disk that takes none ends no
    /// start: `health` says that the trails are not written.
    static func prepareLogDirectory(
        _ path: String, _ notes: inout StartupNotes
    ) throws(StartFault) {
        do throws(Errno) {
            _ = try Directory.ensure(path: path, mode: 0o750)
        } catch {
            if error.refusesWrites {
                return notes.add(.warning, "paths.log: \(path): \(error)")
            }
            throw .failed("paths.log: \(path): \(error)")
        }
    }

    /// Raises the limit as far as it goes; returns for how many connections there are descriptors.
    static func descriptorRoom(_ configuration: Configuration) -> (limit: Int, room: Int) {
        let others = Engine.reservedConnections + ownDescriptors
        let wanted = UInt64(configuration.limits.connections + others)
        let limit = Int(clamping: (try? OwnProcess.raiseDescriptorLimit(atMost: wanted)) ?? 0)
        return (limit, max(1, limit - others))
    }

    /// Raises the limit at a start; notes if there is room for fewer connections than configured.
    static func descriptorRoom(
        _ configuration: Configuration, _ notes: inout StartupNotes
    ) -> Int {
        let (limit, room) = descriptorRoom(configuration)
        if room < configuration.limits.connections {
            notes.add(
                .warning,
                "limits.connections is \(configuration.limits.connections), and only \(limit) "
                    + "descriptors may be open: raise LimitNOFILE")
        }
        return room
    }

    /// The number of this boot.
    static func currentBoot() throws(StartFault) -> OpsCore.BootID {
        let text = try fault { () throws(Errno) in try OpsLinux.BootID.current().text }
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { throw .failed("not a boot id: \(text); expected 32 hexadecimal digits") }
        return OpsCore.BootID(high: high, low: low)
    }

    /// Opens the socket for a start by hand.  Its directory, or the parent of that, must exist.
    static func listen(_ path: String) throws(StartFault) -> Listener {
        do {
            if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
                _ = try Directory.ensure(path: String(path[..<slash]), mode: 0o755)
            }
            return try Listener(
                binding: SocketPath(path), mode: 0o660,
                group: try Accounts.groupID(named: "opsd").flatMap {
                    Accounts.ownUserID == 0 ? $0 : nil
                }, stale: .replace)
        } catch SocketFault.inUse(let path, _) {
            throw .locked("another process answers on \(path)")
        } catch {
            throw .failed("paths.socket: \(path): \(error)")
        }
    }

    /// The ring file of minutes; empty where there is none.
    static func readHistory(_ directory: borrowing StateDirectory) -> [UInt8] {
        let size = MinuteRecord.byteCount * MinuteRecord.slots
        guard let file = try? directory.top.open("history", [.read, .nonBlocking]) else {
            return []
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size, let count = try? file.read(into: &bytes, at: done, from: Int64(done)),
            count > 0
        {
            done += count
        }
        bytes.removeLast(size - done)
        return bytes
    }
}
