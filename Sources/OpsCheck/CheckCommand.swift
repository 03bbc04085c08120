// opscheck: what its words mean, and what it does of them.

import OpsCore
import OpsLinux

/// The program.
package enum CheckCommand {
    static let usage = """
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
        try? StandardStream.ensureAllOpen()
        do throws(CheckOptions.Fault) {
            return perform(try CheckOptions(arguments))
        } catch {
            Say.error(error.message)
            try? StandardStream.error.write("Try opscheck --help.\n")
            return 2
        }
    }

    private static func perform(_ options: CheckOptions) -> Int32 {
        do throws(CheckFault) {
            switch options.task {
            case .help: return print(usage)
            case .version: return print("opscheck \(Release.version)\n")
            case .run: return try run(options)
            case .check: return try check(options)
            case .once(let name): return try CheckOnce.run(name, options)
            }
        } catch {
            Say.error(error.message)
            return error.status
        }
    }

    private static func run(_ options: CheckOptions) throws(CheckFault) -> Int32 {
        OwnProcess.tuneAllocator(mapThresholdBytes: 65_536, arenas: 1)
        let plan = try CheckStart.plan(options)
        do throws(Errno) {
            return try CheckLoop(options, plan).run()
        } catch {
            throw CheckFault(status: 1, message: "\(error)")
        }
    }

    private static func check(_ options: CheckOptions) throws(CheckFault) -> Int32 {
        let plan = try CheckStart.plan(options)
        let requests = plan.requests.sorted { $0.key < $1.key }.map(\.value)
        for request in requests where request.isOfUnit {
            _ = print("note: \(request.fault ?? "")\n")
        }
        let faults = requests.filter { !$0.isOfUnit }.compactMap(\.fault)
        guard faults.isEmpty else {
            throw CheckFault(
                status: 2,
                message: faults.map { "\(options.configurationFile): \($0)" }
                    .joined(separator: "\n"))
        }
        let count = requests.count
        return print(
            "\(options.configurationFile): no faults; \(count)"
                + (count == 1 ? " endpoint\n" : " endpoints\n"))
    }

    /// Prints lines, whatever strangers wrote into them: see `PlainText`.
    static func print(_ text: String) -> Int32 {
        let shown = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { PlainText.escaped(String(Substring($0))) }.joined(separator: "\n")
        do throws(Errno) { try StandardStream.output.write(shown) } catch { return 1 }
        return 0
    }
}
