// Writes to standard error: `opsctl: message`, and a hint where there is something to try.

import OpsLinux

enum Diagnostics {
    /// Writes a fault, unless its message is empty.
    static func write(_ fault: ClientFault) {
        if !fault.message.isEmpty { write(fault.message, hint: fault.hint) }
    }

    /// Writes the lines of a message, each marked as opsctl's, and the hint; control characters in
    /// them are escaped.
    static func write(_ message: String, hint: String? = nil) {
        try? StandardStream.error.write(text(message, hint: hint))
    }

    static func text(_ message: String, hint: String?) -> String {
        var text = ""
        for line in message.split(separator: "\n") {
            text += "opsctl: \(PlainText.escaped(String(line)))\n"
        }
        if let hint { text += "hint: \(PlainText.escaped(hint))\n" }
        return text
    }
}
