// Enforcement as text for people: for `status`, `health` and events.

import OpsCore
import OpsFirewall
import OpsLinux

extension Enforcer {
    /// `enforcement` in `status`.
    func status(_ book: KernelBook?) -> String {
        guard let failure = failure ?? book?.lists.refusal?.error else { return "nftables" }
        return "nftables: \(failure.name)"
    }

    /// The component in `health`.
    func detail(_ book: KernelBook?) -> String {
        if let failure {
            return "the kernel refuses bans: \(failure.text); tried again within a minute"
        }
        if let (name, error) = book?.lists.refusal {
            return "the kernel refuses the list \(name): \(error.text); tried again within a minute"
        }
        var message = "nftables: table inet \(Layout.table)"
        if book?.lists.isSettled == false { message += "; lists are being loaded" }
        let open = book?.doubts.count ?? 0
        if open > 0 { message += "; \(open) changes are not in the kernel yet" }
        if monitor == nil { message += "; no monitor: changes by others are noticed late" }
        return message
    }

    /// Whether the kernel refuses something that is tried again.
    func isBroken(_ book: KernelBook?) -> Bool {
        failure != nil || book?.lists.hasRefusals ?? false
    }
}

extension Comparison {
    /// The text of the event that reports the differences.
    var message: String {
        var parts: [String] = []
        if isAltered { parts.append("its table or rules had been changed") }
        if missing > 0 { parts.append("\(missing) bans were missing") }
        if extra > 0 { parts.append("\(extra) elements were not expected") }
        if wrong > 0 { parts.append("\(wrong) had a wrong expiry") }
        return "the kernel differed: " + parts.joined(separator: ", ")
    }

    /// - Parameter isRepaired: nil: no repair was asked for, or there was nothing to repair.
    func report(_ isRepaired: Bool?) -> AuditReport {
        AuditReport(
            elements: elements, missing: missing, extra: extra, wrong: wrong,
            isAltered: isAltered, examples: examples, isRepaired: isRepaired)
    }
}
