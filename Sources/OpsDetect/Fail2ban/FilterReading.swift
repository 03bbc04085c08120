// One filter of `filter.d`, read for one jail or by itself.
//
// 1. Options in the brackets of its name win over what `[Definition]` says; `[Init]` gives those
//    that neither set.  `known/NAME` is what `[Init]` says, whoever won.
// 2. `logtype` is `file` or `journal` by where the lines come from, unless the brackets or
//    `[Definition]` itself say it; `[DEFAULT]` does not.
// 3. Options of the jail are variables for `%(...)s`; where the jail has a pattern of its own, the
//    filter's is left out (and is there as `known/...`).
// 4. Then tags are replaced (TagSubstitution).

/// The options of a filter while they are put together.
final class FilterReading {
    /// The options that make a filter; all others are only referred to.
    static let keys = [
        "usedns", "prefregex", "ignoreregex", "failregex", "maxlines", "datepattern",
        "journalmatch",
    ]

    private let settings: IniSettings
    /// Brackets first, then `[Init]`.
    private var initial: OrderedTexts
    private var own = OrderedTexts()
    private var variables: [String: String] = [:]
    /// What a tag stood for, kept from the first reading on as fail2ban does.
    private var found: [String: String?] = [:]

    init(_ settings: IniSettings, options: OrderedTexts) {
        self.settings = settings
        initial = options
    }

    /// Rule 2.
    func setLogType(_ type: String) {
        if initial["logtype"]?.isEmpty ?? true,
            settings.sections["Definition"]?["logtype"] == nil
        {
            initial["logtype"] = type
        }
    }

    /// Reads the options with those of the jail; `all`: not only those that make a filter.
    func readOptions(jail: [String: String], all: Bool) throws(Fail2banFault) {
        variables = jail.merging(initial.all) { $1 }
        var lowered: [String: String] = [:]
        for name in variables.keys.sorted() { lowered[name.asciiLowered] = variables[name] }
        own = OrderedTexts()
        for key in Self.keys where variables[key] == nil {
            own[key] = try settings.value("Definition", key, variables: lowered)
        }
        variables = lowered
        for name in settings.sections["Init"]?.names ?? [] {
            guard let value = try settings.value("Init", name) else { continue }
            if !name.configBytes[...].has("known/", at: 0) { initial["known/" + name] = value }
            if initial[name] == nil { initial[name] = value }
        }
        guard all else { return }
        for name in settings.sections["Definition"]?.names ?? [] where own[name] == nil {
            own[name] = try settings.value("Definition", name)
        }
    }

    /// All options, with their tags replaced.
    func combined() throws(Fail2banFault) -> OrderedTexts {
        var values = own
        values.merge(initial)
        var conditional: Set<String> = []
        for name in values.names {
            let (option, condition) = IniSettings.split(name)
            if !condition.isEmpty { conditional.insert(option) }
        }
        var tags = TagSubstitution(ignored: conditional, fault: fault) {
            [self] name throws(Fail2banFault) in try option(name)
        }
        return try tags.apply(to: values)
    }

    /// What a tag stands for that is not an option of `combined`.
    private func option(_ name: String) throws(Fail2banFault) -> String? {
        if let known = found[name] { return known }
        let value = try settings.value(named: name, in: "Definition", variables: variables)
        if found.count < Fail2banLimits.options { found[name] = .some(value) }
        return value
    }

    /// Where an option of the filter was set, for a fault about it.
    func fault(_ key: String, _ message: String) -> Fail2banFault {
        let place = settings.raw("Definition", key)
        return Fail2banFault(
            file: place?.file ?? settings.path, line: place?.line ?? 0, section: "Definition",
            key: key, message)
    }
}
