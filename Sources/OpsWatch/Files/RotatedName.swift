// The names that rotation gives to the history of a log: `x.log.1`, `x.log.2.gz`, `x.log.old`,
// `x.log-20261128`, `x.log.2026-11-28.gz`, and with logrotate's `extension` `x-20261128.log` or
// `x.1.log.gz`.  Source: logrotate(8): start, dateext, dateformat, extension, compressext.

/// A name that a log gets when it is rotated.
struct RotatedName: Hashable {
    enum Compression: Hashable {
        case none, gzip
        /// Some other kind, which is not read.
        case other
    }

    /// How it says its age.
    enum Age: Hashable {
        /// 1 is the newest.
        case number(Int)
        /// Its digits: the greatest text is the newest.
        case date(String)
        /// It does not.
        case old
    }

    let age: Age
    let compression: Compression

    private static let compressions: [(suffix: String, Compression)] = [
        (".gz", .gzip), (".xz", .other), (".bz2", .other), (".zst", .other), (".lz4", .other),
        (".Z", .other), (".lzma", .other), (".zip", .other), (".lzo", .other), (".br", .other),
    ]

    /// What `name` is in the history of the log named `base`; nil: nothing.
    init?(_ name: String, of base: String) {
        let (stem, compression) = RotatedName.split(name)
        self.compression = compression
        if stem == base, compression != .none {
            age = .old
            return
        }
        for (baseName, age) in RotatedName.bases(stem) where baseName == base {
            self.age = age
            return
        }
        return nil
    }

    /// Whether the name says that the file is compressed.
    static func isCompressed(_ name: String) -> Bool { split(name).1 != .none }

    /// The logs whose history a name may be in.
    static func bases(of name: String) -> [String] {
        let (stem, compression) = split(name)
        return (compression == .none ? [] : [stem]) + bases(stem).map(\.0)
    }

    private static func split(_ name: String) -> (String, Compression) {
        for (suffix, kind) in compressions
        where name.utf8.count > suffix.utf8.count && name.hasSuffix(suffix) {
            return (String(name.dropLast(suffix.count)), kind)
        }
        return (name, .none)
    }

    private static func bases(_ stem: String) -> [(String, Age)] {
        let bytes = Array(stem.utf8)
        var found: [(String, Age)] = []
        for index in bytes.indices.dropFirst() where isSeparator(bytes[index]) {
            // The age at the end, or before the last extension.
            let rest = bytes[(index + 1)...]
            if let age = age(rest) { found.append((text(bytes[..<index]), age)) }
            guard let dot = rest.lastIndex(of: UInt8(ascii: ".")), dot > rest.startIndex,
                let age = age(rest[..<dot]), age != .old
            else { continue }
            found.append((text(bytes[..<index] + bytes[dot...]), age))
        }
        return found
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self)
    }

    /// `1` to `9999`, a date of at least six digits, or a word.
    private static func age(_ bytes: ArraySlice<UInt8>) -> Age? {
        if bytes.elementsEqual("old".utf8) || bytes.elementsEqual("bak".utf8) { return .old }
        var digits: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
                UInt8(ascii: "T"), UInt8(ascii: "+"), UInt8(ascii: "Z"):
                continue
            default: return nil
            }
        }
        guard let first = bytes.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9"),
            digits.count <= 32
        else { return nil }
        if digits.count == bytes.count, digits.count <= 4 { return .number(Int(text(digits)) ?? 0) }
        return digits.count >= 6 ? .date(text(digits)) : nil
    }
}

extension RotatedName.Age {
    /// Whether a file of this age is older than another; nil: the names do not say it.
    func isOlder(than other: RotatedName.Age) -> Bool? {
        switch (self, other) {
        case (.number(let own), .number(let other)) where own != other: own > other
        case (.date(let own), .date(let other)) where own != other: own < other
        default: nil
        }
    }
}
