// A result as text for people, and as one JSON object for programs.

import OpsCore
import OpsProtocol

/// The result of a run, to be shown.
struct BenchReport: Sendable {
    private let plan: BenchPlan
    private let result: BenchResult

    private static let percentiles: [(name: String, share: Double)] = [
        ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999),
    ]

    init(_ plan: BenchPlan, _ result: BenchResult) {
        self.plan = plan
        self.result = result
    }

    /// The result as a few lines of text.
    var text: String {
        let rate =
            plan.ratePerSecond.map { ", \(Int($0).grouped) requests/s requested" } ?? ""
        var text = """
            \(plan.workload.name): \(plan.connections) connections, pipeline \(plan.pipeline), \
            \(plan.keys.count.grouped) keys, seed \(plan.keys.seed)\(rate)
            requests   \(result.requests.grouped) in \(Self.fixed(result.seconds, 3)) s, \
            \(Int(result.requestsPerSecond).grouped) /s
            replies    \(result.replies.grouped), \
            \(Int(result.repliesPerSecond).grouped) /s; errors \(errors)
            bytes      \(result.bytesSent.grouped) out, \
            \(result.bytesReceived.grouped) in
            latency    \(Self.line(result.latency))

            """
        if plan.ratePerSecond != nil { text += "sent late  \(Self.line(result.lateness))\n" }
        text += "opsbench   \(Self.percent(result.cpuShare)) of a CPU; "
        text += "waited for replies \(Self.percent(result.waitingShare)) of the time, "
        text += "waited for a free CPU \(Self.percent(result.lackingShare))\n"
        return text
    }

    /// Why the result may be wrong; nil: no reason.
    var warning: String? {
        if !result.isSaturated { return nil }
        return "opsbench used nearly a whole CPU: this may be its own limit, "
            + "not that of the server (see --echo)"
    }

    private var errors: String {
        if result.errors.total == 0 { return "0" }
        return "\(result.errors.total) ("
            + result.errors.codes.map { "\($0.code) \($0.count)" }.joined(separator: ", ") + ")"
    }

    private static func line(_ histogram: Histogram) -> String {
        let shares = percentiles.map { name, share in
            "\(name) \(microseconds(histogram.percentile(share)))"
        }
        return shares.joined(separator: "  ")
            + "  max \(microseconds(histogram.maximum))"
            + "  mean \(fixed(histogram.mean / 1_000, 1)) us"
    }

    private static func microseconds(_ nanoseconds: Int64) -> String {
        fixed(Double(nanoseconds) / 1_000, 1)
    }

    private static func percent(_ share: Double) -> String { fixed(share * 100, 0) + " %" }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        var json = JSONWriter()
        json.number(value, decimals: decimals)
        return json.text
    }
}

extension BenchReport {
    /// One JSON object and a line feed.  Times are in microseconds, except for `seconds`.
    var json: String {
        var json = JSONWriter()
        json.object { json in
            json.key("workload")
            json.string(plan.workload.name)
            Self.integer("connections", plan.connections, &json)
            Self.integer("pipeline", plan.pipeline, &json)
            Self.integer("keys", plan.keys.count, &json)
            Self.integer("seed", plan.keys.seed, &json)
            Self.integer("ipv6_share", plan.keys.ipv6Percent, &json)
            json.key("sequential")
            json.bool(plan.isSequential)
            json.key("rate")
            json.number(plan.ratePerSecond, decimals: 0)
            Self.integer("requests", result.requests, &json)
            Self.integer("replies", result.replies, &json)
            Self.integer("errors", result.errors.total, &json)
            json.key("errors_by_code")
            json.object { json in
                for (code, count) in result.errors.codes {
                    json.key(text: code)
                    json.integer(count)
                }
            }
            Self.number("seconds", result.seconds, 6, &json)
            Self.number("requests_per_second", result.requestsPerSecond, 1, &json)
            Self.number("replies_per_second", result.repliesPerSecond, 1, &json)
            Self.integer("bytes_sent", result.bytesSent, &json)
            Self.integer("bytes_received", result.bytesReceived, &json)
            json.key("latency_us")
            Self.write(result.latency, &json)
            if plan.ratePerSecond != nil {
                json.key("sent_late_us")
                Self.write(result.lateness, &json)
            }
            Self.number("cpu_share", result.cpuShare, 3, &json)
            Self.number("waiting_share", result.waitingShare, 3, &json)
            Self.number("lacking_share", result.lackingShare, 3, &json)
            json.key("saturated")
            json.bool(result.isSaturated)
        }
        return json.text + "\n"
    }

    private static func integer(
        _ name: StaticString, _ value: some FixedWidthInteger, _ json: inout JSONWriter
    ) {
        json.key(name)
        json.integer(value)
    }

    private static func number(
        _ name: StaticString, _ value: Double, _ decimals: Int, _ json: inout JSONWriter
    ) {
        json.key(name)
        json.number(value, decimals: decimals)
    }

    private static func write(_ histogram: Histogram, _ json: inout JSONWriter) {
        json.object { json in
            for (name, share) in percentiles {
                json.key(text: name)
                json.number(Double(histogram.percentile(share)) / 1_000, decimals: 3)
            }
            number("max", Double(histogram.maximum) / 1_000, 3, &json)
            number("mean", histogram.mean / 1_000, 3, &json)
        }
    }
}
