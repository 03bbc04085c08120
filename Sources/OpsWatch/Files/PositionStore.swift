// The file of positions: `positions` in the state directory, replaced as a whole (AtomicFile).
// Text that a person can read, one line a path, each with a checksum of its own, so that damage to
// one line loses no other:
//
//     opswatch positions 1
//     pattern /var/log/nginx/*.log crc=0f3c55aa
//     file /var/log/auth.log stream=auth.log-1f2e3d4c seen=1764357600 next=4 ends=0,52311
//         read=3,1,64768:1311,4821:9ae16a3b2f90404f,256:cbf29ce484222325,52311,1764357599000000000
//         crc=5d2c91e0                                                     (all on one line)
//     end 2 crc=...
//
// `read` is a generation: ordinal, lane, device:inode, offset:hash of the bytes before it,
// count:hash of the first bytes, base, time of modification.  `target=` follows where links end
// elsewhere, and `open=` the ordinal of a generation that was read into the middle of a line.
// Paths are as in URLs where they have spaces, `%` or control characters.
//
// A damaged or incomplete file is set aside as `positions.damaged`, and told.  What is good in it
// is used; of other files, reading begins at the end, and their streams get new names, so that no
// place looks like a repetition.

import OpsCore
package import OpsLinux

/// The stored positions.
package struct PositionStore: ~Copyable {
    /// The name of the file.
    package static let name = "positions"
    /// A damaged one gets this name.
    package static let damagedName = "positions.damaged"
    private static let header = "opswatch positions 1"

    private let directory: Directory

    /// In the state directory at `path`, which must be there.
    package init(path: String) throws(Errno) { directory = try Directory(path: path) }

    /// What was stored; nothing, where nothing was.  `isDamaged`: the file was set aside, and what
    /// was good in it is given.
    package func read() throws(Errno) -> (positions: StoredPositions, isDamaged: Bool) {
        let file: Descriptor
        do throws(Errno) {
            file = try directory.open(PositionStore.name, .read)
        } catch {
            if error.code == 2 { return (StoredPositions(), false) }
            throw error
        }
        let status = try file.status()
        guard status.kind == .regular else {
            try directory.setAside(PositionStore.name, as: PositionStore.damagedName)
            return (StoredPositions(), true)
        }
        let size = Int(min(status.sizeBytes, 64 << 20))
        var bytes = [UInt8](repeating: 0, count: size + 1)
        var count = 0
        while count < bytes.count {
            let got = try file.read(into: &bytes, at: count, from: Int64(count))
            if got == 0 { break }
            count += got
        }
        let (positions, isWhole) = PositionStore.parse(bytes[..<count])
        if !isWhole {
            try directory.setAside(PositionStore.name, as: PositionStore.damagedName)
        }
        return (positions, !isWhole)
    }

    /// Replaces the file; durable when it returns.
    package func write(_ positions: StoredPositions) throws(Errno) {
        var file = try AtomicFile(replacing: PositionStore.name, in: directory)
        let bytes = PositionStore.text(of: positions)
        try file.write(bytes.span.bytes)
        try file.commit()
    }

    // MARK: Writing

    static func text(of positions: StoredPositions) -> [UInt8] {
        var bytes = Array("\(header)\n".utf8)
        bytes.reserveCapacity(64 + positions.files.count * 320)
        for pattern in positions.patterns {
            append(["pattern", PositionText.escaped(pattern)], to: &bytes)
        }
        for file in positions.files { append(fields(of: file), to: &bytes) }
        append(["end", "\(positions.files.count)"], to: &bytes)
        return bytes
    }

    private static func fields(of file: StoredPosition) -> [String] {
        var fields = [
            "file", PositionText.escaped(file.path), "stream=\(PositionText.escaped(file.stream))",
            "seen=\(file.seen)", "next=\(file.next)",
            "ends=\(file.ends.map { "\($0)" }.joined(separator: ","))",
        ]
        if file.target != file.path { fields.append("target=\(PositionText.escaped(file.target))") }
        for one in file.generations {
            if one.isOpen { fields.append("open=\(one.ordinal)") }
            fields.append(
                "read=\(one.ordinal),\(one.lane),\(one.identity.device):\(one.identity.inode),"
                    + "\(one.offset):\(PositionText.hexadecimal(one.block.hash)),"
                    + "\(one.head.count):\(PositionText.hexadecimal(one.head.hash)),"
                    + "\(one.base),\(one.modified)")
        }
        return fields
    }

    private static func append(_ fields: [String], to bytes: inout [UInt8]) {
        let line = fields.joined(separator: " ")
        let sum = CRC32C.of(Array(line.utf8))
        bytes += line.utf8
        bytes += " crc=\(PositionText.hexadecimal(UInt64(sum)).suffix(8))\n".utf8
    }

    // MARK: Reading

    /// What is good of a file, and whether all is.
    static func parse(_ bytes: ArraySlice<UInt8>) -> (positions: StoredPositions, isWhole: Bool) {
        var positions = StoredPositions()
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), first.elementsEqual(header.utf8) else {
            return (positions, false)
        }
        var isWhole = true
        var hasEnd = false
        for line in lines where !line.isEmpty {
            guard !hasEnd, let fields = checked(line), let word = fields.first, fields.count >= 2
            else {
                isWhole = false
                continue
            }
            switch word {
            case "pattern":
                if let text = PositionText.unescaped(fields[1]) { positions.patterns.append(text) }
            case "file":
                if positions.files.count < FileBounds.positions, let file = file(of: fields) {
                    positions.files.append(file)
                } else {
                    isWhole = false
                }
            case "end":
                hasEnd = true
                if Int(fields[1]) != positions.files.count { isWhole = false }
            default: isWhole = false
            }
        }
        return (positions, isWhole && hasEnd)
    }

    /// The fields of a line whose checksum is right.
    private static func checked(_ line: ArraySlice<UInt8>) -> [String]? {
        guard line.count <= 65_536, let space = line.lastIndex(of: UInt8(ascii: " ")) else {
            return nil
        }
        let sum = CRC32C.of(Array(line[..<space]))
        let wanted = "crc=\(PositionText.hexadecimal(UInt64(sum)).suffix(8))"
        guard line[(space + 1)...].elementsEqual(wanted.utf8),
            let text = String(validating: line[..<space], as: UTF8.self)
        else { return nil }
        return text.split(separator: " ").map(String.init)
    }

    private static func file(of fields: [String]) -> StoredPosition? {
        guard let path = PositionText.unescaped(fields[1]), path.utf8.first == UInt8(ascii: "/")
        else { return nil }
        var file = StoredPosition(
            path: path, target: path, stream: "", seen: 0, next: 0, ends: [], generations: [])
        var open: [UInt64] = []
        for field in fields.dropFirst(2) {
            guard let equals = field.firstIndex(of: "=") else { return nil }
            let value = String(field[field.index(after: equals)...])
            switch field[..<equals] {
            case "stream": file.stream = PositionText.unescaped(value) ?? ""
            case "seen": file.seen = Int64(value) ?? 0
            case "next": file.next = UInt64(value) ?? 0
            case "ends": file.ends = value.split(separator: ",").compactMap { Int64($0) }
            case "open": open += UInt64(value).map { [$0] } ?? []
            case "target": file.target = PositionText.unescaped(value) ?? path
            case "read":
                guard let one = generation(of: value) else { return nil }
                file.generations.append(one)
            // A later version may say more of a file.
            default: continue
            }
        }
        for index in file.generations.indices {
            file.generations[index].isOpen = open.contains(file.generations[index].ordinal)
        }
        let isGood =
            (1...62).contains(file.stream.utf8.count) && file.ends.count == 2
            && file.ends.allSatisfy { $0 >= 0 } && file.generations.count <= 2
            && Set(file.generations.map(\.lane)).count == file.generations.count
        return isGood ? file : nil
    }

    private static func generation(of text: String) -> StoredGeneration? {
        let parts = text.split(separator: ",").map { $0.split(separator: ":").map(String.init) }
        guard parts.map(\.count) == [1, 1, 2, 2, 2, 1, 1], let ordinal = UInt64(parts[0][0]),
            let lane = Int(parts[1][0]), lane == 0 || lane == 1,
            let device = UInt64(parts[2][0]), let inode = UInt64(parts[2][1]),
            let offset = Int64(parts[3][0]), offset >= 0,
            let block = UInt64(parts[3][1], radix: 16), let headCount = Int(parts[4][0]),
            (0...FileBounds.fingerprintBytes).contains(headCount),
            let head = UInt64(parts[4][1], radix: 16), let base = Int64(parts[5][0]), base >= 0,
            let modified = Int64(parts[6][0])
        else { return nil }
        return StoredGeneration(
            ordinal: ordinal, lane: lane, identity: FileIdentity(device: device, inode: inode),
            offset: offset, block: Fingerprint(count: Mark.covered(offset), hash: block),
            head: Fingerprint(count: headCount, hash: head), base: base, modified: modified)
    }
}

extension Directory {
    /// Renames what is damaged, or is a directory where a file is expected; what had the new name
    /// goes.
    func setAside(_ name: String, as damaged: String) throws(Errno) {
        do throws(Errno) {
            try rename(name, to: damaged)
        } catch {
            // Neither a file nor a full directory is replaced by a directory, or the other way.
            for number in 1...8 {
                do throws(Errno) {
                    return try rename(name, to: "\(damaged).\(number)")
                } catch { continue }
            }
            throw Errno(error.code, "\(name) cannot be renamed to \(damaged); move it away: rename")
        }
    }
}

/// Words of the file of positions.
enum PositionText {
    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// `%`, spaces and control characters as `%20`.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "%") })
        else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "%") {
                bytes += "%\(hexadecimal(UInt64(byte)).suffix(2))".utf8
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// nil where a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
