// What holds for every domain: the registry leaves none out, and the hot values stay small.

import Testing

@testable import OpsCore

@Suite struct DomainTests {
    /// Which types a walk meets.
    private struct Roll: DomainVisitor, DomainModifier {
        var names: [String] = []

        mutating func visit(_ domain: borrowing some Domain, in state: borrowing State) {
            names.append(name(of: domain))
        }

        mutating func modify(_ domain: inout some Domain) { names.append(name(of: domain)) }

        private func name<D: Domain>(of domain: borrowing D) -> String { "\(D.self)" }
    }

    @Test func bothWalksMeetEveryTable() {
        var state = State(hashKey: (1, 2))
        let tables = Mirror(reflecting: state.domains).children.map { "\(type(of: $0.value))" }
        var visited = Roll()
        state.visitDomains(&visited)
        var modified = Roll()
        state.domains.modify(&modified)
        #expect(tables.count >= 2)
        #expect(visited.names == tables)
        #expect(modified.names == tables)
    }

    /// A slow case that is not `indirect` makes every value larger, and with it what a request
    /// costs.
    @Test func hotValuesStaySmall() {
        #expect(MemoryLayout<Change>.size <= 89)
        #expect(MemoryLayout<Command>.size <= 97)
        #expect(MemoryLayout<Reply>.size <= 208)
        #expect(MemoryLayout<Event>.size <= 145)
    }
}
