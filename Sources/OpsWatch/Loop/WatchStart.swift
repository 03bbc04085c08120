// From the command line and the configuration to a plan; and what is said on standard error.

import OpsConfig
import OpsCore
import OpsDetect
import OpsLinux

/// Why opswatch ends.
struct WatchFault: Error, Hashable, Sendable {
    /// 1: it failed; 2: configuration or command line.
    var status: Int32
    var message: String
}

/// Reading what a start needs.
enum WatchStart {
    private static let limitBytes = 1 << 20

    /// The configuration, checked as opsd checks it.
    static func configuration(_ options: WatchOptions) throws(WatchFault) -> Configuration {
        let file = options.configurationFile
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileReader.bytes(path: file, limitBytes: limitBytes + 1)
        } catch {
            throw WatchFault(status: 2, message: "\(file): \(error.text)")
        }
        do throws(ConfigurationFaults) {
            var configuration = try Configuration.load(
                bytes, file: file,
                networks: NetworkNotation(
                    parse: { Network(parsing: $0) }, text: { $0.description }),
                environment: [:])
            if let directory = options.fail2ban { configuration.watch.fail2ban = directory }
            return configuration
        } catch {
            throw WatchFault(status: 2, message: error.description)
        }
    }

    /// The plan of a configuration.
    static func plan(
        _ configuration: Configuration, _ options: WatchOptions
    ) throws(WatchFault) -> WatchPlan {
        do throws(PlanFault) {
            return try WatchPlan(configuration, files())
        } catch {
            throw WatchFault(
                status: 2, message: "\(options.configurationFile): \(error.message)")
        }
    }

    /// Why rules cannot run, one line each.
    static func text(of faults: [PlanFault], _ options: WatchOptions) -> String {
        faults.map { "\(options.configurationFile): \($0.message)" }.joined(separator: "\n")
    }

    /// The files of this host.
    static func files() -> PlanFiles {
        PlanFiles(
            read: { bytes(of: $0) }, list: { names(in: $0) },
            hasJournal: JournalFiles.exist(.system), zone: hostZone())
    }

    static func bytes(of path: String) -> [UInt8]? {
        try? FileReader.bytes(path: path, limitBytes: limitBytes + 1)
    }

    static func names(in directory: String) -> [String] {
        (try? Directory(path: directory).names(limit: 65_536)) ?? []
    }

    /// The zone that the host's clocks show; UTC where it has none.
    static func hostZone() -> LogZone {
        let path = "/etc/localtime"
        guard let bytes = try? FileReader.bytes(path: path, limitBytes: LogZone.fileLimitBytes),
            let zone = try? LogZone(file: bytes.span, name: path)
        else { return .utc }
        return zone
    }
}

/// Lines on standard error.
enum Say {
    private static let log = ProgramLog("opswatch")

    static func info(_ text: String) { log.info(text) }
    static func notice(_ text: String) { log.notice(text) }
    static func warning(_ text: String) { log.warning(text) }
    static func error(_ text: String) { log.error(text) }
}
