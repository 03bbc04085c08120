// A satellite as a command: from its words to its exit status, and what each of them says of the
// configuration.

package import OpsConfig
import OpsCore
import OpsLinux

/// Why a satellite ends.
package struct SatelliteFault: Error, Hashable, Sendable {
    /// 1: it failed; 2: configuration or command line.
    package var status: Int32
    /// In words.
    package var message: String

    package init(status: Int32, message: String) {
        self.status = status
        self.message = message
    }
}

/// A satellite.
package struct SatelliteCommand: Sendable {
    /// Something that it does; returns the exit status.
    package typealias Action = @Sendable (SatelliteOptions) throws(SatelliteFault) -> Int32

    private static let limitBytes = 1 << 20

    private let name: String
    private let usage: String
    private let trial: SatelliteOptions.Trial
    private let run: Action
    private let check: Action
    private let tryOut: @Sendable (String, SatelliteOptions) throws(SatelliteFault) -> Int32

    /// - Parameters:
    ///   - run: runs until it is told to stop.
    ///   - check: says what is wrong with the configuration.
    ///   - tryOut: the trial, with what the words name.
    package init(
        _ name: String, usage: String, _ trial: SatelliteOptions.Trial, run: @escaping Action,
        check: @escaping Action,
        tryOut: @escaping @Sendable (String, SatelliteOptions) throws(SatelliteFault) -> Int32
    ) {
        self.name = name
        self.usage = usage
        self.trial = trial
        self.run = run
        self.check = check
        self.tryOut = tryOut
    }

    /// Runs it with the arguments after the program's name; returns the exit status.
    package func main(_ arguments: [String]) -> Int32 {
        try? StandardStream.ensureAllOpen()
        do throws(SatelliteOptions.Fault) {
            return perform(try SatelliteOptions(arguments, trial))
        } catch {
            ProgramLog(name).error(error.message)
            try? StandardStream.error.write("Try \(name) --help.\n")
            return 2
        }
    }

    private func perform(_ options: SatelliteOptions) -> Int32 {
        do throws(SatelliteFault) {
            switch options.task {
            case .help: return Self.print(usage)
            case .version: return Self.print("\(name) \(Release.version)\n")
            case .run: return try run(options)
            case .check: return try check(options)
            case .trial(let thing): return try tryOut(thing, options)
            }
        } catch {
            ProgramLog(name).error(error.message)
            return error.status
        }
    }

    // MARK: The configuration

    /// The configuration, checked as opsd checks it.
    package static func configuration(
        _ options: SatelliteOptions, environment: [String: String] = [:]
    ) throws(SatelliteFault) -> Configuration {
        let file = options.configurationFile
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileReader.bytes(path: file, limitBytes: limitBytes + 1)
        } catch {
            throw SatelliteFault(status: 2, message: "\(file): \(error.text)")
        }
        do throws(ConfigurationFaults) {
            return try Configuration.load(
                bytes, file: file,
                networks: NetworkNotation(
                    parse: { Network(parsing: $0) }, text: { $0.description }),
                environment: environment)
        } catch {
            throw SatelliteFault(status: 2, message: error.description)
        }
    }

    /// Says what `--check` has found of things with secrets.
    /// - Parameters:
    ///   - faults: one for each thing; nil: it has none.  One of the unit may be none there.
    ///   - thing: what one is called.
    package static func report(
        _ faults: [(text: String?, isOfUnit: Bool)], thing: String, _ options: SatelliteOptions
    ) throws(SatelliteFault) -> Int32 {
        let file = options.configurationFile
        for fault in faults where fault.isOfUnit { _ = print("note: \(fault.text ?? "")\n") }
        let own = faults.filter { !$0.isOfUnit }.compactMap(\.text)
        guard own.isEmpty else {
            throw SatelliteFault(
                status: 2, message: own.map { "\(file): \($0)" }.joined(separator: "\n"))
        }
        let ending = faults.count == 1 ? "" : "s"
        return print("\(file): no faults; \(faults.count) \(thing)\(ending)\n")
    }

    /// Prints lines, whatever strangers wrote into them: see `PlainText`.
    package static func print(_ text: String) -> Int32 {
        let shown = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { PlainText.escaped(String(Substring($0))) }.joined(separator: "\n")
        do throws(Errno) { try StandardStream.output.write(shown) } catch { return 1 }
        return 0
    }
}
