// fail2ban's tags in patterns (`<HOST>`, `<F-USER>...</F-USER>`) as groups of a regular expression,
// named as fail2ban names them, which the engine and other people's patterns rely on.
//
// 1. A tag is `<NAME>`, `</NAME>` or `<NAME/>`.  What is not a tag of fail2ban's stays as it is.
// 2. No name is ever looked up, but `<HOST>` is an address or a name: if it were an address alone,
//    a pattern could pass over the name of who failed, and find another's address behind it.
// 3. `<F-NAME>` opens a group `name` (`id` is `fid`, `port` is `fport`), `</F-NAME>` closes it; a
//    closing tag that was never opened stays as it is.
// 4. `<SKIPLINES>` takes whole lines; the groups are numbered.
// 5. `((?i)...)` and `(?:(?i)...)` become `(?i:...)`, so that the flag ends with its group.
//
// Source: fail2ban-regex(1), jail.conf(5), and what Debian's fail2ban 1.0.2 makes of each tag.

/// Writes fail2ban's tags as groups.
package enum RegexTags {
    private static let address4 = #"(?:\d{1,3}\.){3}\d{1,3}"#
    private static let address6 =
        "(?:[0-9a-fA-F]{1,4}::?|::){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)"
    /// One IPv4 address, perhaps written as an IPv6 one.
    private static let ip4 = "(?:::f{4,6}:)?(?P<ip4>\(address4))"
    private static let ip6 = "(?P<ip6>\(address6))"
    private static let dns = #"(?P<dns>[\w\-.^_]*\w)"#
    private static let cidr = #"(?P<cidr>\d+)"#
    private static let address = #"\[?(?:"# + ip4 + "|" + ip6 + #")\]?"#
    private static let subnet =
        #"\[?(?:"# + ip4 + "|" + ip6 + ")(?:/" + cidr + #")?\]?"#

    private static let host = "(?:" + address + "|" + dns + ")"

    /// Tags that stand for a whole expression.
    private static let fixed: [String: String] = [
        "HOST": host, "ADDR": address, "F-ADDR/": address,
        "IP4": ip4, "F-IP4/": ip4, "IP6": ip6, "F-IP6/": ip6, "DNS": dns, "F-DNS/": dns,
        "CIDR": cidr, "F-CIDR/": cidr, "SUBNET": subnet, "F-SUBNET/": subnet,
        "F-ID/": #"(?P<fid>\S+)"#, "F-PORT/": #"(?P<fport>\w+)"#,
    ]
    /// Groups with another name than their tag.
    private static let renamed = ["id": "fid", "port": "fport"]
    /// Groups that say whom a failure is about, at once or with lines that come later.
    private static let subjects: Set<String> = ["fid", "ip4", "ip6", "dns", "mlfid"]

    /// The pattern with groups in place of tags.
    package static func expand(_ pattern: String) -> String {
        let bytes = pattern.configBytes
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var opened: Set<String> = []
        var skips = 0
        var place = 0
        while place < bytes.count {
            guard bytes[place] == less, let end = tagEnd(bytes, place) else {
                result.append(bytes[place])
                place += 1
                continue
            }
            let name = bytes[(place + 1)..<(end - 1)].text
            if name == "SKIPLINES" {
                result += #"\n(?P<skiplines\#(skips)>(?:(?:.*\n)*?))"#.utf8
                skips &+= 1
            } else if let text = fixed[name] ?? group(name, &opened) {
                result += text.utf8
            } else {
                result += bytes[place..<end]
            }
            place = end
        }
        return String(decoding: localFlags(result), as: UTF8.self)
    }

    private static let less: UInt8 = 0x3c
    private static let greater: UInt8 = 0x3e
    private static let slash: UInt8 = 0x2f
    private static let hyphen: UInt8 = 0x2d

    /// Where the tag that begins at `place` has ended; nil: it is none.
    private static func tagEnd(_ bytes: [UInt8], _ place: Int) -> Int? {
        var at = place + 1
        if at < bytes.count, bytes[at] == slash { at += 1 }
        let name = at
        while at < bytes.count, ConfigBytes.isWord(bytes[at]) || bytes[at] == hyphen { at += 1 }
        if at == name { return nil }
        if at < bytes.count, bytes[at] == slash { at += 1 }
        return at < bytes.count && bytes[at] == greater ? at + 1 : nil
    }

    /// What `F-NAME` or `/F-NAME` stands for; nil: it is no such tag, or closes what is not open.
    private static func group(_ tag: String, _ opened: inout Set<String>) -> String? {
        let bytes = tag.configBytes
        let closes = bytes.first == slash
        let start = closes ? 1 : 0
        guard bytes[...].has("F-", at: start), bytes.count > start + 2 else { return nil }
        let name = bytes[(start + 2)...]
        let isName = name.allSatisfy { byte in
            (0x41...0x5a).contains(byte) || ConfigBytes.isDigit(byte) || byte == 0x5f
                || byte == hyphen
        }
        guard isName else { return nil }
        if closes { return opened.contains(name.text) ? ")" : nil }
        opened.insert(name.text)
        let group = name.text.asciiLowered
        return "(?P<\(renamed[group] ?? group)>"
    }

    /// Rule 5.
    private static func localFlags(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes[place] == 0x28, place == 0 || bytes[place - 1] != 0x5c,
                let flags = flags(bytes, after: place)
            {
                result += bytes[flags]
                result.append(0x3a)
                place = flags.upperBound + 1
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    /// `(?i` of the `(?i)` that comes first in the group that opens at `place`.
    private static func flags(_ bytes: [UInt8], after place: Int) -> Range<Int>? {
        var start = place + 1
        if bytes[...].has("?:", at: start) { start += 2 }
        guard bytes[...].has("(?", at: start) else { return nil }
        var end = start + 2
        while end < bytes.count, (0x61...0x7a).contains(bytes[end]) { end += 1 }
        guard end > start + 2, end < bytes.count, bytes[end] == 0x29 else { return nil }
        return start..<end
    }

    /// Whether a pattern with its tags written out has a group that says whom a failure is about.
    package static func namesSubject(_ expanded: String) -> Bool {
        let bytes = expanded.configBytes
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x5c: place += 2
            case 0x5b: place = classEnd(bytes, place)
            case 0x28 where bytes[...].has("(?P<", at: place):
                let name = bytes[(place + 4)...].prefix { $0 != greater }
                if subjects.contains(name.text) { return true }
                place += 4
            default: place += 1
            }
        }
        return false
    }

    /// Behind the class of characters that begins at `place`.
    private static func classEnd(_ bytes: [UInt8], _ place: Int) -> Int {
        var at = place + 1
        if at < bytes.count, bytes[at] == 0x5e { at += 1 }
        if at < bytes.count, bytes[at] == 0x5d { at += 1 }
        while at < bytes.count, bytes[at] != 0x5d { at += bytes[at] == 0x5c ? 2 : 1 }
        return at + 1
    }

    /// Whether a pattern would take the name of a host for who it is, which is never looked up.
    package static func takesHostNames(_ pattern: String) -> Bool {
        let bytes = pattern.configBytes[...]
        return bytes.indices.contains { place in
            bytes[place] == less
                && (bytes.has("<HOST>", at: place) || bytes.has("<DNS>", at: place)
                    || bytes.has("<F-DNS/>", at: place))
        }
    }
}
