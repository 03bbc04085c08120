// The configuration as the daemon reads and shows it, and the prober.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ConfigurationFileTests {
    private func fault(_ path: String) -> StartFault? {
        do throws(StartFault) {
            _ = try ConfigurationFile.read(path)
            return nil
        } catch { return error }
    }

    @Test func jsonHasEveryKey() throws {
        let text = "{" + ConfigurationFile.json(Configuration()) + "}"
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
        for section in ConfigurationSection.all {
            // And the sections with names of their own, of which each is an object.
            let tables = [
                "probe": ["mount"], "guard": ["source"], "watch": ["rule", "source"],
                "pager": ["channel", "route"], "costs": ["models"],
            ]
            let named = tables[section.name] ?? []
            let names = (section.keys.map(\.name) + named).sorted()
            #expect(object[section.name]?.keys.sorted() == names)
        }
        // And [endpoint.NAME], [queue.NAME] and [slo.NAME], of which each is an object.
        #expect(object.count == ConfigurationSection.all.count + 3)
        #expect(object["guard"]?["allow"] as? [String] == ["127.0.0.0/8", "::1/128"])
        #expect(object["store"]?["fsync"] as? String == "always")
    }

    @Test func emptyFileIsTheDefaults() throws {
        let scratch = try ScratchDirectory()
        try scratch.write([], to: "empty.toml")
        #expect(try ConfigurationFile.read(scratch.path + "/empty.toml") == Configuration())
    }

    @Test func faultsHaveFileLineAndKey() throws {
        let scratch = try ScratchDirectory()
        try scratch.write(Array("[guard]\nstrikes = 0\ncolour = 1\n".utf8), to: "bad.toml")
        let fault = fault(scratch.path + "/bad.toml")
        #expect(fault?.exitCode == 2)
        #expect(fault?.message.contains("bad.toml:2: guard.strikes") == true)
        #expect(fault?.message.contains("bad.toml:3: guard.colour") == true)
    }

    @Test(arguments: ["missing.toml", "folder"]) func whatCannotBeRead(_ name: String) throws {
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("folder")
        #expect(fault(scratch.path + "/" + name)?.exitCode == 2)
    }

    @Test func tooLargeIsRefused() throws {
        let scratch = try ScratchDirectory()
        let line = [UInt8](repeating: 0x23, count: ConfigurationFile.limitBytes + 1)
        try scratch.write(line, to: "big.toml")
        #expect(fault(scratch.path + "/big.toml")?.exitCode == 2)
    }

    @Test func wordsOfAReload() {
        #expect(ConfigurationFile.reloadSummary([], []) == "nothing has changed")
        #expect(
            ConfigurationFile.reloadSummary(["a.b", "c.d"], ["e.f"])
                == "applied: a.b, c.d; needs a restart: e.f")
        #expect(
            ConfigurationFile.reloadSummary(["watch.rules"], [])
                == "applied: watch.rules; opswatch takes watch.* at a reload of its own")
    }
}

@Suite struct ProberTests {
    @Test func mountsOfThisMachineArrive() throws {
        var prober = try Prober(includeRemote: false)
        prober.askMounts()
        try prober.wait(for: "a mount") { $0.mounts.contains { $0.space != nil } }
        expect(prober.stuck == 0)
        expect(prober.mounts.allSatisfy { !$0.stale })
    }

    @Test func processesOfThisMachineArrive() throws {
        var prober = try Prober(includeRemote: false)
        prober.askProcesses(
            at: Moment(boot: Clocks.now().bootNanoseconds, wall: 0), memoryTotalBytes: 1 << 30)
        try prober.wait(for: "the scan") { $0.processes != nil }
        expect((prober.processes?.total ?? 0) > 0)
    }

    @Test func nothingIsGivenUpWhileNothingRuns() throws {
        var prober = try Prober(includeRemote: false)
        expect(!prober.giveUpStuck(at: .max))
        prober.askMounts()
        try prober.wait(for: "the table") { !$0.mounts.isEmpty }
        expect(prober.stuck == 0)
    }
}
