// The texts that the numbers of ban entries stand for, for a sink that keeps bans whole.
// `OpsCore.State` has its own tables for them; tests and the damage trials use this.

package import OpsCore

/// Texts by number; 0 is the empty one.  Any two values are equal: they are not part of what was
/// recovered.
package struct NumberedTexts: Hashable, Sendable {
    private var texts = [""]

    /// The empty text alone.
    package init() {}

    /// The number of a text; a new text gets a new number.
    package mutating func number(of text: String) -> Int {
        if let known = texts.firstIndex(of: text) { return known }
        texts.append(text)
        return texts.count - 1
    }

    /// Makes a ban of an entry whose texts have numbers from here.
    package func ban(_ entry: BanEntry) -> Ban {
        Ban(
            network: entry.network, deadline: entry.deadline, created: entry.created,
            reason: texts[Int(entry.reason)], source: texts[Int(entry.source)], uid: entry.uid,
            traits: entry.traits)
    }

    /// Always true: see the comment on the type.
    package static func == (one: NumberedTexts, other: NumberedTexts) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
