// The words after `opscheck`, as values.

import OpsConfig
import OpsLinux

/// What opscheck is asked to do.
enum CheckTask: Hashable, Sendable {
    case run, check, help, version
    /// Checks one endpoint, without opsd.
    case once(String)
}

/// The command line.
struct CheckOptions: Hashable, Sendable {
    var task = CheckTask.run
    var configurationFile = Configuration.defaultFile

    /// Why the words mean nothing.
    struct Fault: Error, Hashable, Sendable {
        var message: String
    }

    /// Reads the words.
    init(_ words: [String]) throws(Fault) {
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
            case "--check": try set(.check, name)
            case "--once": try set(.once(try value("an endpoint")), name)
            default: throw Fault(message: "unexpected word \(PlainText.escaped(word))")
            }
            if task == .help || task == .version { return }
        }
    }

    private mutating func set(_ new: CheckTask, _ name: String) throws(Fault) {
        guard task == .run else {
            throw Fault(message: "\(name): expected one of --check and --once, not both")
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
