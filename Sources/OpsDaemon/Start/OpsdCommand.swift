// `opsd` as a command: its options, and what it prints before it exits.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSystemd

/// The program `opsd`.
package enum OpsdCommand {
    static let usage = """
        Usage: opsd [--config FILE] [--recover]
               opsd --check [--config FILE]
               opsd --print-config [--config FILE]
               opsd --version | --help

        Samples a host, counts strikes, bans addresses, answers opsctl.
        Runs in the foreground.  Without --config it reads \(Configuration.defaultFile).

          --config FILE    the configuration
          --check          print every fault of the configuration with file, line and key
          --print-config   print the whole configuration as it would be used
          --recover        start although state is damaged: what is damaged is set aside
          --version        print the version
          --help           print this

        Signals: TERM and INT stop cleanly, HUP reloads, USR1 takes a snapshot,
        USR2 opens the files in the log directory anew.
        Exit: 0 stopped, 1 failed, 2 configuration or usage, 3 damaged state, 4 another opsd runs.
        See opsd(8), opsctl(1), opsd.toml(5).

        """

    private enum Task {
        case run, check, printConfiguration
    }

    /// Runs with the arguments after the program's name; returns the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        var options = DaemonOptions()
        var task = Task.run
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return say(usage)
            case "--version": return say("opsd \(Release.version)\n")
            case "--check": task = .check
            case "--print-config": task = .printConfiguration
            case "--recover": options.isForced = true
            case "--config":
                guard let file = rest.popFirst() else {
                    return misused("--config: expected a file")
                }
                options.configurationFile = file
            default:
                if word.hasPrefix("--config=") {
                    options.configurationFile = String(word.dropFirst("--config=".count))
                } else {
                    return misused("unknown option \(PlainText.escaped(word))")
                }
            }
        }
        return perform(task, options)
    }

    private static func perform(_ task: Task, _ options: DaemonOptions) -> Int32 {
        let file = options.configurationFile ?? Configuration.defaultFile
        do throws(StartFault) {
            let configuration = try ConfigurationFile.read(file)
            switch task {
            case .check: return say("\(file): no faults\n")
            case .printConfiguration:
                return say(configuration.printed(networks: ConfigurationFile.notation))
            case .run: return try run(options, configuration, file)
            }
        } catch {
            printError(error.message)
            return error.exitCode
        }
    }

    private static func run(
        _ options: DaemonOptions, _ configuration: Configuration, _ file: String
    ) throws(StartFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let parts = try Start.parts(options, configuration, file: file)
        let usurped: String?
        do throws(Errno) {
            let daemon = try Daemon(parts)
            daemon.manager.ready(status: daemon.statusLine)
            try daemon.run()
            usurped = daemon.loop.usurped
        } catch {
            throw .failed("\(error)")
        }
        if let usurped { throw .locked(usurped) }
        return 0
    }

    private static func say(_ text: String) -> Int32 {
        do throws(Errno) { try StandardStream.output.write(text) } catch { return 1 }
        return 0
    }

    private static func printError(_ message: String) {
        for line in message.split(separator: "\n") {
            try? StandardStream.error.write("opsd: \(PlainText.escaped(String(line)))\n")
        }
    }

    private static func misused(_ message: String) -> Int32 {
        printError(message)
        try? StandardStream.error.write("Try opsd --help.\n")
        return 2
    }
}
