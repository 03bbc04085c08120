// `events.retention`, from the configuration to the files of the log directory.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct RetentionTests {
    /// A rotated file goes once it is older than the retention, and not a second before.
    @Test func rotatedFilesStayAsLongAsTheConfigurationSays() throws {
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        var configuration = Configuration()
        configuration.events.retentionMilliseconds = 2 * 86_400_000
        let loop = FakeLoop.settled(configuration)
        _ = loop.takeTrailJobs()
        loop.advance(3_600)
        loop.turn()
        let jobs = loop.takeTrailJobs().filter { if case .prune = $0 { true } else { false } }
        #expect(jobs.count == 1)

        let now = loop.now.wall / 1_000_000_000
        for (name, age) in [("events.ndjson.1", 172_801), ("events.ndjson.2", 172_799)] {
            try scratch.write([1], to: "log/" + name, modifiedAt: now - Int64(age))
        }
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for job in jobs {
            trails.submit(job)
            try trails.awaitAnswer()
        }
        #expect(scratch.names("log") == ["events.ndjson.2"])
    }
}
