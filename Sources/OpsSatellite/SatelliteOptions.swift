// The words after the name of a satellite, as values.

import OpsConfig
import OpsLinux

/// The command line.
package struct SatelliteOptions: Hashable, Sendable {
    /// What it is asked to do.
    package enum Task: Hashable, Sendable {
        case run, check, help, version
        /// Its trial, with one channel or endpoint.
        case trial(String)
    }

    /// What a satellite can do with one thing and without opsd.
    package struct Trial: Hashable, Sendable {
        /// Such as `--test`.
        package let option: String
        /// What it takes, with an article.
        package let thing: String

        package init(_ option: String, _ thing: String) {
            self.option = option
            self.thing = thing
        }
    }

    /// Why the words mean nothing.
    package struct Fault: Error, Hashable, Sendable {
        /// In words.
        package var message: String
    }

    /// `run` where no word says otherwise.
    package private(set) var task = Task.run
    /// `--config`.
    package private(set) var configurationFile = Configuration.defaultFile

    /// Reads the words.
    package init(_ words: [String], _ trial: Trial) throws(Fault) {
        var rest = words[...]
        while let word = rest.popFirst() {
            let (name, given) = Self.halves(word)
            func value(_ what: String) throws(Fault) -> String {
                guard let value = given ?? rest.popFirst() else {
                    throw Fault(message: "\(name): expected \(what)")
                }
                return value
            }
            switch name {
            case "--help", "-h": task = .help
            case "--version": task = .version
            case "--config": configurationFile = try value("a file")
            case "--check": try set(.check, name, trial)
            case trial.option: try set(.trial(try value(trial.thing)), name, trial)
            default: throw Fault(message: "unexpected word \(PlainText.escaped(word))")
            }
            if task == .help || task == .version { return }
        }
    }

    private mutating func set(_ new: Task, _ name: String, _ trial: Trial) throws(Fault) {
        guard task == .run else {
            throw Fault(
                message: "\(name): expected one of --check and \(trial.option), not both")
        }
        task = new
    }

    private static func halves(_ word: String) -> (String, String?) {
        guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else {
            return (word, nil)
        }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}
