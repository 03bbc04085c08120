// The row of `hello`.

import OpsCore

extension CommandTable {
    static let helloRow = CommandRow(
        "hello", .watch, [], "Say which satellite this connection belongs to.",
        details:
            "For the programs around opsd; `status` then shows the satellite, and `health` when "
            + "it has sent no request for \(SatelliteReport.silenceNanoseconds / 1_000_000_000) s."
            + "  It sends `ping` every 20 s if it has nothing else to send.",
        isPlumbing: true, also: .satellites,
        [
            Argument(
                "name", .word(Satellite.allCases.map(\.rawValue)), .keyword,
                isRequired: true,
                "which satellite; required"),
            Argument(
                "version", .text(limitBytes: SatelliteReport.versionBytes), .keyword,
                "its version"),
        ],
        reply: [
            ReplyField("name", "as it was given"), ReplyField("version", "the version of opsd"),
            ReplyField("run", "which start of opsd this is, 16 hexadecimal digits"),
            ReplyField("protocol", "integer"),
        ], example: "hello name=opswatch version=0.2.0"
    ) { values throws(Refusal) in
        guard let satellite = values.text("name").flatMap({ Satellite(rawValue: $0) }) else {
            throw Refusal(
                .badArgument, "name: missing",
                hint: "one of " + Satellite.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return .hello(satellite, version: values.text("version"))
    }
}
