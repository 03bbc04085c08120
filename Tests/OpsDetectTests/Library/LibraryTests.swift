import OpsCore
import Testing

@testable import OpsDetect

/// A form of a rule, and the samples of its section.
private struct Section: CustomStringConvertible {
    let rule: LibraryRule
    let form: LibraryForm
    var name: String { rule.name + form.suffix }
    var samples: [LibrarySample] { LibrarySample.all.filter { $0.section == name } }
    var description: String { name }

    static let all = LibraryRule.all.flatMap { rule in
        rule.forms.map { Section(rule: rule, form: $0) }
    }

    /// What finds something in a line.
    func reader() throws -> (_ sample: LibrarySample) -> [Finding] {
        guard let definition = form.definition(name: rule.name) else {
            let compiled = try JSONRule(form.rule(source: name, of: rule.name))
            return { sample in
                Self.findings(sample) { compiled.read($0, at: $1, now: $2, into: &$3) }
            }
        }
        let run = try FilterRun(definition, zone: .utc)
        return { sample in Self.findings(sample) { run.read($0, at: $1, now: $2, into: &$3) } }
    }

    private static func findings(
        _ sample: LibrarySample,
        _ read: (Span<UInt8>, LineTime, Int64, inout [Finding]) -> Void
    ) -> [Finding] {
        var findings: [Finding] = []
        let time = sample.isFromJournal ? LineTime.known(LibrarySample.time) : .inLine
        read(Array(sample.line.utf8).span, time, LibrarySample.now, &findings)
        return findings
    }
}

@Suite("the library's rules") struct LibraryTests {
    @Test("each sample strikes whom it should, at its time", arguments: Section.all)
    private func samples(_ section: Section) throws {
        let read = try section.reader()
        for sample in section.samples {
            let found = read(sample)
            #expect(
                found.compactMap(\.address) == sample.address.map { [Network(parsing: $0)] } ?? [],
                "\(sample)")
            for finding in found {
                #expect(finding.time / 1_000 == LibrarySample.time / 1_000, "\(sample)")
            }
        }
    }

    @Test("each form has samples that strike and samples that do not")
    func covered() {
        for rule in LibraryRule.all {
            for form in rule.forms {
                let samples = LibrarySample.all.filter { $0.section == rule.name + form.suffix }
                #expect(samples.contains { $0.address != nil }, "\(rule.name)\(form.suffix)")
                #expect(samples.contains { $0.address == nil }, "\(rule.name)\(form.suffix)")
            }
        }
    }

    @Test("each pattern has a sample that only it finds")
    func needed() throws {
        for rule in LibraryRule.all {
            for form in rule.forms where form.address == nil {
                let struck = LibrarySample.all.filter {
                    $0.section == rule.name + form.suffix && $0.address != nil
                }
                for pattern in form.patterns {
                    let without = FilterDefinition(
                        name: "",
                        failures: form.patterns.filter { $0 != pattern }
                            .map(RegexTags.expand))
                    let run = try FilterRun(without, zone: .utc)
                    #expect(
                        struck.contains { sample in
                            var found: [Finding] = []
                            run.read(
                                Array(sample.line.utf8).span, at: .inLine, now: LibrarySample.now,
                                into: &found)
                            return found.isEmpty
                        }, "\(pattern)")
                }
            }
        }
    }

    @Test("a sample that strikes has a literal of its rule", arguments: Section.all)
    private func literals(_ section: Section) throws {
        var literals: [(literal: Literal, group: Int)] = []
        if let definition = section.form.definition(name: section.name) {
            let run = try FilterRun(definition, zone: .utc)
            #expect(!run.needsEveryLine)
            literals = run.literals(from: 0)
        } else {
            let compiled = try JSONRule(
                section.form.rule(source: section.name, of: section.rule.name))
            literals = try #require(compiled.literals).literals.map { ($0, 0) }
        }
        var scanner = LineScanner(literals)
        for sample in section.samples where sample.address != nil {
            var position = 0
            var hits = LiteralHits()
            let line = Array("nothing\n\(sample.line)\n".utf8)
            let found = scanner.next(in: line.span, from: &position, hits: &hits)
            #expect(found?.lowerBound == 8, "\(sample)")
        }
    }

    @Test("no pattern can be steered, by lint's lights", arguments: LibraryRule.all)
    func lint(_ rule: LibraryRule) {
        for pattern in rule.forms.flatMap(\.patterns) {
            #expect(PatternLint.warnings(of: pattern).isEmpty, "\(pattern)")
        }
    }

    @Test("names are unique, sections too, and every form has where to read")
    func table() {
        let sections = LibraryRule.all.flatMap { rule in rule.forms.map { rule.name + $0.suffix } }
        #expect(Set(sections).count == sections.count)
        for rule in LibraryRule.all {
            #expect(rule.forms.first?.suffix == "" && LibraryRule.named(rule.name) == rule)
            #expect(rule.summary.hasSuffix("."))
            for form in rule.forms {
                #expect(!form.files.isEmpty && form.files.allSatisfy { $0.hasPrefix("/") })
                #expect((form.address == nil) != form.patterns.isEmpty)
                #expect(form.format == (form.address == nil ? .text : .json))
                // Nobody can put what they look for into the middle of a line.
                #expect(form.patterns.allSatisfy { $0.hasPrefix("^") })
                #expect(form.source(hasJournal: true).journal == form.journal)
                #expect(form.source(hasJournal: true).files.isEmpty == !form.journal.isEmpty)
                #expect(form.source(hasJournal: false).files == form.files)
            }
        }
        #expect(LibraryRule.named("none") == nil)
    }

    @Test("a rule is printed as the sections that it stands for")
    func text() throws {
        let caddy = try #require(LibraryRule.named("caddy-auth"))
        #expect(
            caddy.text(hasJournal: true) == """
                # Addresses whose logins Caddy answers with 401 or 403.

                [watch.source.caddy-auth]
                files = ['/var/log/caddy/*.log']
                format = "json"

                [watch.rule.caddy-auth]
                sources = ["caddy-auth"]
                address = 'request.client_ip'
                time = 'ts'
                when = { 'request.headers.Authorization[0]' = ['~.'], \
                'status' = ['401'] }

                [watch.source.caddy-auth-post]
                files = ['/var/log/caddy/*.log']
                format = "json"

                [watch.rule.caddy-auth-post]
                sources = ["caddy-auth-post"]
                address = 'request.client_ip'
                time = 'ts'
                when = { 'request.method' = ['POST'], \
                'status' = ['401', '403'] }
                source = "caddy-auth"

                [guard.source.caddy-auth]
                strikes = 5
                window = "10m"

                """)
        let dovecot = try #require(LibraryRule.named("dovecot"))
        #expect(
            dovecot.text(hasJournal: true).contains("journal = ['_SYSTEMD_UNIT=dovecot.service']"))
        #expect(dovecot.text(hasJournal: false).contains("files = [\n    '/var/log/mail.log',\n"))
    }
}
