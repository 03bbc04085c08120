// From the command line and the configuration to endpoints with their secrets; and what is said on
// standard error.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// An endpoint with what is asked, or why it cannot be.
struct PlannedRequest: Sendable {
    var request: TryRequest?
    var fault: String?
    /// The secret may be there in the unit.
    var isOfUnit = false
}

/// What opscheck works with.
struct CheckPlan: Sendable {
    var configuration: Configuration
    /// By the name of the endpoint.
    var requests: [String: PlannedRequest]
    /// The control endpoints.
    var control: [TryRequest]

    /// Why endpoints cannot be checked, a line each.
    var faults: [String] { requests.sorted { $0.key < $1.key }.compactMap(\.value.fault) }
}

/// Reading what a start needs.
enum CheckStart {
    /// How long a control endpoint may take, milliseconds.
    private static let controlMilliseconds: Int64 = 3_000

    /// The configuration, checked as opsd checks it, and the secrets.
    static func plan(
        _ options: SatelliteOptions, secrets: SecretSource = .own
    ) throws(SatelliteFault) -> CheckPlan {
        let configuration = try SatelliteCommand.configuration(options)
        var requests: [String: PlannedRequest] = [:]
        for (name, settings) in configuration.endpoints {
            requests[name] = planned(name, settings, secrets)
        }
        let control = configuration.check.control.compactMap { url -> TryRequest? in
            guard let target = EndpointTarget(url) else { return nil }
            var settings = EndpointSettings()
            settings.url = url
            settings.timeoutMilliseconds = controlMilliseconds
            // Any answer shows that there is a way.
            settings.statuses = ["100-599"]
            return TryRequest(target: target, settings: settings, family: .any)
        }
        return CheckPlan(configuration: configuration, requests: requests, control: control)
    }

    /// An endpoint with its secrets.
    static func planned(
        _ name: String, _ settings: EndpointSettings, _ secrets: SecretSource
    ) -> PlannedRequest {
        guard let target = settings.url.flatMap({ EndpointTarget($0) }) else {
            return PlannedRequest(fault: "endpoint.\(name): no url")
        }
        var request = TryRequest(target: target, settings: settings, family: .any)
        do throws(SecretSource.Fault) {
            for header in settings.secretHeaders {
                let title = String(header.prefix { $0 != ":" })
                let place = header.dropFirst(title.count + 1).drop { $0 == " " }
                let secret = try secrets.secret(
                    String(place), key: "endpoint.\(name).secret_headers")
                request.secretHeaders.append("\(title): \(secret)")
            }
            if let file = settings.passwordFile {
                request.password = try secrets.secret(
                    file, key: "endpoint.\(name).password_file")
            }
        } catch {
            return PlannedRequest(fault: error.message, isOfUnit: error.isOfUnit)
        }
        return PlannedRequest(request: request)
    }
}

/// Lines on standard error.
enum Say {
    private static let log = ProgramLog("opscheck")

    static func info(_ text: String) { log.info(text) }
    static func warning(_ text: String) { log.warning(text) }
    static func error(_ text: String) { log.error(text) }
}
