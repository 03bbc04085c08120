// The reply of `places`.

import OpsCore

extension PlacesPage {
    /// The streams that fit, then `next`.
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        let last = json.pageRows("places", places, budget) { json, place in
            json.key("stream")
            json.string(place.stream)
            json.key("place")
            json.integer(place.number)
            json.key("uid")
            json.integer(place.uid)
        }
        json.key("next")
        if let next = last?.stream ?? next { json.string(next) } else { json.null() }
    }
}
