// Reading `[pager.channel.NAME]` and `[pager.route.SEVERITY]`, the names of the environment
// (S2-15), and the checks across them.

import CToml
import OpsCore

/// Reads the named sections of `[pager]`.
struct PagerReader {
    /// The fixed section.
    static let section = "pager"
    static let channels = "pager.channel"
    static let routes = "pager.route"
    /// The most channels.
    static let limit = 32

    private var channelReader = SectionReader(
        table: Self.channels, word: "channel", limit: Self.limit, name: .channel)
    private var routeReader = SectionReader(
        table: Self.routes, word: "route", limit: Severity.allCases.count + 1, name: .channel)
    private var read: [String: PagerRoute] = [:]

    /// Reads the table `channel` or `route` of `[pager]`.
    /// - Returns: false: it is neither.
    mutating func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration,
        _ faults: inout FaultList
    ) -> Bool {
        switch node.key {
        case "channel":
            channelReader.read(
                node, SectionKey<ChannelSettings>.all, networks, { _ in ChannelSettings() },
                &configuration.channels, &faults)
        case "route":
            routeReader.read(
                node, SectionKey<PagerRoute>.all, networks, Self.standard, &read, &faults)
        default: return false
        }
        return true
    }

    /// The route of a severity that the file does not speak of.
    static func standard(_ severity: String) -> PagerRoute {
        switch Severity(rawValue: severity) {
        case .critical?: PagerRoute(.now)
        case .warning?: PagerRoute(.tick)
        case .info?, nil: PagerRoute(.never)
        }
    }

    /// Adds the environment's channels, gives routes their channels, and checks what involves
    /// several keys or sections.
    mutating func finish(
        _ configuration: inout Configuration, _ environment: [String: String],
        _ faults: inout FaultList
    ) {
        for (name, channel) in configuration.channels.sorted(by: { $0.key < $1.key }) {
            guard let places = channelReader.places[name], !places.isFaulty else { continue }
            check(channel, "\(Self.channels).\(name)", places, &faults)
        }
        PagerVariable.add(environment, to: &configuration.channels, &faults)
        configuration.pager.channels = configuration.channels.sorted { $0.key < $1.key }.map {
            PagerChannel(
                name: $0, kind: $1.kind ?? .file,
                perMinute: $1.perMinute ?? 20)
        }
        for (name, place) in routeReader.places.sorted(by: { $0.key < $1.key })
        where Severity(rawValue: name) == nil {
            faults.add(
                place.line, "\(Self.routes).\(name.shownAsKey)",
                "not a severity, must be critical, warning or info")
        }
        for severity in Severity.allCases {
            let route = route(severity, configuration.pager, &faults)
            switch severity {
            case .critical: configuration.pager.critical = route
            case .warning: configuration.pager.warning = route
            case .info: configuration.pager.info = route
            }
        }
    }

    private func route(
        _ severity: Severity, _ settings: PagerSettings, _ faults: inout FaultList
    ) -> PagerRoute {
        let name = severity.rawValue
        var route = read[name] ?? Self.standard(name)
        let places = routeReader.places[name]
        if places?.keys["channels"] == nil, route.moment != .never {
            route.channels = settings.pageable.map(\.name)
        }
        guard let places, !places.isFaulty else { return route }
        let path = "\(Self.routes).\(name)"
        let lists = [
            ("channels", route.channels), ("fallback", route.fallback),
            ("escalate", route.escalate),
        ]
        for (key, names) in lists {
            let line = places.keys[key] ?? places.line
            for name in names { check(name, settings, "\(path).\(key)", line, &faults) }
            if Set(names).count < names.count {
                faults.add(line, "\(path).\(key)", "names a channel twice")
            }
        }
        // Without any channel nobody is told of anything, and the list that says so is right.
        let isOff = settings.pageable.isEmpty && places.keys["channels"] != nil
        if route.channels.isEmpty, route.moment != .never, !isOff {
            faults.add(
                places.keys["channels"] ?? places.line, path,
                "tells nobody, must name a channel, or have moment = \"never\"")
        }
        if places.keys["escalate_after"] != nil, route.escalate.isEmpty {
            faults.add(
                places.keys["escalate_after"] ?? places.line, "\(path).escalate_after",
                "has no effect without escalate")
        }
        return route
    }

    /// A channel that a route names is there, and takes pages.
    private func check(
        _ name: String, _ settings: PagerSettings, _ path: String, _ line: Int,
        _ faults: inout FaultList
    ) {
        guard let channel = settings.channels.first(where: { $0.name == name }) else {
            let near = Suggestion.closest(to: name, among: settings.channels.map(\.name))
            faults.add(
                line, path,
                "there is no [\(Self.channels).\(name.shownAsKey)]"
                    + (near.map { ", did you mean \($0.quoted)?" } ?? ""))
            return
        }
        if channel.kind == .heartbeat {
            faults.add(line, path, "\(name.shown) is a heartbeat, which takes no pages")
        }
    }

    /// One channel by itself.
    private func check(
        _ channel: ChannelSettings, _ path: String, _ places: SectionPlaces,
        _ faults: inout FaultList
    ) {
        guard let kind = channel.kind else {
            let words = ChannelKind.allCases.map(\.rawValue.quoted).joined(separator: ", ")
            return faults.add(places.line, path, "has no kind, must be one of \(words)")
        }
        let known = SectionKey<ChannelSettings>.names(of: kind)
        for (key, line) in places.keys.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
            faults.add(
                line, "\(path).\(key)",
                "has no effect where kind is \(kind.rawValue.quoted), whose keys are "
                    + known.joined(separator: ", "))
        }
        func require(_ key: String) {
            if places.keys[key] != nil { return }
            faults.add(places.line, path, "\(kind.rawValue) must have \(key)")
        }
        switch kind {
        case .telegram: ["chat_id", "token_file"].forEach(require)
        case .smtp:
            ["host", "from", "to"].forEach(require)
            checkMail(channel, path, places, &faults)
        case .file: require("path")
        case .webhook, .heartbeat:
            if (channel.url == nil) == (channel.urlFile == nil) {
                faults.add(places.line, path, "\(kind.rawValue) must have one of url, url_file")
            }
        }
    }

    private func checkMail(
        _ channel: ChannelSettings, _ path: String, _ places: SectionPlaces,
        _ faults: inout FaultList
    ) {
        if places.keys["to"] != nil, channel.to.isEmpty {
            faults.add(places.keys["to"] ?? places.line, "\(path).to", "names nobody")
        }
        if (channel.user == nil) != (channel.passwordFile == nil) {
            faults.add(
                places.keys["user"] ?? places.keys["password_file"] ?? places.line, path,
                "a login must have both user and password_file")
        }
        if channel.security == .none, let host = channel.host, !ChannelSettings.isLoopback(host) {
            faults.add(
                places.keys["tls"] ?? places.line, "\(path).tls",
                "\"none\" would send mail and password in clear to \(host.shown), must be \"starttls\""
                    + " or \"implicit\"")
        }
    }
}
