// `opswatch import-fail2ban`, `opswatch --print-rule`, `opswatch lint`: texts for people who set it
// up.

import OpsConfig
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
        let text = Fail2banImport.text(
            list.jails, warnings: list.warnings, directory: path, fileExists: exists)
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
            let patterns =
                FilterChoice.isPattern(word) ? [word] : choice.definition.failures
            for (number, pattern) in patterns.enumerated() {
                // What the prefix anchors is anchored.
                let isInPrefix = choice.definition.prefix != nil
                let warnings = PatternLint.warnings(of: pattern).filter {
                    !(isInPrefix && $0.hasPrefix("it is not anchored"))
                }
                count += warnings.count
                for warning in warnings {
                    _ = WatchCommand.print(
                        "\(choice.description), pattern \(number + 1): \(warning)\n")
                }
            }
        }
        if count == 0 { _ = WatchCommand.print("no warnings\n") }
        return count == 0 ? 0 : 1
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
