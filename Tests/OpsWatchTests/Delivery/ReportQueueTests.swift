import OpsCore
import Testing

@testable import OpsWatch

@Suite("Reports that wait for opsd")
struct ReportQueueTests {
    private func requests(_ queue: inout ReportQueue) -> [String] {
        var output: [UInt8] = []
        while queue.writeNext(to: &output) {}
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func number(_ request: String) -> Int {
        request.split(separator: ":").last.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    @Test("3. Above a backlog strikes of an address are added up, and numbers still ascend")
    func sums() {
        var queue = ReportQueue()
        for line in 1...2_000 {
            queue.append(.sample(host: UInt32(line % 4), line: UInt64(line)))
        }
        let sent = requests(&queue)
        #expect(sent.count == ReportQueue.sumsAbove + 4)
        #expect(sent.map(number) == sent.map(number).sorted())
        let weights = sent.compactMap { request in
            request.split(separator: " ").first { $0.hasPrefix("weight=") }
                .flatMap { Int($0.dropFirst(7)) }
        }
        #expect(weights.reduce(0, +) == 2_000)
        #expect(queue.summedCount == UInt64(2_000 - sent.count))
        // All are answered: nothing is left, nothing holds the position back.
        for _ in sent { #expect(queue.answered() != nil) }
        #expect(queue.answered() == nil)
        #expect(queue.count == 0)
        #expect(queue.firstUnanswered == 2_000)
    }

    @Test("3. Above a backlog lines of an incident are counted, not sent one by one")
    func incidents() {
        var queue = ReportQueue()
        for line in 1...2_000 {
            var report = Report.sample(host: 1, line: UInt64(line))
            report.verb = .incident(.critical, line: "out of memory \(line)")
            report.rule = line % 2 == 0 ? "oom" : "errors"
            report.weight = 1
            queue.append(report)
            queue.append(.sample(host: 1, line: UInt64(line)))
        }
        let sent = requests(&queue)
        let incidents = sent.filter { $0.hasPrefix("incident raise severity=critical source=") }
        for rule in ["oom", "errors"] {
            let own = incidents.filter { $0.contains(" key=\"\(rule)\" ") }
            let counts = own.map { request in
                request.split(separator: " ").first { $0.hasPrefix("count=") }
                    .flatMap { Int($0.dropFirst(6)) } ?? 1
            }
            #expect(counts.reduce(0, +) == 1_000)
            #expect(own.count < 300)
        }
        // The newest line is the one that is quoted, and strikes are not mixed in.
        #expect(incidents.last?.contains("msg=\"out of memory 2000\"") == true)
        #expect(sent.count > incidents.count)
    }

    @Test("A line cannot say more than its text")
    func hostileLine() {
        var queue = ReportQueue()
        var report = Report.sample(host: 1, line: 1)
        report.verb = .incident(.warning, line: "x\" severity=critical\nban 192.0.2.1\u{1b}[2J")
        report.address = nil
        queue.append(report)
        let sent = requests(&queue)
        #expect(sent.count == 1)
        #expect(
            sent[0].contains(#"msg="x\" severity=critical\nban 192.0.2.1\u001b[2J""#), "\(sent)")
    }

    @Test("3. A sum is answered when all its parts are")
    func earliest() {
        var queue = ReportQueue()
        for line in 1...600 { queue.append(.sample(host: 9, line: UInt64(line))) }
        _ = requests(&queue)
        for _ in 0..<ReportQueue.sumsAbove { _ = queue.answered() }
        #expect(queue.firstUnanswered == UInt64(ReportQueue.sumsAbove))
        #expect(queue.answered() != nil)
        #expect(queue.firstUnanswered == 600)
    }

    @Test("3. A sum is no heavier than one request can be")
    func heaviest() {
        var queue = ReportQueue()
        for line in 1...5_000 { queue.append(.sample(host: 9, line: UInt64(line))) }
        let weights = requests(&queue).compactMap { request in
            request.split(separator: " ").first { $0.hasPrefix("weight=") }
                .flatMap { Int($0.dropFirst(7)) }
        }
        #expect(weights.reduce(0, +) == 5_000)
        #expect(weights.max() == Report.mostWeight)
    }

    @Test("3. A success is not overtaken by the strikes that it clears")
    func success() {
        var queue = ReportQueue()
        for line in 1...600 {
            queue.append(.sample(host: UInt32(line), line: UInt64(line)))
        }
        queue.append(.sample(host: 77, line: 601))
        queue.append(.sample(host: 77, line: 602, verb: .success))
        queue.append(.sample(host: 77, line: 603))
        let mine = requests(&queue).filter { $0.contains("198.51.100.77 ") }
        let verbs = mine.map { $0.split(separator: " ")[0] }
        #expect(verbs == ["strike", "strike", "success", "strike"])
    }

    @Test("2. What was sent and not answered is sent again")
    func again() {
        var queue = ReportQueue()
        for line in 1...3 { queue.append(.sample(host: UInt32(line), line: UInt64(line))) }
        let sent = requests(&queue)
        #expect(queue.answered() != nil)
        queue.disconnected()
        #expect(queue.sentCount == 0 && queue.hasUnsent)
        #expect(requests(&queue) == Array(sent.dropFirst()))
    }

    @Test("A strike whose weight opsd decides is not added up")
    func unknownWeight() {
        var queue = ReportQueue()
        for line in 1...1_000 {
            queue.append(.sample(host: 9, line: UInt64(line), weight: nil))
        }
        #expect(requests(&queue).count == 1_000)
    }
}
