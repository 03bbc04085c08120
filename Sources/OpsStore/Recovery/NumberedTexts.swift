// For a sink that keeps bans whole: the texts that the numbers of its entries stand for.
// `OpsCore.State` has tables of its own for them; tests and the damage trials have this.

package import OpsCore

/// Texts by number; 0 is the empty one.  Two of them are equal: they are not part of what was
/// recovered.
package struct NumberedTexts: Hashable, Sendable {
    private var texts = [""]

    /// The empty text alone.
    package init() {}

    /// The number of a text, a new one for one that is new.
    package mutating func number(of text: String) -> Int {
        if let known = texts.firstIndex(of: text) { return known }
        texts.append(text)
        return texts.count - 1
    }

    /// The ban that an entry with such numbers is.
    package func ban(_ entry: BanEntry) -> Ban {
        Ban(
            network: entry.network, deadline: entry.deadline, created: entry.created,
            reason: texts[Int(entry.reason)], source: texts[Int(entry.source)], uid: entry.uid,
            traits: entry.traits)
    }

    /// Always true: see above.
    package static func == (one: NumberedTexts, other: NumberedTexts) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
