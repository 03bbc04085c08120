// The host: processes, disks, and the whole sample.

import OpsProtocol

extension Rendering {
    static func processes(_ reply: JSONValue, _ sheet: inout Sheet) {
        for (member, title) in [("by_cpu", "by CPU"), ("by_memory", "by memory")] {
            sheet.line(title, .bold)
            var table = Table(">PID", ">CPU", ">MEMORY", ">MIB", "NAME")
            for row in reply[member]?.elements ?? [] {
                table.row(
                    Cell(row["pid"]), .percent(row["cpu_percent"], Paint.cpu),
                    .percent(row["memory_percent"]), .decimal(row["memory_mb"], 1),
                    Cell(row["name"]))
            }
            table.write(to: &sheet)
            sheet.endLine()
        }
        sheet.line(
            "\(reply["total"]?.plain ?? "-") processes at "
                + Figures.time(reply["timestamp"]?.text ?? "-"))
    }

    static func disks(_ reply: JSONValue, _ sheet: inout Sheet) {
        let rows = reply["partitions"]?.elements ?? []
        if rows.isEmpty { return sheet.line("no mounts measured") }
        mounts(rows, &sheet)
    }

    private static func mounts(_ rows: [JSONValue], _ sheet: inout Sheet) {
        var table = Table(
            ">USED", "", ">GIB", ">USED GIB", ">FREE GIB", ">INODES", "TYPE", "STATE", "MOUNT")
        for row in rows {
            let percent = row["percent"]?.double
            let isStale = row["stale"]?.bool == true
            table.row(
                .percent(row["percent"], Paint.space),
                Cell(percent.map { Figures.bar($0, 10) } ?? "", percent.map(Paint.space)),
                .decimal(row["total_gb"], 1), .decimal(row["used_gb"], 1),
                .decimal(row["free_gb"], 1), .percent(row["inode_percent"], Paint.space),
                Cell(row["fstype"]),
                isStale
                    ? Cell("stale", .red)
                    : Cell(row["read_only"]?.bool == true ? "read-only" : "fresh"),
                Cell(row["mountpoint"], .bold))
        }
        table.write(to: &sheet)
    }

    /// `metrics`: all of the latest sample, in compact form.
    static func metrics(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line(
            Cell("sample of "), .time(reply["ts"]),
            Cell(reply["age_seconds"]?.double.map { ", \(Figures.decimal($0)) s old" } ?? "", .dim))
        sheet.field(
            "cpu", .percent(reply.at("cpu.percent"), Paint.cpu), Cell("user", .dim),
            .percent(reply.at("cpu.user")), Cell("system", .dim), .percent(reply.at("cpu.system")),
            Cell("iowait", .dim), .percent(reply.at("cpu.iowait")), Cell("steal", .dim),
            .percent(reply.at("cpu.steal")))
        cores(reply["cores"]?.elements ?? [], &sheet)
        sheet.field(
            "load", .decimal(reply.at("load.one"), 2), .decimal(reply.at("load.five"), 2),
            .decimal(reply.at("load.fifteen"), 2), Cell("running", .dim), .count(reply["running"]),
            Cell("blocked", .dim), .count(reply["blocked"]), Cell("processes", .dim),
            .count(reply.at("metrics.process_count")))
        sheet.field(
            "memory", .percent(reply.at("memory.percent"), Paint.space),
            .bytes(reply.at("memory.available_bytes")), Cell("available of", .dim),
            .bytes(reply.at("memory.total_bytes")))
        sheet.field(
            "swap", .percent(reply.at("swap.percent")), .bytes(reply.at("swap.used_bytes")),
            Cell("used of", .dim), .bytes(reply.at("swap.total_bytes")))
        for resource in reply["pressure"]?.members ?? [] {
            sheet.field(
                "pressure", Cell(resource.name), Cell("some", .dim),
                .percent(resource.value.at("some.avg10")), Cell("full", .dim),
                .percent(resource.value.at("full.avg10")), Cell("of the last 10 s", .dim))
        }
        devices(reply, &sheet)
        findings(reply, &sheet)
    }

    /// The figures of all CPUs, ten per line; there is no space for bars.
    private static func cores(_ all: [JSONValue], _ sheet: inout Sheet) {
        var rest = all[...]
        while !rest.isEmpty {
            sheet.field(
                rest.count == all.count ? "cores" : "",
                Cell(
                    rest.prefix(10).map { core in
                        core["percent"]?.double.map { Figures.decimal($0, 0) + "%" } ?? "-"
                    }.joined(separator: " ")))
            rest = rest.dropFirst(10)
        }
    }

    private static func devices(_ reply: JSONValue, _ sheet: inout Sheet) {
        let disks = reply["disks"]?.elements ?? []
        if !disks.isEmpty {
            sheet.endLine()
            var table = Table(">READ/S", ">WRITTEN/S", ">READS/S", ">WRITES/S", ">BUSY", "DEVICE")
            for disk in disks {
                table.row(
                    .bytes(disk["read_bytes_per_second"]), .bytes(disk["written_bytes_per_second"]),
                    .decimal(disk["reads_per_second"], 1), .decimal(disk["writes_per_second"], 1),
                    .percent(disk["busy_percent"]), Cell(disk["device"]))
            }
            table.write(to: &sheet)
        }
        let network = reply["network"]?.elements ?? []
        if !network.isEmpty {
            sheet.endLine()
            var table = Table(">IN/S", ">OUT/S", ">IN", ">OUT", ">ERRORS", ">DROPS", "INTERFACE")
            for one in network {
                table.row(
                    .bytes(one["received_bytes_per_second"]), .bytes(one["sent_bytes_per_second"]),
                    .bytes(one["received_bytes"]), .bytes(one["sent_bytes"]),
                    sum(one["receive_errors"], one["send_errors"]),
                    sum(one["receive_drops"], one["send_drops"]), Cell(one["interface"]))
            }
            table.write(to: &sheet)
        }
        let all = reply["mounts"]?.elements ?? []
        sheet.endLine()
        if !all.isEmpty { mounts(all, &sheet) }
    }

    private static func sum(_ one: JSONValue?, _ other: JSONValue?) -> Cell {
        guard let one = one?.integer, let other = other?.integer else { return .none }
        let total = one.addingReportingOverflow(other)
        return total.overflow ? .none : Cell(Figures.count(total.partialValue))
    }
}
