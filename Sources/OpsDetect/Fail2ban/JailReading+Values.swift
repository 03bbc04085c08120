// The values of a jail's keys, and in words what of them opsd does not honour.

import OpsCore

extension JailReading {
    func backend(_ notes: inout [String]) throws(Fail2banFault) -> JailDefinition.Backend {
        let text = text("backend") ?? "auto"
        let spec: FilterSpec
        do throws(FilterSpecFault) {
            spec = try FilterSpec(text)
        } catch {
            throw fault("backend", error.message)
        }
        for option in spec.options.names {
            notes.append(
                "backend option \(option): the host's own journal is read, with its usual files")
        }
        switch spec.name.asciiLowered {
        case "auto": return .auto
        case "systemd": return .systemd
        case "pyinotify", "polling", "gamin": return .files
        default:
            throw fault(
                "backend",
                "\"\(text.shortened)\" is unknown, must be auto, systemd, polling or pyinotify")
        }
    }

    func logPaths(_ notes: inout [String]) throws(Fail2banFault) -> [JailDefinition.LogPath] {
        var all: [JailDefinition.LogPath] = []
        for line in (text("logpath") ?? "").configLines where !line.isEmpty {
            let bytes = line.configBytes
            var path = JailDefinition.LogPath(path: line, fromEnd: false)
            if let space = bytes.lastIndex(of: 0x20) {
                let word = bytes[(space + 1)...].text.asciiLowered
                guard word == "tail" || word == "head" else {
                    throw fault(
                        "logpath",
                        "\"\(line.shortened)\": only tail or head may stand behind a path")
                }
                path = .init(path: bytes[..<space].text, fromEnd: word == "tail")
            }
            guard path.path.utf8.first == 0x2f else {
                notes.append(
                    "logpath \"\(path.path.shortened)\": not read, is not an absolute path")
                continue
            }
            if path.fromEnd {
                notes.append(
                    "logpath \"\(path.path.shortened)\": tail is not honoured, opswatch begins as "
                        + "with every other file")
            }
            if all.count < 1_024, !all.contains(path) { all.append(path) }
        }
        return all
    }

    func growth(_ notes: inout [String]) throws(Fail2banFault) -> JailDefinition.Growth? {
        guard text("bantime.increment") == "True" else { return nil }
        if let factor = text("bantime.factor"), DurationExpression.seconds(factor) != 1 {
            notes.append(
                "bantime.factor = \(factor.shortened): opsd doubles each ban in a row, and has no "
                    + "other factor than ban_factor")
        }
        if let formula = text("bantime.formula") {
            notes.append(
                "bantime.formula = \(formula.shortened): opsd has no formulas, each ban in a row "
                    + "is twice as long")
        }
        if let steps = text("bantime.multipliers"), !Self.areDoubling(steps) {
            notes.append(
                "bantime.multipliers = \(steps.shortened): each ban in a row is twice as long")
        }
        if text("bantime.rndtime") != nil {
            notes.append("bantime.rndtime: bans have no random part")
        }
        if text("bantime.overalljails") == "True" {
            notes.append(
                "bantime.overalljails: bans in a row are counted by address, as opsd counts them")
        }
        let maximum = try time("bantime.maxtime")
        return .init(maximum: maximum.flatMap { $0 > 0 ? $0 : nil })
    }

    /// Whether each of the numbers is twice the one before, from 1 on.
    private static func areDoubling(_ text: String) -> Bool {
        var expected = 1
        for word in text.words(separatedBy: " ") {
            if Int(word) != expected { return false }
            expected = expected &* 2
        }
        return true
    }

    func ignored(_ notes: inout [String]) -> [Network] {
        var all: [Network] = []
        for word in (text("ignoreip") ?? "").words(separatedBy: " ,\n\t") {
            guard let network = Self.network(word) else {
                notes.append(
                    "ignoreip \(word.shortened): opsd looks up no names and reads no lists here; "
                        + "write the addresses into ignored_networks")
                continue
            }
            if !all.contains(network) {
                guard all.count < Bounds.allowEntries else {
                    notes.append("ignoreip: only the first \(Bounds.allowEntries) networks count")
                    break
                }
                all.append(network)
            }
        }
        return all
    }

    /// An address or a network, its mask written as a length or as an address.
    static func network(_ text: String) -> Network? {
        if let network = Network(parsing: text) { return network }
        let parts = text.words(separatedBy: "/")
        guard parts.count == 2, let address = Network(parsing: parts[0]), address.isAddress else {
            return nil
        }
        if let length = Int(parts[1]) {
            let bits = address.isIPv4 ? 32 : 128
            guard (0...bits).contains(length) else { return nil }
            return Network(
                high: address.high, low: address.low, length: UInt8(128 - bits + length))
        }
        guard address.isIPv4, let mask = Network(parsing: parts[1]), mask.isIPv4, mask.isAddress
        else { return nil }
        let ones = UInt32(truncatingIfNeeded: mask.low)
        let length = (~ones).leadingZeroBitCount
        guard length == 32 || ones << UInt32(length) == 0 else { return nil }
        return Network(high: address.high, low: address.low, length: UInt8(96 + length))
    }

    func encoding(_ notes: inout [String]) -> String {
        guard let text = text("logencoding") else { return "utf-8" }
        let name = String(
            decoding: text.asciiLowered.utf8.filter { $0 != 0x2d && $0 != 0x5f && $0 != 0x20 },
            as: UTF8.self)
        switch name {
        case "auto", "utf8", "u8", "utf8sig": return "utf-8"
        case "latin1", "iso88591", "l1", "latin", "cp819", "8859": return "latin-1"
        case "ascii", "usascii", "646": return "ascii"
        default:
            notes.append(
                "logencoding = \(text.shortened): is read as utf-8; only utf-8, latin-1 and ascii "
                    + "are known")
            return "utf-8"
        }
    }

    /// Minutes east of UTC; abbreviations are without summer time, as fail2ban takes them.
    func zone() throws(Fail2banFault) -> Int? {
        guard let text = text("logtimezone") else { return nil }
        guard let minutes = ZoneName.minutes(of: text) else {
            throw fault(
                "logtimezone",
                "\"\(text.shortened)\" is not known, expected UTC or an offset such as UTC+0100")
        }
        return minutes
    }

    func ignoredCommands() -> [String] {
        var notes: [String] = []
        if let command = text("ignorecommand") {
            notes.append(
                "ignorecommand = \(command.shortened): opsd runs no program to let an address off, "
                    + "so those that it would let off are banned")
        }
        if text("ignoreself") == "False" {
            notes.append("ignoreself = false: opsd never bans addresses of the host")
        }
        return notes
    }

    /// Actions that do more than to block.
    func otherActions() -> [String] {
        var names: [String] = []
        for key in ["banaction", "banaction_allports"] {
            if let text = try? settings.value(name, key) { names += Self.actionNames(text) }
        }
        let blocks = Set(names)
        var notes: [String] = []
        for action in Self.actionNames(text("action") ?? "") where !blocks.contains(action) {
            let note = "action \(action.shortened): is not run, opsd only blocks the address"
            if !notes.contains(note), notes.count < 32 { notes.append(note) }
        }
        return notes
    }

    /// The names of `NAME[...]`, several of them separated by white space.
    static func actionNames(_ text: String) -> [String] {
        var names: [String] = []
        var name: [UInt8] = []
        var depth = 0
        var quote: UInt8?
        for byte in text.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
            } else if depth > 0, byte == 0x22 || byte == 0x27 {
                quote = byte
            } else if byte == 0x5b {
                depth += 1
            } else if byte == 0x5d {
                depth = max(0, depth - 1)
            } else if depth == 0 {
                if !ConfigBytes.isSpace(byte) {
                    name.append(byte)
                } else if !name.isEmpty {
                    names.append(String(decoding: name, as: UTF8.self))
                    name = []
                }
            }
        }
        if !name.isEmpty { names.append(String(decoding: name, as: UTF8.self)) }
        return names
    }
}
