// The options of one section, in the order in which they were first set.

/// What an option was set to, and where.
struct IniValue: Hashable, Sendable {
    var text: String
    var file: String
    var line: Int
}

/// Options of a section by name; names are in small letters.
struct IniOptions: Sendable {
    private(set) var names: [String] = []
    private var values: [String: IniValue] = [:]

    var count: Int { names.count }

    subscript(name: String) -> IniValue? {
        get { values[name] }
        set {
            guard let newValue else {
                values[name] = nil
                names.removeAll { $0 == name }
                return
            }
            if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
        }
    }

    /// Takes over all of `other`, which wins.
    mutating func merge(_ other: IniOptions) {
        for name in other.names { self[name] = other[name] }
    }
}

/// Texts by name, in the order in which they were first set.
struct OrderedTexts: Hashable, Sendable {
    private(set) var names: [String] = []
    private var texts: [String: String] = [:]

    /// The texts by name.
    var all: [String: String] { texts }

    subscript(name: String) -> String? {
        get { texts[name] }
        set {
            guard let newValue else { return }
            if texts.updateValue(newValue, forKey: name) == nil { names.append(name) }
        }
    }

    /// Takes over all of `other`, which wins.
    mutating func merge(_ other: OrderedTexts) {
        for name in other.names { self[name] = other[name] }
    }
}
