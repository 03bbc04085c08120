// `config`: the configuration in force as a TOML document, which `opsd --check` takes as it is.

import OpsCore
import OpsProtocol

extension Rendering {
    /// The configuration in sections, as in the file.
    static func config(_ reply: JSONValue, _ sheet: inout Sheet) {
        for (index, member) in reply.members.enumerated() {
            if index > 0 { sheet.endLine() }
            section([member.name], member.value, &sheet)
        }
    }

    private static func section(_ path: [String], _ value: JSONValue, _ sheet: inout Sheet) {
        guard case .object(let members) = value else {
            return sheet.line("\(key(path.last ?? "")) = \(literal(value))")
        }
        let tables = members.filter { if case .object = $0.value { true } else { false } }
        // A key without a value is not set, and TOML cannot say so but by leaving it out.
        let keys = members.filter { member in
            member.value != .null && !tables.contains { $0.name == member.name }
        }
        let hasTitle = !keys.isEmpty || tables.isEmpty
        if hasTitle { sheet.line("[\(path.map(key).joined(separator: "."))]", .bold) }
        for member in keys { sheet.line("\(key(member.name)) = \(literal(member.value))") }
        for (index, table) in tables.enumerated() {
            if hasTitle || index > 0 { sheet.endLine() }
            section(path + [table.name], table.value, &sheet)
        }
    }

    /// A key: bare where it can be.  Source: TOML 1.0, "Keys".
    private static func key(_ name: String) -> String {
        let isBare =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isBare ? name : quoted(name)
    }

    /// A value as it is written in the file.
    private static func literal(_ value: JSONValue) -> String {
        switch value {
        case .bool(let flag): return flag ? "true" : "false"
        case .string(let text): return quoted(text)
        case .array(let all): return "[" + all.map(literal).joined(separator: ", ") + "]"
        // The shortest digits that give the same number.
        case .number(let number): return "\(number)"
        default: return value.plain
        }
    }

    /// A basic string; the escapes of JSON are also TOML's, and what a terminal would obey is
    /// written as `\\uXXXX`.  Source: TOML 1.0, "String".
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            default:
                guard scalar.isWrittenEscaped else {
                    quoted.unicodeScalars.append(scalar)
                    continue
                }
                let digits = String(scalar.value, radix: 16)
                let isLong = digits.count > 4
                quoted += isLong ? "\\U" : "\\u"
                quoted += String(repeating: "0", count: (isLong ? 8 : 4) - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}
