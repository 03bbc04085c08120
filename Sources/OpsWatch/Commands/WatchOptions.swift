// The words after `opswatch`, as values.

import OpsConfig
import OpsCore
import OpsLinux

/// What opswatch is asked to do.
enum WatchTask: Hashable, Sendable {
    case run
    case check
    /// Has the running one read its configuration again, and waits for the outcome.
    case reload
    case help
    case version
    /// Holds a filter against a file.
    case test(filter: String, file: String)
    /// Reads what is there, from the past on.
    case replay(sources: [String])
    /// Warns of patterns that an attacker can steer.
    case lint([String])
    /// Prints the sections for fail2ban's enabled jails.
    case importFail2ban(directory: String?)
    /// Prints the sections that a rule of the library stands for.
    case printRule(String)
}

/// The command line.
struct WatchOptions: Hashable, Sendable {
    var task = WatchTask.run
    var configurationFile = Configuration.defaultFile
    /// Where positions are kept.
    var stateDirectory = "/var/lib/opswatch"
    /// fail2ban's directory, in place of `watch.fail2ban`.
    var fail2ban: String?
    /// `--test`: the file is annotated.
    var isAnnotated = false
    var isJSON = false
    /// `--test`: print the lines that matched, or that did not.
    var printsMatched = false
    var printsMissed = false
    /// `--test`: fail2ban's `datepattern`.
    var datePattern: String?
    /// `--test`: `UTC+0200`, in place of the host's zone.
    var zone: String?
    /// `--test`: what a line is, in place of what the rule's source says.
    var format: WatchSource.Format?
    /// `--test`: the lines have no date, as those of the journal.
    var isJournal = false
    /// `--replay`: how far back, in milliseconds.
    var sinceMilliseconds: Int64 = 86_400_000
    /// `--replay`: opsd is not told.
    var isDryRun = false
    /// `--replay --dry-run`: strikes are counted and not listed.
    var isQuiet = false

    /// Why the words mean nothing.
    struct Fault: Error, Hashable, Sendable {
        var message: String
    }

    /// The defaults, with the state directory that the service manager names.
    init() {
        if let directory = Environment.value("STATE_DIRECTORY")?.split(separator: ":").first {
            stateDirectory = String(directory)
        }
    }

    /// Reads the words.
    init(_ words: [String]) throws(Fault) {
        self.init()
        var rest = words[...]
        var loose: [String] = []
        var command: String?
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                if command == nil, loose.isEmpty, word == "lint" || word == "import-fail2ban" {
                    command = word
                } else {
                    loose.append(word)
                }
                continue
            }
            let (name, given) = Self.halves(word)
            switch name {
            case "--help", "-h": task = .help
            case "--version": task = .version
            case "--check", "--reload", "--test", "--replay":
                guard command == nil else {
                    throw Fault(message: "\(command ?? "") and \(name) exclude each other")
                }
                command = name
            case "--annotated": isAnnotated = true
            case "--json": isJSON = true
            case "--matched": printsMatched = true
            case "--missed": printsMissed = true
            case "--journal": isJournal = true
            case "--dry-run": isDryRun = true
            case "--quiet": isQuiet = true
            default: try takeValue(name, given, &rest, &command, &loose)
            }
        }
        if task == .help || task == .version { return }
        task = try Self.task(command, loose)
    }

    private mutating func takeValue(
        _ name: String, _ given: String?, _ rest: inout ArraySlice<String>,
        _ command: inout String?, _ loose: inout [String]
    ) throws(Fault) {
        let known = [
            "--config", "--state", "--fail2ban", "--date-pattern", "--zone", "--format",
            "--since", "--print-rule",
        ]
        guard known.contains(name) else {
            throw Fault(message: "unknown option \(PlainText.escaped(name))")
        }
        guard let value = given ?? rest.popFirst() else {
            throw Fault(message: "\(name): expected a value")
        }
        switch name {
        case "--config": configurationFile = value
        case "--state": stateDirectory = value
        case "--fail2ban": fail2ban = value
        case "--date-pattern": datePattern = value
        case "--zone": zone = value
        case "--format":
            guard let known = WatchSource.Format(rawValue: value) else {
                throw Fault(
                    message: "--format: expected one of "
                        + WatchSource.Format.allCases.map(\.rawValue).joined(separator: ", "))
            }
            format = known
        case "--print-rule":
            command = name
            loose.append(value)
        default:
            guard let since = DurationText.parse(value), since > 0 else {
                throw Fault(
                    message: "--since: '\(PlainText.escaped(value))' is not a duration, expected"
                        + " one such as 1d or 12h")
            }
            sinceMilliseconds = since
        }
    }

    private static func task(_ command: String?, _ loose: [String]) throws(Fault) -> WatchTask {
        switch command {
        case "--check" where loose.isEmpty: return .check
        case "--reload" where loose.isEmpty: return .reload
        case "--test":
            guard loose.count == 2 else {
                throw Fault(message: "--test: expected a filter and a file, or - for the input")
            }
            return .test(filter: loose[0], file: loose[1])
        case "--replay": return .replay(sources: loose)
        case "lint":
            guard !loose.isEmpty else { throw Fault(message: "lint: expected filters or patterns") }
            return .lint(loose)
        case "import-fail2ban" where loose.count <= 1:
            return .importFail2ban(directory: loose.first)
        case "--print-rule" where loose.count == 1: return .printRule(loose[0])
        default: break
        }
        if let word = loose.first {
            throw Fault(message: "unexpected word \(PlainText.escaped(word))")
        }
        return .run
    }

    private static func halves(_ word: String) -> (String, String?) {
        guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else {
            return (word, nil)
        }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}
