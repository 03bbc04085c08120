// Reading `[endpoint.NAME]`, and the checks across its keys and with `[slo.NAME]`.

import CToml
import OpsCore

/// Reads endpoints.
struct EndpointReader {
    static let table = "endpoint"
    /// The fixed section that belongs to them.
    static let section = "check"

    private var reader = SectionReader(
        table: Self.table, word: "endpoint", limit: EndpointSettings.limit, name: .endpointName)

    /// Reads the table `endpoint`.
    mutating func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration,
        _ faults: inout FaultList
    ) {
        reader.read(
            node, SectionKey<EndpointSettings>.all, networks, { _ in EndpointSettings() },
            &configuration.endpoints, &faults)
    }

    /// Checks what involves several keys or sections; after the objectives were read.
    func finish(_ configuration: Configuration, _ faults: inout FaultList) {
        let objectives = configuration.objectives.map(\.name.description)
        for (name, endpoint) in configuration.endpoints.sorted(by: { $0.key < $1.key }) {
            guard let places = reader.places[name], !places.isFaulty else { continue }
            check(endpoint, "\(Self.table).\(name.shownAsKey)", objectives, places, &faults)
        }
    }

    private func check(
        _ endpoint: EndpointSettings, _ path: String, _ objectives: [String],
        _ places: SectionPlaces, _ faults: inout FaultList
    ) {
        guard let target = endpoint.url.flatMap({ EndpointTarget($0) }) else {
            return faults.add(places.line, path, "has no url, must have one")
        }
        let known = SectionKey<EndpointSettings>.names(of: target.scheme)
        for (key, line) in places.keys.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
            faults.add(
                line, "\(path).\(key)",
                "has no effect where url is one of \(target.scheme.rawValue), whose keys are "
                    + known.joined(separator: ", "))
        }
        func fault(_ key: String, _ message: String) {
            faults.add(places.keys[key] ?? places.line, "\(path).\(key)", message)
        }
        if endpoint.timeoutMilliseconds > endpoint.everyMilliseconds {
            fault("timeout", "is longer than every, must not be longer")
        }
        if endpoint.slowMilliseconds > endpoint.timeoutMilliseconds, places.keys["slow"] != nil {
            fault("slow", "is longer than timeout, must not be longer")
        }
        if endpoint.equals != nil, endpoint.json == nil {
            fault("equals", "has no effect without json")
        }
        if endpoint.method == "HEAD", endpoint.body != nil || endpoint.json != nil {
            fault("method", "HEAD has no body, which body and json need")
        }
        if places.keys["status"] != nil, endpoint.statuses.isEmpty {
            fault("status", "names no status")
        }
        if target.host.contains(":"), endpoint.family != .any, endpoint.family != .ipv6 {
            fault("family", "the host is an IPv6 address")
        }
        let isIPv4 = !target.host.contains(":") && Network(parsing: target.host) != nil
        if isIPv4, endpoint.family != .any, endpoint.family != .ipv4 {
            fault("family", "the host is an IPv4 address")
        }
        if let slo = endpoint.slo, !objectives.contains(slo) {
            let near = Suggestion.closest(to: slo, among: objectives)
            fault(
                "slo",
                "there is no [\(ObjectiveKey.section).\(slo.shownAsKey)]"
                    + (near.map { ", did you mean \($0.quoted)?" } ?? ""))
        }
    }
}

extension EndpointReader {
    /// What the shipped file says.
    static var note: String {
        """
        # [\(table).NAME]: something that opscheck asks for.  At most \(EndpointSettings.limit).  Its url says which keys it has:
        # \(SectionKey<EndpointSettings>.all.prefix(11).map(\.name).joined(separator: ", ")),
        # \(SectionKey<EndpointSettings>.all.dropFirst(11).map(\.name).joined(separator: ", ")).
        # For example:
        #   [\(table).shop]
        #   url = "https://shop.example.org/health"
        #   json = "status"
        #   equals = "ok"
        #   slo = "default"
        #   [\(table).mail]
        #   url = "tcp://mail.example.org:25"
        #   every = "1m"
        #   [\(table).cache]
        #   url = "redis://127.0.0.1"
        #   password_file = "redis-password"

        """
    }
}

extension EndpointSettings {
    /// Its keys that count for its scheme.
    fileprivate var keys: [SectionKey<EndpointSettings>] {
        let known =
            url.flatMap { EndpointTarget($0) }
            .map { SectionKey<EndpointSettings>.names(of: $0.scheme) } ?? ["url"]
        return SectionKey<EndpointSettings>.all.filter {
            known.contains($0.name)
                && !($0.name == "headers" && headers.isEmpty)
                && !($0.name == "secret_headers" && secretHeaders.isEmpty)
                && !($0.name == "slow" && slowMilliseconds > timeoutMilliseconds)
        }
    }
}

extension Configuration {
    /// All endpoints of the configuration.
    func endpointSections(networks: NetworkNotation) -> String {
        endpoints.sorted { $0.key < $1.key }.map {
            SectionText.section($1, EndpointReader.table, $0, $1.keys, networks)
        }.joined(separator: "\n")
    }

    /// `[endpoint.NAME]` as values; there are no secrets in them.
    package func endpointNamedSections(networks: NetworkNotation) -> [NamedSections] {
        [
            NamedSections(
                table: EndpointReader.table,
                sections: endpoints.sorted { $0.key < $1.key }.map {
                    ($0, SectionText.values($1, $1.keys, networks))
                })
        ]
    }
}
