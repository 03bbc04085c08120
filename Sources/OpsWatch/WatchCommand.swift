// opswatch: what its words mean, and what it does of them.

import OpsCore
import OpsLinux

/// The program.
package enum WatchCommand {
    static let usage = """
        Usage: opswatch [--config FILE] [--state DIR]
               opswatch --check [--config FILE]
               opswatch --reload [--config FILE] [--state DIR]
               opswatch --test FILTER FILE [--annotated] [--json] [--matched] [--missed]
               opswatch --replay [--since 1d] [--dry-run [--quiet]] [SOURCE...]
               opswatch lint FILTER|PATTERN...
               opswatch import-fail2ban [DIR]
               opswatch --print-rule NAME
               opswatch --version | --help

        Reads logs, finds addresses that misbehave, and tells opsd.

          --config FILE       the configuration, that of opsd
          --state DIR         where the positions in the logs are kept (/var/lib/opswatch)
          --check             print every fault of the configuration, and what is not honoured
          --reload            check it, have the process $MAINPID read it, and wait until it counts
          --test              test a filter on FILE, - is the standard input; FILTER is a
                              pattern with <HOST>, or the name of a rule of the configuration, of
                              one of the library, or of a filter of fail2ban's (filter.d/NAME)
            --annotated       FILE says of each line what it should be, as fail2ban's samples do
            --json            figures as JSON, in the last line
            --matched, --missed   print these lines
            --date-pattern P, --zone Z   as in a rule and a source
            --journal         the lines have no date, as those of the journal
            --format F        what a line is: text, json or docker
            --fail2ban DIR    where filters are (/etc/fail2ban); FILTER is one of them
          --replay            read the logs of the past, compressed ones too, and strike
            --since TIME      how far back (1d)
            --dry-run         tell what would be struck, and strike nobody
            --quiet           only how many strikes that would be, and not whom
          lint                say how somebody could have another address struck
          import-fail2ban     print the sections for fail2ban's enabled jails
          --print-rule NAME   print what a rule of the library stands for

        Signals: TERM and INT stop, HUP reloads.
        Exit: 0 done, 1 failed or wrong, 2 configuration or usage.
        See opswatch(8), opsd.toml(5).

        """

    /// Runs it with the arguments after the program's name; returns the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        do throws(WatchOptions.Fault) {
            return perform(try WatchOptions(arguments))
        } catch {
            Say.error(error.message)
            try? StandardStream.error.write("Try opswatch --help.\n")
            return 2
        }
    }

    private static func perform(_ options: WatchOptions) -> Int32 {
        do throws(WatchFault) {
            switch options.task {
            case .help: return print(usage)
            case .version: return print("opswatch \(Release.version)\n")
            case .run: return try run(options)
            case .check: return try check(options)
            case .reload: return try reload(options)
            case .test(let filter, let file):
                return try FilterTest.run(filter: filter, file: file, options)
            case .importFail2ban(let directory):
                return try ImportCommand.run(directory: directory, options)
            case .printRule(let name): return try ImportCommand.printRule(name)
            case .replay(let sources): return try Replay.run(sources: sources, options)
            case .lint(let words): return try ImportCommand.lint(words, options)
            }
        } catch {
            Say.error(error.message)
            return error.status
        }
    }

    private static func run(_ options: WatchOptions) throws(WatchFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let configuration = try WatchStart.configuration(options)
        let plan = try WatchStart.plan(configuration, options)
        let loop = try WatchLoop(options, configuration, plan)
        do throws(Errno) {
            return try loop.run()
        } catch {
            throw WatchFault(status: 1, message: "\(error)")
        }
    }

    private static func reload(_ options: WatchOptions) throws(WatchFault) -> Int32 {
        guard let process = Environment.value("MAINPID").flatMap({ Int32($0) }), process > 0 else {
            throw WatchFault(
                status: 2,
                message: "--reload: expected the running opswatch's process id in MAINPID, where"
                    + " the service manager puts it")
        }
        try checkPlan(options)
        try ReloadAnswer.ask(process: process, in: options.stateDirectory)
        return 0
    }

    private static func check(_ options: WatchOptions) throws(WatchFault) -> Int32 {
        let plan = try checkPlan(options)
        for note in plan.notes + absent(plan) { _ = print("note: \(note)\n") }
        return print(
            "\(options.configurationFile): no faults;"
                + " \(Counted.text(plan.rules.count, "rule")),"
                + " \(Counted.text(plan.sources.count, "source"))\n")
    }

    @discardableResult
    private static func checkPlan(_ options: WatchOptions) throws(WatchFault) -> WatchPlan {
        let configuration = try WatchStart.configuration(options)
        let plan = try WatchStart.plan(configuration, options)
        let faults = plan.runs(seed: 1).tallies.compactMap(\.fault)
        guard faults.isEmpty else {
            throw WatchFault(status: 2, message: WatchStart.text(of: faults, options))
        }
        return plan
    }

    /// Files of which there is none now.
    private static func absent(_ plan: WatchPlan) -> [String] {
        plan.sources.flatMap { source in
            source.files.filter { ReplayFiles.history(of: $0).files.isEmpty }.map {
                "watch.source.\(source.name).files: nothing is at \($0) now, or it may not be"
                    + " listed; it is read once it is there"
            }
        }
    }

    /// Prints lines, whatever strangers wrote into them: see `PlainText`.
    static func print(_ text: String) -> Int32 {
        let shown = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { PlainText.escaped(String(Substring($0))) }.joined(separator: "\n")
        do throws(Errno) { try StandardStream.output.write(shown) } catch { return 1 }
        return 0
    }
}
