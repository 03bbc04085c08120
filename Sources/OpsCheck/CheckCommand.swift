// opscheck: what its words mean, and what it does of them.

import OpsLinux
import OpsSatellite

/// The program.
package enum CheckCommand {
    private static let usage = """
        Usage: opscheck [--config FILE]
               opscheck --check [--config FILE]
               opscheck --once ENDPOINT [--config FILE]
               opscheck --version | --help

        Checks endpoints: pages, ports, sockets, hosts, name servers, Redis; and tells opsd.

          --config FILE    the configuration, that of opsd
          --check          print every fault of the configuration, and secrets that cannot be used
          --once ENDPOINT  check it now, without opsd, and print how long each step took

        Signals: TERM and INT stop; HUP reloads.
        Exit: 0 done or up, 1 failed or not up, 2 configuration or usage.
        See opscheck(8), opsd.toml(5).

        """

    /// Runs it with the arguments after the program's name; returns the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        SatelliteCommand(
            "opscheck", usage: usage, SatelliteOptions.Trial("--once", "an endpoint"), run: run,
            check: check, tryOut: CheckOnce.run
        ).main(arguments)
    }

    @Sendable
    private static func run(_ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let plan = try CheckStart.plan(options)
        do throws(Errno) {
            return try CheckLoop(options, plan).run()
        } catch {
            throw SatelliteFault(status: 1, message: "\(error)")
        }
    }

    @Sendable
    private static func check(_ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        let plan = try CheckStart.plan(options)
        let requests = plan.requests.sorted { $0.key < $1.key }.map(\.value)
        return try SatelliteCommand.report(
            requests.map { ($0.fault, $0.isOfUnit) }, thing: "endpoint", options)
    }
}
