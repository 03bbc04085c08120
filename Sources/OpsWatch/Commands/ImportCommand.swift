// `opswatch import-fail2ban`, `opswatch --print-rule`, `opswatch lint`: texts for people who set it
// up.

import OpsConfig
import OpsCore
import OpsDetect
import OpsLinux

/// Prints sections of opsd.toml.
enum ImportCommand {
    /// The sections for fail2ban's enabled jails.
    static func run(directory: String?, _ options: WatchOptions) throws(WatchFault) -> Int32 {
        let path = directory ?? options.fail2ban ?? "/etc/fail2ban"
        let fail2ban = Fail2banDirectory(
            path: path, read: WatchStart.bytes(of:), list: WatchStart.names(in:))
        let list: JailList
        do throws(Fail2banFault) {
            list = try fail2ban.jailList()
        } catch {
            throw WatchFault(status: 1, message: "\(error)")
        }
        // Without a configuration that can be read, what it is by default.
        let settings = (try? WatchStart.configuration(options))?.watch ?? WatchSettings()
        let text = Fail2banImport.text(
            list.jails, warnings: list.warnings, directory: path, library: settings.library,
            fileExists: exists)
        return WatchCommand.print(text)
    }

    /// Whether there is a file at a path, or one that a glob fits.
    private static func exists(_ pattern: String) -> Bool {
        !ReplayFiles.history(of: pattern).files.isEmpty
    }

    /// How somebody could have another address struck, by pattern.
    static func lint(_ words: [String], _ options: WatchOptions) throws(WatchFault) -> Int32 {
        var count = 0
        for word in words {
            let choice = try FilterChoice(word, options, journal: options.isJournal)
            // A pattern that does not compile says why, and is not looked at further.
            _ = try FormRun.all(choice, options, zone: .utc)
            for form in choice.forms {
                let warnings = Self.warnings(of: form)
                count += warnings.count
                let name = choice.forms.count > 1 ? ", \(form.name)" : ""
                for warning in warnings {
                    _ = WatchCommand.print("\(choice.description)\(name), \(warning)\n")
                }
            }
        }
        if count == 0 { _ = WatchCommand.print("no warnings\n") }
        return count == 0 ? 0 : 1
    }

    private static func warnings(of form: FilterChoice.Form) -> [String] {
        guard case .filter(let definition) = form.detection else { return [] }
        // What the prefix anchors is anchored.
        let isInPrefix = definition.prefix != nil
        return form.patterns.enumerated().flatMap { number, pattern in
            PatternLint.warnings(of: pattern)
                .filter { !(isInPrefix && $0.hasPrefix("it is not anchored")) }
                .map { "pattern \(number + 1): \($0)" }
        }
    }

    /// What a rule of the library stands for.
    static func printRule(_ name: String) throws(WatchFault) -> Int32 {
        guard let rule = LibraryRule.named(name) else {
            let names = LibraryRule.all.map(\.name).joined(separator: ", ")
            throw WatchFault(
                status: 2,
                message: "there is no rule \(PlainText.escaped(name)) in the library, expected one"
                    + " of \(names)")
        }
        return WatchCommand.print(rule.text(hasJournal: JournalFiles.exist(.system)))
    }
}
