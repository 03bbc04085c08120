// `[probe.mount.PATH]` and `probe.mounts_exclude`: what they say, their faults, and that they are
// printed as they are read.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct MountSectionTests {
    @Test func asItIsPrintedItIsReadAgain() throws {
        let configuration = try load(
            """
            [probe]
            inode_issue = 80
            mounts_exclude = ["/mnt/usb", "/var/lib/docker/*"]
            [probe.mount."/var"]
            issue = 95
            [probe.mount."/a \\"b\\""]
            inode_issue = 50
            free_warning = 20
            [probe.mount."/"]
            """)
        let probe = configuration.probe
        #expect(probe.inodeIssuePercent == 80)
        #expect(probe.mountsExclude == ["/mnt/usb", "/var/lib/docker/*"])
        #expect(probe.mounts["/var"] == .init(issuePercent: 95))
        #expect(
            probe.mounts["/a \"b\""] == .init(inodeIssuePercent: 50, freeWarningGibibytes: 20))
        #expect(probe.mounts["/"] == .init())
        #expect(try load(configuration.printed(networks: .test)) == configuration)
        let names = MountSection.members(of: .init(issuePercent: 9, freeWarningGibibytes: 0))
        #expect(names.map(\.name) == ["issue", "free_warning"])
    }

    @Test func aReloadAppliesThem() throws {
        let new = try load("[probe]\nmounts_exclude = [\"/x\"]\n[probe.mount.\"/var\"]\nissue = 95")
        let changes = Configuration.changes(from: Configuration(), to: new)
        #expect(changes.applied == ["probe.mounts_exclude", "probe.mount.\"/var\""])
        #expect(changes.running.probe == new.probe)
    }

    @Test(arguments: [
        ("[probe]\nmount = 3", "probe.mount: an integer, must be sections: [probe.mount.PATH]"),
        ("[probe.mount]\nissue = 3", "probe.mount.issue: a key outside any mount, must be in"),
        ("[probe.mount.var]\nissue = 3", "probe.mount.var: not a mount point, must be an absolute"),
        ("[probe.mount.\"/var/\"]\nissue = 3", "probe.mount.\"/var/\": not a mount point"),
        (
            "[probe.mount.\"/var\"]\nissues = 3",
            "probe.mount.\"/var\".issues: unknown key, did you mean \"issue\"?"
        ),
        (
            "[probe.mount.\"/var\"]\nissue = 101",
            "probe.mount.\"/var\".issue: 101 is too large, must be an integer from 1 to 100, in"
        ),
        (
            "[probe]\nmounts_exclude = [\"mnt\"]",
            "probe.mounts_exclude: \"mnt\" is neither a mount point nor a pattern, must be a list"
        ),
        ("[probes.mount.\"/var\"]\nissue = 9", "probes: unknown section, did you mean [probe]?"),
    ])
    func faults(text: String, message: String) {
        #expect(throws: ConfigurationFaults.self) { try load(text) }
        do throws(ConfigurationFaults) {
            _ = try load(text)
        } catch {
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test func sectionsAndPatternsAreBounded() {
        let sections = (0...Bounds.mountSections).map { "[probe.mount.\"/m\($0)\"]\n" }.joined()
        #expect(throws: ConfigurationFaults.self) { try load(sections) }
        let patterns = (0...Bounds.mountPatterns).map { "\"/m\($0)\"" }.joined(separator: ",")
        #expect(throws: ConfigurationFaults.self) {
            try load("[probe]\nmounts_exclude = [\(patterns)]")
        }
    }
}
