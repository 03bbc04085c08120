// opspager: what its words mean, and what it does of them.

import OpsLinux
import OpsSatellite

/// The program.
package enum PagerCommand {
    private static let usage = """
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
        SatelliteCommand(
            "opspager", usage: usage, SatelliteOptions.Trial("--test", "a channel"), run: run,
            check: check, tryOut: ChannelTest.run
        ).main(arguments)
    }

    @Sendable
    private static func run(_ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let plan = try PagerStart.plan(options)
        do throws(Errno) {
            return try PagerLoop(options, plan).run()
        } catch {
            throw SatelliteFault(status: 1, message: "\(error)")
        }
    }

    @Sendable
    private static func check(_ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        let plan = try PagerStart.plan(options)
        let channels = plan.channels.values.sorted { $0.name < $1.name }
        return try SatelliteCommand.report(
            channels.map { ($0.fault, $0.isOfUnit) }, thing: "channel", options)
    }
}
