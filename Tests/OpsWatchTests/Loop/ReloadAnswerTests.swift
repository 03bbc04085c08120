// What a reload tells the process that asked for it.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite struct ReloadAnswerTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @Test(arguments: [nil, "/etc/opsd/opsd.toml:3: a", "a\nb\nc"] as [String?])
    func readsBack(_ refusal: String?) throws {
        let answer = ReloadAnswer(pid: 4_711, refusal: refusal)
        try answer.write(in: scratch.path)
        #expect(ReloadAnswer.read(in: scratch.path) == answer)
        #expect(scratch.names() == ["reload"])
    }

    @Test(
        arguments: [
            "", "opswatch reload 1\n", "opswatch reload 1\npid 7\n",
            "opswatch reload 2\npid 7\ndone\n",
            "opswatch reload 1\npid x\ndone\n", "opswatch reload 1\npid 7\nperhaps\n",
        ])
    func isNoAnswer(_ text: String) { #expect(ReloadAnswer(parsing: text) == nil) }

    @Test func thereIsNone() {
        #expect(ReloadAnswer.read(in: scratch.path) == nil)
        #expect(ReloadAnswer.read(in: scratch.path + "/nowhere") == nil)
    }

    /// A process that is not there is told at once, and an old answer is not believed.
    @Test func nobodyToAsk() throws {
        try ReloadAnswer(pid: getpid(), refusal: nil).write(in: scratch.path)
        #expect(throws: WatchFault.self) {
            try ReloadAnswer.ask(process: .max, in: scratch.path)
        }
        #expect(scratch.names() == [])
        #expect(throws: WatchFault.self) { try ReloadAnswer.ask(process: -1, in: scratch.path) }
    }
}
