// The most frequent requests: `ping`, `check` and `hit` of one address without a keyword, and `slo
// observe` with a latency.  They are recognised by their first bytes, and nothing is allocated.
// Everything else, and anything wrong with these, goes through the table; a test compares the two
// ways.

package import OpsCore

/// A request of the hot path.
package enum HotRequest: Hashable, Sendable {
    case ping
    case check(Target)
    case hit(Target)
    case observe(ObjectiveName, Observation)

    /// The longest address: eight groups and `/128`.
    private static let addressBytes = 43

    // The first bytes of each request as a little-endian integer.
    private static let checkWord: UInt64 = 0x206b_6365_6863  // "check "
    private static let checkMask: UInt64 = 0xffff_ffff_ffff
    private static let hitWord: UInt64 = 0x2074_6968  // "hit "
    private static let banWord: UInt64 = 0x206e_6162  // "ban "
    private static let pingWord: UInt64 = 0x676e_6970  // "ping"
    private static let observeWord: UInt64 = 0x6573_626f_206f_6c73  // "slo obse"
    private static let fourMask: UInt64 = 0xffff_ffff

    /// nil for everything else.
    @inline(__always)
    package init?(_ line: Span<UInt8>) {
        // Too short for the load of eight bytes below: `ping`, or a `hit` as short as `hit ::1`.
        if line.count < 8 {
            self.init(short: line)
            return
        }
        let start = UInt64(
            littleEndian: line.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
        if start & Self.checkMask == Self.checkWord {
            guard let target = Self.target(line, from: 6) else { return nil }
            self = .check(target)
        } else if start & Self.fourMask == Self.hitWord {
            guard let target = Self.target(line, from: 4), target.isBare else { return nil }
            self = .hit(target)
        } else if start == Self.observeWord {
            guard let (name, event) = RequestParser.observation(line) else { return nil }
            self = .observe(name, event)
        } else {
            return nil
        }
    }

    /// The first address of a `check`, `hit` or `ban`; nil: there is none, or only the full parser
    /// can find it.
    @inline(__always)
    package static func network(_ line: Span<UInt8>) -> Network? {
        if line.count < 11 { return nil }
        let start = UInt64(
            littleEndian: line.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
        if start & checkMask == checkWord { return target(line, from: 6)?.network }
        if start & fourMask == hitWord { return target(line, from: 4)?.network }
        if start & fourMask == banWord {
            var end = 4
            let limit = min(line.count, 4 + addressBytes)
            while end < limit && line[end] != UInt8(ascii: " ") { end += 1 }
            return target(line.extracting(0..<end), from: 4)?.network
        }
        return nil
    }

    private init?(short line: Span<UInt8>) {
        var word: UInt64 = 0
        for index in line.indices { word |= UInt64(line[index]) << UInt64(8 * index) }
        if line.count == 4 && word == Self.pingWord {
            self = .ping
        } else if line.count == 7 && word & Self.fourMask == Self.hitWord {
            guard let target = Self.target(line, from: 4), target.isBare else { return nil }
            self = .hit(target)
        } else {
            return nil
        }
    }

    private static func target(_ line: Span<UInt8>, from start: Int) -> Target? {
        if line.count - start > addressBytes { return nil }
        return try? Target(parsing: line.extracting(start..<line.count))
    }

    /// Its row of the table.
    package var row: CommandRow? {
        switch self {
        case .ping: CommandTable.ping
        case .check: CommandTable.check
        case .hit: CommandTable.hit
        case .observe: CommandTable.observe
        }
    }

    /// This request as a general `Command`.
    var command: Command {
        switch self {
        case .ping: .ping
        case .check(let target): .check(Targets(target))
        case .hit(let target): .hit(target, route: nil)
        case .observe(let name, let event): .service(.observe(name, event, at: nil))
        }
    }
}
