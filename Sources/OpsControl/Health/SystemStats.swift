// `stats system`: the host's statistics, a line for each part.

import OpsProtocol

extension Rendering {
    static func systemStats(_ reply: JSONValue, _ sheet: inout Sheet) {
        guard reply["cpu"] != nil else { return general(reply, &sheet) }
        func text(_ path: String) -> String { reply.at(path)?.plain ?? "-" }
        func decimal(_ path: String, _ decimals: Int) -> String {
            reply.at(path)?.double.map { Figures.decimal($0, decimals) } ?? "-"
        }
        func count(_ path: String) -> String {
            reply.at(path)?.integer.map(Figures.count) ?? "-"
        }
        func bytes(_ path: String) -> String {
            reply.at(path)?.double.map(Figures.bytes) ?? "-"
        }
        let status = reply["status"]?.text
        let paint: Paint = status == "healthy" ? .green : status == "warning" ? .yellow : .red
        sheet.field(
            "status", Cell(reply["status"], paint), Cell(Cell.time(reply["timestamp"]).text, .dim))
        sheet.field(
            "system",
            Cell(
                "\(text("system.hostname")), \(text("system.platform")), opsd "
                    + text("system.runtime_version")))
        sheet.field(
            "cpu", .percent(reply.at("cpu.percent"), Paint.cpu),
            Cell(
                "of \(text("cpu.count")) CPUs (\(text("cpu.count_physical")) cores), "
                    + "\(decimal("cpu.frequency_current", 0)) of "
                    + "\(decimal("cpu.frequency_max", 0)) MHz"))
        sheet.field(
            "memory", .percent(reply.at("memory.percent"), Paint.space),
            Cell(
                "\(decimal("memory.used_gb", 2)) of \(decimal("memory.total_gb", 2)) GB used, "
                    + "\(decimal("memory.available_gb", 2)) available"))
        sheet.field(
            "disk", .percent(reply.at("disk.percent"), Paint.space),
            Cell(
                "\(decimal("disk.used_gb", 2)) of \(decimal("disk.total_gb", 2)) GB used on /, "
                    + "\(decimal("disk.free_gb", 2)) free"))
        sheet.field(
            "sent",
            Cell("\(bytes("network.bytes_sent")) in \(count("network.packets_sent")) packets"))
        sheet.field(
            "received",
            Cell("\(bytes("network.bytes_recv")) in \(count("network.packets_recv")) packets"))
        sheet.field("processes", Cell(count("processes.total")))
    }
}
