// Writes to standard error: `opsctl: message`, and a hint where there is something to try.

import OpsLinux

enum Diagnostics {
    /// Writes a fault, unless its message is empty.
    static func write(_ fault: ClientFault) {
        if !fault.message.isEmpty { write(fault.message, hint: fault.hint) }
    }

    /// Writes one line, or two with the hint; control characters in them are escaped.
    static func write(_ message: String, hint: String? = nil) {
        var text = "opsctl: \(PlainText.escaped(message))\n"
        if let hint { text += "hint: \(PlainText.escaped(hint))\n" }
        try? StandardStream.error.write(text)
    }
}
