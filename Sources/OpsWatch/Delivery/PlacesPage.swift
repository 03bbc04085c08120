// The answer to `places`: how far opsd has counted each stream.

import OpsProtocol

/// What `places` answers.
struct PlacesPage: Sendable {
    /// Last numbers by stream, of one user.
    var places: [String: UInt64] = [:]
    /// What to pass as `after`; nil: that was the last page.
    var next: String?

    /// nil: the object is not such a page.
    init?(_ object: [UInt8], uid: UInt32) {
        guard let value = try? JSONValue(parsing: object.span),
            case .array(let rows)? = value["places"]
        else { return nil }
        for row in rows {
            guard let stream = row["stream"]?.text, let place = row["place"]?.integer,
                let owner = row["uid"]?.integer
            else { return nil }
            if owner == Int64(uid) { places[stream] = UInt64(clamping: place) }
        }
        next = value["next"]?.text
    }
}
