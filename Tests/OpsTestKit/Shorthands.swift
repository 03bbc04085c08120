// What several suites ask a state and its decisions for.

package import OpsCore

extension DurableImage {
    /// The lists of addresses.
    package var lists: [AddressList] {
        entries.compactMap { if case .list(let list) = $0 { list } else { nil } }
    }
}

extension Changes {
    /// All of them, in order.
    package var all: [Change] {
        switch self {
        case .none: []
        case .one(let change): [change]
        case .several(let changes): changes
        }
    }
}
