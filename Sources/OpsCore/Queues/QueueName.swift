// The name of a queue, by the rules for names of models: short, plain, safe wherever it is shown.

/// 1 to 64 characters: letters, digits, `_ - . : / @ +`; the first a letter or digit.
package struct QueueName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, bytes.
    package static let limitBytes = ModelName.limitBytes

    package let description: String

    /// nil for anything that is not a name.
    package init?(_ text: String) {
        if ModelName(text) == nil { return nil }
        description = text
    }

    /// In the order of their bytes.
    package static func < (one: QueueName, other: QueueName) -> Bool {
        one.description.utf8.lexicographicallyPrecedes(other.description.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
