// Money of the file.  A float of TOML comes as a Double, and its shortest decimal form is taken:
// for up to 15 digits that is, digit for digit, what the file has (a Double tells any two decimals
// of 15 digits apart).  Longer ones are refused, unless they are written in quotes.

import CToml
import OpsCore

extension ExpectedValue {
    /// What money must be.
    static let money = "dollars from 0 to 1000000 such as 25.0 or \"0.000125\""
    private static let exactDigits = 15

    /// An amount: an integer, a float, or a string of digits.
    func money(_ node: TomlNode) throws(ValueErrors) -> MicroUSD {
        let text: String
        switch node.kind {
        case .integer: text = String(node.integer)
        case .string: text = node.string
        case .float:
            guard let plain = Self.plain(node.float) else {
                throw invalid(node, "\(node.float) is out of range, or has too many digits")
            }
            text = plain
        default: throw invalid(node, node.kindText)
        }
        guard let amount = MicroUSD(parsing: text) else {
            throw invalid(node, "\(text.shown) is not an amount")
        }
        return amount
    }

    /// Its decimal digits without an exponent; nil: it has too many, or is no such number.
    private static func plain(_ value: Double) -> String? {
        guard value.isFinite, value >= 0, value <= 1e12 else { return nil }
        let parts = value.description.split(separator: "e")
        guard let first = parts.first,
            first.utf8.count(where: { $0 != UInt8(ascii: ".") }) <= exactDigits
        else { return nil }
        guard parts.count == 2, let exponent = Int(parts[1]) else { return String(first) }
        guard exponent < 0, exponent > -20 else { return nil }
        let digits = first.filter { $0 != "." }
        return "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
}
