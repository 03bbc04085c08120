// What an event is about, field by field, and the way back from a snapshot.

import Foundation
import Testing

@testable import OpsCore

/// The kinds of subjects.  Without a `default:`, so that a new one does not compile before it is
/// here.
private enum SubjectKind: CaseIterable {
    case list, objective, work, incident, cost, endpoint, queue

    init(_ subject: EventSubject) {
        self =
            switch subject {
            case .list: .list
            case .objective: .objective
            case .incident: .incident
            case .work: .work
            case .cost: .cost
            case .endpoint: .endpoint
            case .queue: .queue
            }
    }
}

@Suite struct SubjectTests {
    private static let api = ObjectiveName("api") ?? .standard

    private static let subjects: [EventSubject] = [
        .list("drop"), .objective(ObjectiveSubject(objective: api)),
        .objective(
            ObjectiveSubject(
                objective: api, alert: "1h", since: 1_767_225_600, peakBurn: 14_500,
                durationSeconds: 90)),
        .incident(
            IncidentSubject(incident: 17, fingerprint: "c75893c52574", source: "healthcheck")),
        .incident(IncidentSubject(silence: 3)),
        .work(WorkSubject("page/mail")), .work(WorkSubject("page/mail", item: 12)),
        .cost(CostSubject(model: .others)), .endpoint(EndpointSubject(name: "shop")),
        .queue(QueueSubject(.named("mail"))),
    ]

    @Test func everySubjectIsSampled() {
        #expect(Set(Self.subjects.map { SubjectKind($0) }) == Set(SubjectKind.allCases))
    }

    /// opsd(8) lists what the journal has of an event.
    @Test func theManualNamesEachField() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../../docs/man/opsd.8")
            .standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        for field in Self.subjects.flatMap(\.fields) {
            #expect(text.contains("\(field.journal)"), "\(field.journal)")
        }
    }

    /// Two events look alike to a filter by field; no two fields share a name.
    @Test(arguments: subjects) func fieldsHaveNamesOfTheirOwn(subject: EventSubject) {
        let fields = subject.fields
        #expect(!fields.isEmpty)
        for names in [
            fields.map { "\($0.name)" }, fields.map { "\($0.journal)" },
            fields.compactMap(\.stored).map { "\($0)" },
        ] {
            #expect(Set(names).count == names.count)
        }
        #expect(fields.allSatisfy { "\($0.journal)".hasPrefix("OPSD_") })
    }

    @Test(arguments: subjects) func whatIsStoredComesBack(subject: EventSubject) throws {
        var members = StoredMembers()
        for field in subject.fields {
            guard let stored = field.stored else { continue }
            let name = "\(stored)"
            switch field.value {
            case .text(let text):
                #expect(EventSubject.storedType(of: name) == .text)
                members.texts[name] = text
            case .integer(let number), .time(let number), .thousandths(let number):
                #expect(EventSubject.storedType(of: name) == .integer)
                members.integers[name] = number
            }
        }
        var (kind, source): (EventKind, String?) = (.sloFiring, "sshd")
        if case .list(let name) = subject {
            (kind, source) = (.listCommitted, AddressList.source(of: name))
        }
        #expect(try EventSubject.read(kind, source: &source, members) == subject)
        #expect(source == (kind == .sloFiring ? "sshd" : nil))
    }

    @Test func aSourceThatOnlyLooksLikeAListStays() throws {
        for (kind, text) in [(EventKind.ban, "list:drop"), (.listDropped, "drop")] {
            var source: String? = text
            #expect(try EventSubject.read(kind, source: &source, StoredMembers()) == nil)
            #expect(source == text)
        }
    }

    @Test func aNameThatIsNoneIsMalformed() {
        var members = StoredMembers()
        members.texts["slo"] = "no name at all"
        var source: String?
        #expect(throws: MalformedSubject.self) {
            _ = try EventSubject.read(.sloFiring, source: &source, members)
        }
    }
}
