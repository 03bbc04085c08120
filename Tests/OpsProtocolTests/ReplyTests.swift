// Replies: every case against the members that its row declares, and the forms of the sources
// (S1-03, S3-01 to S3-03, S5-07, S5-08).

import Testing

@testable import OpsCore
@testable import OpsProtocol

private let one = network("203.0.113.9")

@Suite struct ReplyTests {
    @Test func everyReplyHasTheFieldsOfItsRow() throws {
        for shape in shapes("x") {
            let row = try #require(CommandTable.row(shape.verb))
            let reply = try #require(object(shape.reply), "\(shape.verb) is not an object")
            let declared = Set(row.reply.map(\.name))
            let written = reply.members.map(\.name)
            #expect(Set(written).count == written.count, "\(shape.verb) writes a member twice")
            #expect(Set(written) == declared.subtracting(shape.absent), "\(shape.verb)")
        }
        // Every row is answered by one of them.
        #expect(Set(shapes("x").map(\.verb)) == Set(CommandTable.rows.map(\.verb)))
    }

    @Test func beforeTheFirstSampleAllAreThereButItsDetails() throws {
        for (verb, reply) in [
            ("status", Reply.status(report(nil))), ("health", .health(report(nil))),
            ("stats system", .systemStats(report(nil))),
        ] {
            let row = try #require(CommandTable.row(verb))
            let names = try #require(object(reply)).members.map(\.name)
            #expect(Set(names) == Set(row.reply.map(\.name)).subtracting(["cut"]))
        }
        let metrics = try #require(object(.metrics(report(nil))))
        #expect(metrics["metrics"]?["cpu"] == .null && metrics["cpu"] == nil)
    }

    @Test func whatNeedsEscapesIsEscaped() throws {
        for shape in shapes(hostile) {
            let line = line(shape.reply)
            #expect(object(line) != nil, "\(shape.verb)")
            let shown = try #require(String(validating: line.dropLast(), as: UTF8.self))
            let isUnsafe = shown.unicodeScalars.contains { scalar in
                switch scalar.value {
                case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069:
                    true
                default: false
                }
            }
            #expect(!isUnsafe, "\(shape.verb)")
        }
        let checked = object(
            .check(CheckAnswer(network: one, ban: ban(one, reason: hostile))))
        #expect(checked?["reason"]?.text == hostile)
    }

    /// S5-07.
    @Test func events() {
        let member =
            #"{"id":7,"event":"ban","cpu":2.8,"ram":91.8,"disk":null,"details":"banned","#
            + #""severity":"warning","timestamp":"2026-11-21T09:11:30.751145Z","#
            + #""ip":"203.0.113.9","uid":0,"expires":"2026-11-21T09:21:30Z"}"#
        #expect(
            text(.events(EventPage(total: 9, events: [event(7)], next: 7)))
                == "ok {\"total\":9,\"total_complete\":true,\"events\":[\(member)],\"next\":7}\n")
        var page = EventPage(
            total: 3, isTotalComplete: false,
            rows: [
                EventRow(
                    line: Array(#"{"id":7,"x":[]}"#.utf8),
                    EventLinePlace(id: 7, inode: 1, offset: 2, seen: 3))
            ],
            next: .line(EventLinePlace(id: 7, inode: 1, offset: 2, seen: 3)))
        page.compressedFiles = 4
        page.fault = "x"
        #expect(
            text(.events(page)) == "ok {\"total\":3,\"total_complete\":false,"
                + "\"events\":[{\"id\":7,\"x\":[]}],\"next\":\"7-1-2-3\","
                + "\"compressed_files\":4,\"fault\":\"x\"}\n")
        var line: [UInt8] = []
        event(7).writeLine(to: &line)
        Event.writeLostLine(12, to: &line)
        #expect(
            String(decoding: line, as: UTF8.self)
                == "event \(member)\nevent {\"lost\":12}\n")
    }

    /// S1-03: names and rounding; the trail's line and the reply agree.
    @Test func metrics() throws {
        var trail: [UInt8] = []
        report(sample()).writeTrail(to: &trail)
        #expect(
            String(decoding: trail, as: UTF8.self)
                == #"{"ts":"2026-11-21T09:11:30.751145Z","ok":false,"metrics":{"cpu":54.4,"#
                + #""mem":74.1,"mem_available_mb":4249.6,"disk":6.9,"disk_free_gb":212.62,"#
                + #""process_count":387},"issues":[{"level":"issue","code":"disk_high","#
                + #""message":"disk x is full","held":true}]}"#)
        let reply = try #require(object(.metrics(report(sample()))))
        let short = try JSONValue(parsing: trail.span)
        for name in ["ts", "ok", "metrics", "issues"] { #expect(reply[name] == short[name]) }
        #expect(reply["age_seconds"]?.double == 1.3)
        #expect(reply["host_uptime_seconds"]?.integer == 727_924)
        #expect(reply["scope"]?["kind"]?.text == "container")
        #expect(reply["pressure"]?["cpu"]?["some"]?["avg10"]?.double == 1.5)
        #expect(reply["cores"]?.elements.count == 2)
        #expect(reply["mounts"]?.elements.last?["stale"]?.bool == true)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300])
    func anUptimeThatIsNotANumberIsNull(seconds: Double) {
        var odd = sample()
        odd.uptimeSeconds = seconds
        #expect(object(.status(report(odd)))?["host_uptime_seconds"] == .null)
        #expect(object(.metrics(report(odd)))?["host_uptime_seconds"] == .null)
    }

    /// S3-01.
    @Test func systemStats() {
        #expect(
            text(.systemStats(report(sample())))
                == #"ok {"status":"warning","timestamp":"2026-11-21T09:11:30.751145Z","#
                + #""system":{"platform":"Linux-6.1.0-x86_64","hostname":"x","#
                + #""python_version":null,"runtime_version":"1.0.0"},"#
                + #""cpu":{"percent":54.4,"count":10,"count_physical":5,"#
                + #""frequency_current":2400.5,"frequency_max":3500.0},"#
                + #""memory":{"percent":74.1,"used_gb":11.85,"available_gb":4.15,"#
                + #""total_gb":16.00},"disk":{"percent":6.86,"used_gb":15.65,"#
                + #""total_gb":228.27,"free_gb":212.62},"network":{"bytes_sent":3497960448,"#
                + #""bytes_recv":4383902720,"packets_sent":31926612,"packets_recv":75243577},"#
                + #""processes":{"total":387}}"# + "\n")
    }

    /// S3-02.
    @Test func processes() {
        let entry =
            #"{"pid":12345,"name":"python","cpu_percent":25.5,"memory_percent":8.3,"#
            + #""memory_mb":1350.0}"#
        #expect(
            text(.processes(scan(3), top: 1, now: moment))
                == #"ok {"status":"success","timestamp":"2026-11-21T09:11:30.751145Z","#
                + "\"by_cpu\":[\(entry)],\"by_memory\":[\(entry)],\"total\":387}\n")
    }

    /// S3-03.
    @Test func disks() {
        #expect(
            text(.disks([mount("/")], now: moment))
                == #"ok {"status":"success","timestamp":"2026-11-21T09:11:30.751145Z","#
                + #""partitions":[{"device":"/dev/sda1","mountpoint":"/","fstype":"ext4","#
                + #""total_gb":228.27,"used_gb":15.65,"free_gb":212.62,"percent":6.86,"#
                + #""stale":false,"inodes":null,"inodes_free":null,"inode_percent":null,"#
                + #""read_only":false}],"total":1}"# + "\n")
    }

    /// S5-08.
    @Test func metricsHistory() {
        #expect(
            text(.history(history(1, next: noon), hours: 1))
                == #"ok {"period_hours":1,"data_points":1,"step_seconds":60,"metrics":["#
                + #"{"timestamp":"2026-11-21T09:11:30Z","cpu":54.4,"ram":74.1,"disk":6.9,"#
                + #""cpu_max":54.4,"ram_max":74.1,"load":0.50}],"#
                + #""next":"2026-11-21T09:11:30Z"}"# + "\n")
    }
}
