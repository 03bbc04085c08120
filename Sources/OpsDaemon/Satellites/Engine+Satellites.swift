// Satellites: `hello`, and what `health` says of those that should be there.

import OpsCore
import OpsProtocol

extension Engine {
    /// The session is a satellite's.
    func greet(
        _ satellite: Satellite, version: String?, _ slot: Int, _ session: Session
    ) -> Reply {
        if let other = session.satellite, other != satellite { satellites.left(other, slot) }
        session.satellite = satellite
        satellites.hello(satellite, version: version, slot, at: now.boot)
        return .hello(satellite, version: Release.version, run: runID)
    }

    /// Satellites that are to be there; until they are heard, silence counts from now.
    func expect(_ expected: Set<Satellite>) { satellites.expect(expected, at: now.boot) }

    /// A component for each satellite that is expected or was heard.
    func satelliteComponents(_ reports: [SatelliteReport]) -> [ComponentReport] {
        reports.map { report in
            ComponentReport(
                report.satellite.rawValue, report.silentSeconds == nil, Self.detail(report))
        }
    }

    static func detail(_ report: SatelliteReport) -> String {
        if let silent = report.silentSeconds {
            let name = report.satellite.rawValue
            let since =
                report.version == nil
                ? "has not connected since opsd started" : "has been silent for \(silent) s"
            return "\(since): see systemctl status \(name)"
        }
        let version = report.version.map { "\($0), " } ?? ""
        if let connected = report.connectedSeconds, let last = report.lastRequestSeconds {
            return "\(version)connected for \(connected) s, heard \(last) s ago"
        }
        if let last = report.lastRequestSeconds {
            return "\(version)not connected, heard \(last) s ago"
        }
        return "not connected yet"
    }
}
