// Numbers for people: short, with their unit, of the same length from one screen to the next.  A
// dash is shown for what the daemon did not report.

import OpsCore
import OpsProtocol

enum Figures {
    /// A number with this many decimals and no exponent: `12.5`.
    static func decimal(_ value: Double, _ decimals: Int = 1) -> String {
        var json = JSONWriter()
        json.number(value, decimals: decimals)
        return json.text == "null" ? "-" : json.text
    }

    static func percent(_ value: Double) -> String { decimal(value) + "%" }

    /// `512 B`, `1.5 KiB`, `23.5 GiB`.
    static func bytes(_ value: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = value
        var unit = 0
        while value.magnitude >= 1_024 && unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return decimal(value, unit == 0 ? 0 : 1) + " " + units[unit]
    }

    /// `1234567` as `1,234,567`.
    static func count(_ value: Int64) -> String { value.grouped }

    /// The two largest units: `3d 4h`, `9m 58s`, `7s`.
    static func span(seconds: Int64) -> String {
        let size = seconds.magnitude
        let text: String
        switch size {
        case ..<60: text = "\(size)s"
        case ..<3_600: text = "\(size / 60)m \(size % 60)s"
        case ..<86_400: text = "\(size / 3_600)h \(size / 60 % 60)m"
        default: text = "\(size / 86_400)d \(size / 3_600 % 24)h"
        }
        return seconds < 0 ? "-" + text : text
    }

    /// `2026-11-21T09:11:30.751145Z` as `2026-11-21 09:11:30Z`; text of another form is left as it
    /// is.
    static func time(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z")
        else { return text }
        return String(decoding: bytes[..<10], as: UTF8.self) + " "
            + String(decoding: bytes[11..<19], as: UTF8.self) + "Z"
    }

    /// `in 5m 3s` or `5m 3s ago`, for a time as the daemon writes it.
    static func relative(_ text: String, now milliseconds: Int64) -> String? {
        guard let time = Timestamp.parse(text) else { return nil }
        let (distance, overflow) = time.subtractingReportingOverflow(milliseconds)
        if overflow { return nil }
        // The future is rounded up and the past down, as the daemon does for seconds left.
        if distance > 0 { return "in " + span(seconds: (distance + 999) / 1_000) }
        return span(seconds: Int64(distance.magnitude / 1_000)) + " ago"
    }

    /// `[######----]`, with `width` characters between the brackets.
    static func bar(_ percent: Double, _ width: Int) -> String {
        let share = min(max(percent, 0), 100) / 100
        let full = min(width, Int((share * Double(width)).rounded()))
        return "[" + String(repeating: "#", count: full)
            + String(repeating: "-", count: width - full) + "]"
    }

    /// One character per value: a spark line from 0 to 100 percent.
    static func spark(_ values: [Double?]) -> String {
        let steps = Array("▁▂▃▄▅▆▇█")
        return String(
            values.map { value in
                guard let value, value.isFinite else { return " " }
                return steps[Int(min(max(value, 0), 99.9) / 100 * Double(steps.count))]
            })
    }
}

extension JSONValue {
    /// The value at a path of member names, such as `a.b`; nil: there is none.
    func at(_ path: String) -> JSONValue? {
        var value: JSONValue? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value
    }

    /// The value as people write it.
    var plain: String {
        switch self {
        case .null: "-"
        case .bool(let flag): flag ? "yes" : "no"
        case .integer(let number): String(number)
        case .number(let number): Figures.decimal(number, 2)
        case .string(let text): text
        case .array(let all): all.map(\.plain).joined(separator: ", ")
        case .object(let members):
            members.map { "\($0.name)=\($0.value.plain)" }.joined(separator: " ")
        }
    }
}

extension Cell {
    /// A value as it is; a dash if there is none.
    init(_ value: JSONValue?, _ paint: Paint? = nil) {
        switch value {
        case nil, .null?: self = .none
        case .some(let value): self = value.plain.isEmpty ? .none : Cell(value.plain, paint)
        }
    }

    /// A percentage.
    static func percent(_ value: JSONValue?, _ paint: ((Double) -> Paint)? = nil) -> Cell {
        guard let number = value?.double else { return .none }
        return Cell(Figures.percent(number), paint?(number))
    }

    static func count(_ value: JSONValue?, _ paint: Paint? = nil) -> Cell {
        guard let number = value?.integer else { return Cell(value, paint) }
        return Cell(Figures.count(number), paint)
    }

    static func bytes(_ value: JSONValue?) -> Cell {
        guard let number = value?.double else { return .none }
        return Cell(Figures.bytes(number))
    }

    static func time(_ value: JSONValue?) -> Cell {
        guard let text = value?.text else { return Cell(value) }
        return Cell(Figures.time(text), isTime: true)
    }

    static func decimal(_ value: JSONValue?, _ decimals: Int) -> Cell {
        guard let number = value?.double else { return .none }
        return Cell(Figures.decimal(number, decimals))
    }
}
