// What a snapshot of another version holds beyond what this one knows.  It is kept as JSON text and
// written back with its entity, so that going back a version and forth again loses nothing.  It is
// bounded: what exceeds the bound is counted and dropped.  A member that must not be lost comes
// with a higher `min_reader`, so that this version refuses the file.

package import OpsCore

/// Unknown members and unknown lines of a snapshot.
package struct SnapshotExtras: Hashable, Sendable {
    /// The most JSON text kept, bytes.
    package static let limitBytes = 16 << 20

    /// One entity, as it was when it was loaded: an entity that replaces it does not get its
    /// members.
    package enum Owner: Hashable, Sendable {
        case ban(Network, created: UInt32)
        case claim(Network, source: String, created: UInt32)
        case place(String, use: UInt64)
        case strikes(Network)
        case offense(Network)
        case strike(Network, deadline: Int64)
        case event(UInt64)
        case objective(ObjectiveName)
        case list(String, committed: UInt32)
        case costSummary
        case costModel(ModelName)
        case costEntry(UInt64)
    }

    /// Members of the header: `"name":value,...` without braces.
    package private(set) var header: String = ""
    private var members: [Owner: String] = [:]
    /// Whole lines of unknown kind, without the LF.
    package private(set) var lines: [String] = []
    /// The text kept, bytes.
    package private(set) var bytes = 0
    /// Members and lines over the bound, lost.
    package private(set) var dropped = 0

    /// Nothing kept.
    package init() {}

    /// Whether nothing is kept.
    package var isEmpty: Bool { header.isEmpty && members.isEmpty && lines.isEmpty }

    /// The members kept for `owner`: `"name":value,...` without braces.
    package subscript(owner: Owner) -> String? { members.isEmpty ? nil : members[owner] }

    mutating func keep(header text: String) {
        if reserve(text) { header = text }
    }

    mutating func keep(_ text: String, for owner: Owner) {
        if reserve(text) { members[owner] = text }
    }

    mutating func keep(line: String) {
        if reserve(line) { lines.append(line) }
    }

    private mutating func reserve(_ text: String) -> Bool {
        guard bytes + text.utf8.count <= Self.limitBytes else {
            dropped += 1
            return false
        }
        bytes += text.utf8.count
        return true
    }
}
