// `opsctl unban` without addresses: which bans its options select.  Nothing is sent here; words
// that select nothing, or contradict each other, are a usage fault.

import OpsCore
import OpsProtocol

/// The bans that `unban` is to lift.
struct UnbanSelection: Equatable {
    /// Only those inside this network, itself included.
    var under: String?
    /// Only those by this source; what others ban stays.
    var source: String?
    /// `--yes`: they are lifted without a question.
    var isConfirmed = false

    /// Reads the words after `unban`; nil: they name addresses, and options select nothing.
    init?(_ words: [String]) throws(ClientFault) {
        var rest = words[...]
        var addresses = 0
        var isAll = false
        while let word = rest.popFirst() {
            if word == "--" {
                addresses += rest.count
                break
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let given = parts.count > 1 ? String(parts[1]) : nil
            // As everywhere, `key=value` is the same as `--key value`.
            let name = given != nil && !word.hasPrefix("-") ? "--\(parts[0])" : String(parts[0])
            switch name {
            case "--under": try Self.set(&under, name, given ?? rest.popFirst())
            case "--source": try Self.set(&source, name, given ?? rest.popFirst())
            case "--all" where given == nil: isAll = true
            case "--yes" where given == nil: isConfirmed = true
            default:
                if word.hasPrefix("-") && word != "-" { throw Self.unknown(word) }
                addresses += 1
            }
        }
        if addresses > 0 {
            if under == nil && !isAll && !isConfirmed { return nil }
            throw .usage(
                "unban takes addresses, or options that select bans, not both", hint: Self.help)
        }
        if isAll && (under != nil || source != nil) {
            throw .usage(
                "--all selects every ban: it cannot be combined with --under or --source",
                hint: Self.help)
        }
        if !isAll && under == nil && source == nil {
            throw .usage(
                "unban needs addresses, or --under, --source or --all", hint: Self.help)
        }
        try checkNetwork()
    }

    private static let help = "opsctl unban --help"

    private static func set(
        _ option: inout String?, _ name: String, _ value: String?
    ) throws(ClientFault) {
        if option != nil { throw .usage("\(name): given twice", hint: help) }
        guard let value else { throw .usage("\(name) needs a value", hint: help) }
        option = value
    }

    private static func unknown(_ word: String) -> ClientFault {
        let known = ["--source", "--under", "--all", "--yes"]
        let near = Suggestion.closest(to: word, among: known)
        return .usage(
            "unban has no option \(word.prefix(40))",
            hint: near.map { "did you mean \($0)?" }
                ?? "it takes " + known.joined(separator: ", "))
    }

    private func checkNetwork() throws(ClientFault) {
        guard let under else { return }
        do throws(AddressFault) {
            _ = try Target(parsing: Array(under.utf8).span)
        } catch {
            throw .usage("--under: \(error.message)", hint: error.hint ?? Self.help)
        }
    }

    /// The options of `bans` that list what is selected.
    var listing: [String] { (under.map { ["--under=\($0)"] } ?? []) + lifting }

    /// The options of `unban` that lift no more than that.
    var lifting: [String] { source.map { ["--source=\($0)"] } ?? [] }

    /// `2,500 bans of 3 sources in 198.18.0.0/16`; of one source its name, if it has any.
    func text(_ count: Int, of sources: Set<String>) -> String {
        var text = "\(Figures.count(Int64(count))) ban\(count == 1 ? "" : "s")"
        if let name = source ?? (sources.count == 1 ? sources.first : nil) {
            if !name.isEmpty { text += " of \(name)" }
        } else if sources.count > 1 {
            text += " of \(Figures.count(Int64(sources.count))) sources"
        }
        return text + place
    }

    /// `no bans of sshd in 198.18.0.0/16`.
    var nothing: String { "no bans" + (source.map { " of \($0)" } ?? "") + place }

    private var place: String { under.map { " in \($0)" } ?? "" }
}
