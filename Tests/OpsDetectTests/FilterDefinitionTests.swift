import Testing

@testable import OpsDetect

@Suite("Filters as values")
struct FilterDefinitionTests {
    @Test("A filter has one line at a time unless it says otherwise")
    func defaults() {
        #expect(FilterDefinition(name: "x", failures: ["a"]).maxLines == 1)
    }
}
