// What is wrong in fail2ban's files, and where.

/// A fault of fail2ban's configuration, at its place.
package struct Fail2banFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file.
    package var file: String
    /// The line, counted from 1; 0: the file as a whole.
    package var line: Int
    /// The section, without brackets; nil: outside of any.
    package var section: String?
    /// The key; nil: the section or the file as a whole.
    package var key: String?
    /// What is wrong, and what was expected.
    package var message: String

    /// A fault at a place.
    package init(
        file: String, line: Int = 0, section: String? = nil, key: String? = nil, _ message: String
    ) {
        self.file = file
        self.line = line
        self.section = section
        self.key = key
        self.message = message
    }

    /// `FILE:LINE: [SECTION] KEY: what is wrong`, with what is known of it.
    package var description: String {
        var text = line > 0 ? "\(file):\(line): " : "\(file): "
        if let section { text += "[\(section)] " }
        if let key { text += "\(key): " }
        return text + message
    }
}

/// How large fail2ban's configuration may be; what is larger is a fault.
enum Fail2banLimits {
    /// Bytes of one file.
    static let fileBytes = 1 << 20
    /// Files that one filter, or all jails together, are read from.
    static let files = 256
    /// How deep files include files.
    static let includeDepth = 16
    /// Options of one section.
    static let options = 4_096
    /// Sections of one file.
    static let sections = 1_024
    /// Bytes of one value when all it refers to is written out.
    static let valueBytes = 256 << 10
    /// Values within values, as Python's configparser bounds it.
    static let valueDepth = 10
    /// References that one value may lead to.
    static let references = 20_000
    /// Times that one tag is replaced in a value, as fail2ban bounds it.
    static let tagRepeats = 25
    /// Bytes looked at while tags of one filter are replaced.
    static let tagWork = 64 << 20
    /// Patterns of one filter.
    static let patterns = 4_096
    /// Lines that are matched together.
    static let lines = 200
    /// Options in the brackets behind a filter's name.
    static let bracketOptions = 64
}
