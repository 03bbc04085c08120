// What an argument of a command may be.  The parser, the help, the manual and the completions all
// use these cases.

import OpsCore

/// The type of an argument, with its bounds.
package enum ArgumentType: Sendable {
    /// One address, no prefix.
    case address
    /// An address or a network.
    case network
    /// Free text: 1 to this many bytes of UTF-8, where a control character counts as the six bytes
    /// that it takes in events and replies (`String.writtenBytes`).
    case text(limitBytes: Int)
    /// Text as a stranger may have written it: cut at this many bytes of UTF-8, and what is not
    /// text is replaced, for it must not keep a report from counting.
    case report(limitBytes: Int)
    /// `STREAM:N`.
    case place
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// Seconds: an integer, or a duration such as `5m`.
    case seconds(ClosedRange<Int>)
    /// A duration of 1s to 3650d, or `permanent`.
    case lifetime
    /// RFC 3339, or seconds since 1970.
    case time
    /// One of these words.
    case word([String])
    /// An event's id, with or without the run of opsd that it is of.
    case eventMark
    /// An event's id, or a place in the files of events.
    case eventPlace
    /// The name of an event.
    case eventName
    /// The number of an item of work.
    case item
    /// The name of an objective.
    case objective
    /// A decimal number of milliseconds, up to a day.
    case milliseconds
    /// Milliseconds separated by commas, each with a count where several events had them.
    case latencies
    /// The name of a list.
    case listName
    /// The token from `list begin`.
    case token
    /// The token from `work take`.
    case leaseToken
    /// A severity, in any case of letters.
    case severity
    /// The number or the fingerprint of an incident.
    case incident
    /// The name of a model.
    case model
    /// The name of a queue.
    case queue
    /// An amount of dollars.
    case money
    /// The same, or one of two words.
    case cap
    /// The number of a thing that is named here.
    case number(String)

    /// What is allowed, for error texts and manuals; completes "must be ...".
    package var allowed: String {
        switch self {
        case .address: "an IPv4 or IPv6 address"
        case .network: "an IPv4 or IPv6 address or network (CIDR)"
        case .text(let limit): "text of 1 to \(limit) bytes"
        case .report(let limit): "text, of which \(limit) bytes are kept"
        case .place: "STREAM:N, a name of 1 to \(Bounds.streamBytes) bytes and a number"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .seconds(let range):
            "seconds from \(range.lowerBound) to \(range.upperBound), or a duration such as 5m"
        case .lifetime: "a duration from 1s to 3650d (ms, s, m, h or d), or permanent"
        case .time: "a time such as 2026-11-21T09:11:30Z, or seconds since 1970"
        case .word(let words): "one of " + words.joined(separator: ", ")
        case .eventMark: "the ID of an event, or RUN:ID"
        case .eventPlace: "the ID of an event, or the next of a page"
        case .eventName: "the name of an event, such as ban or health"
        case .item: "the ID of an item, as work list shows it"
        case .objective:
            "a name of 1 to \(ObjectiveName.limitBytes) letters, digits, _ and -"
        case .milliseconds: "milliseconds from 0 to 86400000, such as 12.5"
        case .latencies:
            "milliseconds separated by commas, each with or without a count, such as "
                + "12.5:90,40:9,1900"
        case .listName: "a name of 1 to \(ListBounds.nameBytes) characters: a-z, 0-9, dot, _ and -"
        case .token: "the token from list begin"
        case .leaseToken: "the token from work take, 16 hexadecimal digits"
        case .severity: "one of info, warning, critical, in any case of letters"
        case .incident: "the ID of an incident, or its fingerprint of 12 hexadecimal digits"
        case .model, .queue:
            "a name of 1 to \(ModelName.limitBytes) letters, digits and _ - . : / @ +"
        case .money: "dollars from 0 to 1000000, such as 0.0125"
        case .cap: "dollars from 0 to 1000000, none or configured"
        case .number(let thing): "the ID of \(thing)"
        }
    }

    /// The placeholder in a synopsis.
    package var placeholder: String {
        switch self {
        case .address: "IP"
        case .network: "IP|CIDR"
        case .text, .report: "TEXT"
        case .place: "STREAM:N"
        case .integer: "N"
        case .seconds: "SECONDS"
        case .lifetime: "TTL"
        case .time: "TIME"
        case .word(let words): words.joined(separator: "|")
        case .item: "ID"
        case .eventMark: "[RUN:]ID"
        case .eventPlace: "ID|NEXT"
        case .eventName: "EVENT"
        case .objective: "NAME"
        case .milliseconds: "MS"
        case .latencies: "MS[:N],..."
        case .listName: "NAME"
        case .token, .leaseToken: "TOKEN"
        case .severity: "info|warning|critical"
        case .incident: "ID|FINGERPRINT"
        case .model: "MODEL"
        case .queue: "NAME"
        case .money: "USD"
        case .cap: "USD|none|configured"
        case .number: "ID"
        }
    }
}

/// One argument of a command.
package struct Argument: Sendable {
    /// Where it stands.
    package enum Place: Sendable, Equatable {
        /// One positional word, in order; it must be present.
        case positional
        /// All positional words from here on: at least `least`, at most `most`.
        case repeated(least: Int, most: Int)
        /// `name=value`, at most once.
        case keyword
    }

    /// The key of a keyword; for other arguments, the name that help and errors use.
    package let name: String
    /// What values it takes.
    package let type: ArgumentType
    /// Where it stands in a request.
    package let place: Place
    /// The default, as a person would write it; nil if there is none.
    package let defaultText: String?
    /// One phrase.
    package let summary: String
    /// For a keyword: whether the command seldom makes sense without it, so that a synopsis shows
    /// it without brackets.  For other arguments the place says whether they must be there.
    package let isRequired: Bool

    init(
        _ name: String, _ type: ArgumentType, _ place: Place, defaultText: String? = nil,
        isRequired: Bool = false, _ summary: String
    ) {
        self.name = name
        self.type = type
        self.place = place
        self.defaultText = defaultText
        self.summary = summary
        self.isRequired = isRequired
    }

    /// Whether it is true or false, and an option without a value means true.
    package var isFlag: Bool {
        if case .word(["true", "false"]) = type { true } else { false }
    }

    /// Takes the value of this keyword, given as an option without `=`, from the words after it:
    /// of a flag only `true` and `false`, and true where neither follows.  nil: it is missing.
    package func optionValue(_ rest: inout ArraySlice<String>) -> String? {
        if !isFlag { return rest.popFirst() }
        if let word = rest.first, word == "true" || word == "false" { return rest.popFirst() }
        return "true"
    }
}

/// A parsed argument.
enum ArgumentValue {
    case target(Target)
    case text(String)
    case integer(Int)
    case lifetime(Lifetime)
    /// Milliseconds since 1970.
    case time(Int64)
    case id(UInt64)
    case objective(ObjectiveName)
    case milliseconds(Double)
    case latencies([ObservationBatch.Latency])
    /// Of a report, and it was cut.
    case cutText(String)
    case place(Place)
    case severity(Severity)
    case incident(IncidentName)
    case model(ModelName)
    case queue(QueueName)
    case money(MicroUSD)
    case cap(CapChange.Choice)
    case eventMark(EventMark)
    case eventPlace(EventPlace)
    case eventName(EventKind)
}

/// The arguments of one request by name.
struct ArgumentValues {
    private var single: [(name: String, value: ArgumentValue)] = []
    var repeated: [ArgumentValue] = []
    /// The line was not text throughout, and was repaired.
    var isRepaired = false

    mutating func set(_ name: String, _ value: ArgumentValue) { single.append((name, value)) }

    func has(_ name: String) -> Bool { single.contains { $0.name == name } }

    private subscript(name: String) -> ArgumentValue? { single.first { $0.name == name }?.value }

    func text(_ name: String) -> String? {
        switch self[name] {
        case .text(let text)?, .cutText(let text)?: text
        default: nil
        }
    }

    /// Whether a text was cut or repaired.
    var isCut: Bool {
        isRepaired
            || single.contains { if case .cutText = $0.value { true } else { false } }
    }

    func place(_ name: String) -> Place? {
        if case .place(let place)? = self[name] { place } else { nil }
    }

    func severity(_ name: String) -> Severity? {
        if case .severity(let severity)? = self[name] { severity } else { nil }
    }

    /// The positional incident; the parser has checked that it is present.
    func incident() -> IncidentName {
        if case .incident(let incident)? = self["incident"] { return incident }
        preconditionFailure("an incident is missing")
    }

    func model(_ name: String) -> ModelName? {
        if case .model(let model)? = self[name] { model } else { nil }
    }

    /// The queues, positional or repeated.
    var queues: [QueueName] {
        (single.map(\.value) + repeated).compactMap {
            if case .queue(let queue) = $0 { queue } else { nil }
        }
    }

    func money(_ name: String) -> MicroUSD? {
        if case .money(let amount)? = self[name] { amount } else { nil }
    }

    func cap(_ name: String) -> CapChange.Choice? {
        if case .cap(let cap)? = self[name] { cap } else { nil }
    }

    /// The repeated models.
    var models: [ModelName] {
        repeated.compactMap { if case .model(let model) = $0 { model } else { nil } }
    }

    /// The repeated numbers of things.
    var ids: [UInt64] {
        repeated.compactMap { if case .id(let id) = $0 { id } else { nil } }
    }

    func integer(_ name: String) -> Int? {
        if case .integer(let value)? = self[name] { value } else { nil }
    }

    func lifetime(_ name: String) -> Lifetime? {
        if case .lifetime(let value)? = self[name] { value } else { nil }
    }

    func time(_ name: String) -> Int64? {
        if case .time(let value)? = self[name] { value } else { nil }
    }

    func id(_ name: String) -> UInt64? {
        if case .id(let value)? = self[name] { value } else { nil }
    }

    func eventMark(_ name: String) -> EventMark? {
        if case .eventMark(let mark)? = self[name] { mark } else { nil }
    }

    func eventPlace(_ name: String) -> EventPlace? {
        if case .eventPlace(let place)? = self[name] { place } else { nil }
    }

    func eventName(_ name: String) -> EventKind? {
        if case .eventName(let kind)? = self[name] { kind } else { nil }
    }

    func objective(_ name: String) -> ObjectiveName? {
        if case .objective(let objective)? = self[name] { objective } else { nil }
    }

    func milliseconds(_ name: String) -> Double? {
        if case .milliseconds(let value)? = self[name] { value } else { nil }
    }

    func latencies(_ name: String) -> [ObservationBatch.Latency]? {
        if case .latencies(let list)? = self[name] { list } else { nil }
    }

    func target(_ name: String) -> Target? {
        if case .target(let value)? = self[name] { value } else { nil }
    }

    /// The only positional address; the parser has checked that it is present.
    func target() -> Target {
        if case .target(let target)? = self["ip"] { return target }
        preconditionFailure("an address is missing")
    }

    /// The repeated addresses; the parser has checked that there is at least one.
    func targets() -> Targets {
        let all = repeated.compactMap { value in
            if case .target(let target) = value { target } else { nil }
        }
        guard let first = all.first else { preconditionFailure("an address is missing") }
        return Targets(first, Array(all.dropFirst()))
    }

    /// The repeated words.
    var words: [String] {
        repeated.compactMap { value in
            if case .text(let text) = value { text } else { nil }
        }
    }
}
