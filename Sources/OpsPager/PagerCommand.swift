// opspager: what its words mean, and what it does of them.

import OpsCore
import OpsLinux

/// The program.
package enum PagerCommand {
    static let usage = """
        Usage: opspager [--config FILE]
               opspager --check [--config FILE]
               opspager --test CHANNEL [--config FILE]
               opspager --version | --help

        Delivers what opsd has to tell people: by Telegram, mail, webhooks and files.

          --config FILE    the configuration, that of opsd
          --check          print every fault of the configuration, and secrets that cannot be used
          --test CHANNEL   send one message, without opsd, and print what the provider answers

        Signals: TERM and INT stop, after what has begun (10 s at most); HUP reloads.
        Exit: 0 done, 1 failed or wrong, 2 configuration or usage.
        See opspager(8), opsd.toml(5).

        """

    /// Runs it with the arguments after the program's name; returns the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        do throws(PagerOptions.Fault) {
            return perform(try PagerOptions(arguments))
        } catch {
            Say.error(error.message)
            try? StandardStream.error.write("Try opspager --help.\n")
            return 2
        }
    }

    private static func perform(_ options: PagerOptions) -> Int32 {
        do throws(PagerFault) {
            switch options.task {
            case .help: return print(usage)
            case .version: return print("opspager \(Release.version)\n")
            case .run: return try run(options)
            case .check: return try check(options)
            case .test(let channel): return try ChannelTest.run(channel, options)
            }
        } catch {
            Say.error(error.message)
            return error.status
        }
    }

    private static func run(_ options: PagerOptions) throws(PagerFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let plan = try PagerStart.plan(options)
        do throws(Errno) {
            return try PagerLoop(options, plan).run()
        } catch {
            throw PagerFault(status: 1, message: "\(error)")
        }
    }

    private static func check(_ options: PagerOptions) throws(PagerFault) -> Int32 {
        let plan = try PagerStart.plan(options)
        let channels = plan.channels.values.sorted { $0.name < $1.name }
        for channel in channels where channel.isOfUnit {
            _ = print("note: \(channel.fault ?? "")\n")
        }
        let faults = channels.filter { !$0.isOfUnit }.compactMap(\.fault)
        guard faults.isEmpty else {
            throw PagerFault(
                status: 2,
                message: faults.map { "\(options.configurationFile): \($0)" }
                    .joined(separator: "\n"))
        }
        let count = plan.channels.count
        return print(
            "\(options.configurationFile): no faults; \(count)"
                + (count == 1 ? " channel\n" : " channels\n"))
    }

    /// Prints lines, whatever strangers wrote into them: see `PlainText`.
    static func print(_ text: String) -> Int32 {
        let shown = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { PlainText.escaped(String(Substring($0))) }.joined(separator: "\n")
        do throws(Errno) { try StandardStream.output.write(shown) } catch { return 1 }
        return 0
    }
}
