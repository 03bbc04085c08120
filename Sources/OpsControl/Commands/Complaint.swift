// What goes to standard error: `opsctl: message`, and a hint where there is a way out.

import OpsLinux

enum Complaint {
    static func write(_ fault: ClientFault) {
        if !fault.message.isEmpty { write(fault.message, hint: fault.hint) }
    }

    /// One line, or two; whatever is in them, no control character gets out.
    static func write(_ message: String, hint: String? = nil) {
        var text = "opsctl: \(PlainText.escaped(message))\n"
        if let hint { text += "hint: \(PlainText.escaped(hint))\n" }
        try? StandardStream.error.write(text)
    }
}
