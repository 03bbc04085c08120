import OpsConfig
import OpsCore
import OpsDetect
import Testing

@Suite("the library's rules as sections") struct LibrarySectionsTests {
    private let networks = NetworkNotation(parse: { Network(parsing: $0) }, text: { "\($0)" })

    @Test(
        "what is printed is read as what the rule is", arguments: LibraryRule.all, [true, false])
    func read(_ rule: LibraryRule, _ hasJournal: Bool) throws {
        let text = "[watch]\nrules = []\n\n" + rule.text(hasJournal: hasJournal)
        let watch = try Configuration.load(
            Array(text.utf8), file: "t.toml", networks: networks)
        #expect(watch.watch.sources.count == rule.forms.count)
        for form in rule.forms {
            let name = rule.name + form.suffix
            #expect(watch.watch.sources[name] == form.source(hasJournal: hasJournal))
            #expect(watch.watch.rules[name] == form.rule(source: name, of: rule.name))
        }
        let policy = try #require(watch.guard.sources[rule.name])
        #expect(policy.strikes == rule.strikes)
        #expect(policy.windowMilliseconds == rule.windowMilliseconds)
    }

    @Test("opsd knows the rules that there are")
    func names() { #expect(LibraryRule.all.map(\.name) == LibraryNames.all) }
}
