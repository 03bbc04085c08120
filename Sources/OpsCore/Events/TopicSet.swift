// A set of topics: a bit for each, so that asking it costs nothing for each event.

/// A set of topics.
package struct TopicSet: Hashable, Sendable {
    /// A bit for each topic.
    package private(set) var bits: UInt16

    /// The set of these.
    package init(_ topics: [Topic]) { bits = topics.reduce(0) { $0 | 1 << UInt16($1.index) } }

    /// All topics.
    package static let all = TopicSet(Topic.allCases)

    /// Whether the topic is one of them.
    package func contains(_ topic: Topic) -> Bool { bits & 1 << UInt16(topic.index) != 0 }
}

extension Topic {
    /// Its place among all.
    package var index: Int {
        switch self {
        case .health: 0
        case .guard: 1
        case .slo: 2
        case .gate: 3
        case .store: 4
        case .config: 5
        case .detector: 6
        case .work: 7
        case .incident: 8
        case .cost: 9
        case .queue: 10
        }
    }
}
