// Replies of the guard, word by word: names, order and form of their members are for good.

import Testing

@testable import OpsCore
@testable import OpsProtocol

@Suite struct GuardReplyTests {
    private let one = network("203.0.113.9")
    private let wide = ban(network("2001:db8::/64"), expires: nil, ttl: nil, automatic: true)

    /// Two dry runs, of which the second decides.
    private let claimed: WhyReport = {
        var views = ["a", "b"].map { ban(network("203.0.113.0/24"), source: $0) }
        for place in views.indices { views[place].isDryRun = true }
        var report = why(bans: views, items: 0)
        report.decides = 1
        report.verdict = "x"
        return report
    }()

    private func expect(_ replies: [(Reply, String)]) {
        for (reply, expected) in replies { #expect(text(reply) == "ok \(expected)\n") }
    }

    @Test func pingAndWatchReplies() {
        expect([
            (.pong, #"{"pong":true}"#),
            (
                .watching([]),
                #"{"watching":["health","guard","slo","gate","store","config","detector","work","incident","cost","queue"],"run":"0000000000000000"}"#
            ),
        ])
    }

    @Test func checkReplies() {
        expect([
            (.check(CheckAnswer(network: one, ban: nil)), #"{"ip":"203.0.113.9","banned":false}"#),
            (
                .check(CheckAnswer(network: one, ban: ban(network("203.0.113.0/24")))),
                #"{"ip":"203.0.113.9","banned":true,"expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"reason":"abuse","source":"sshd","#
                    + #""match":"203.0.113.0/24","automatic":false,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}"#
            ),
            (
                .check(CheckAnswer(network: network("2001:db8::/64"), ban: wide)),
                #"{"ip":"2001:db8::/64","banned":true,"expires":null,"ttl_seconds":null,"#
                    + #""permanent":true,"reason":"abuse","source":"sshd","#
                    + #""match":"2001:db8::/64","automatic":true,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}"#
            ),
        ])
    }

    @Test func hitReplies() {
        expect([
            (
                .hit(HitAnswer(network: one, outcome: .admitted(remaining: 99), strikes: 0)),
                #"{"ip":"203.0.113.9","allowed":true,"remaining":99}"#
            ),
            (
                .hit(HitAnswer(network: one, outcome: .limited(retryAfterSeconds: 60), strikes: 1)),
                #"{"ip":"203.0.113.9","allowed":false,"status":429,"retry_after_seconds":60,"#
                    + #""strikes":1,"banned":false}"#
            ),
            (
                .hit(HitAnswer(network: one, outcome: .banned(retryAfterSeconds: nil), strikes: 0)),
                #"{"ip":"203.0.113.9","allowed":false,"status":403,"retry_after_seconds":null,"#
                    + #""strikes":0,"banned":true}"#
            ),
        ])
    }

    @Test func strikeAndClearReplies() {
        expect([
            (
                .strike(StrikeAnswer(network: one, strikes: 2, ban: nil)),
                #"{"ip":"203.0.113.9","strikes":2,"banned":false}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: ban(one))),
                #"{"ip":"203.0.113.9","strikes":0,"banned":true,"#
                    + #""expires":"2026-11-21T09:21:30Z","ttl_seconds":600}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: wide)),
                #"{"ip":"203.0.113.9","strikes":0,"banned":true,"expires":null,"#
                    + #""ttl_seconds":null,"permanent":true}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: nil, isAllowed: true)),
                #"{"ip":"203.0.113.9","strikes":0,"banned":false,"allowed_by_rule":true}"#
            ),
            (.cleared(one, 2), #"{"ip":"203.0.113.9","cleared":2}"#),
        ])
    }

    @Test func banReplies() {
        expect([
            (
                .banned(wide),
                #"{"ip":"2001:db8::/64","banned":true,"expires":null,"ttl_seconds":null,"#
                    + #""permanent":true,"reason":"abuse","source":"sshd"}"#
            ),
            (
                .bannedEach([
                    .done(ban(one)),
                    .refused(network("10.0.0.0/8"), Refusal(.refused, "no", hint: "h")),
                ]),
                #"{"results":[{"ip":"203.0.113.9","banned":true,"#
                    + #""expires":"2026-11-21T09:21:30Z","ttl_seconds":600,"reason":"abuse","#
                    + #""source":"sshd"},{"ip":"10.0.0.0/8","code":"refused","message":"no","#
                    + #""hint":"h"}]}"#
            ),
        ])
    }

    @Test func unbanReplies() {
        expect([
            (
                .unbanned(UnbanAnswer(network: one, sources: ["sshd", ""])),
                #"{"ip":"203.0.113.9","unbanned":true,"sources":["sshd",""]}"#
            ),
            (
                .unbanned(
                    UnbanAnswer(
                        network: one, sources: [""], holder: network("203.0.113.0/24"), list: "a")),
                #"{"ip":"203.0.113.9","unbanned":true,"sources":[""],"#
                    + #""still_held_by":"203.0.113.0/24","list":"a"}"#
            ),
            (
                .unbanned(
                    UnbanAnswer(network: one, sources: ["sshd"], holder: one, heldBy: "web")),
                #"{"ip":"203.0.113.9","unbanned":true,"sources":["sshd"],"#
                    + #""still_held_by":"203.0.113.9","held_by":"web"}"#
            ),
            (
                .unbannedEach([
                    .refused(one, Refusal(.notFound, "not banned")),
                    .done(UnbanAnswer(network: one, sources: [""])),
                ]),
                #"{"results":[{"ip":"203.0.113.9","code":"not-found","message":"not banned"},"#
                    + #"{"ip":"203.0.113.9","unbanned":true,"sources":[""]}]}"#
            ),
        ])
    }

    @Test func pagesReplies() {
        expect([
            (
                .bans(Page(rows: [ban(one)], next: network("2001:db8::/64"))),
                #"{"bans":[{"ip":"203.0.113.9","expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"reason":"abuse","source":"sshd","automatic":false,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}],"next":"2001:db8::/64"}"#
            ),
            (.bans(Page(rows: [], next: nil)), #"{"bans":[],"next":null}"#),
        ])
    }

    @Test func whyAndStatsReplies() {
        expect([
            (
                .why(why(items: 1)),
                #"{"ip":"203.0.113.9","banned":false,"verdict":"admitted; 2 of 3 strikes","#
                    + #""bans":[],"strikes":1,"strike_counts":[{"source":null,"strikes":1,"#
                    + #""bans_at":3}],"strike_items":[{"at":"2026-11-21T09:11:30Z","#
                    + #""expires":"2026-11-21T09:16:30Z","weight":1,"reason":"abuse","#
                    + #""source":"sshd","uid":0}],"hits":12,"rate_limit":100,"#
                    + #""rate_window_seconds":60,"allowed_by":null,"offenses":0,"offenses_until":null,"events":[]}"#
            ),
            (
                .why(claimed),
                #"{"ip":"203.0.113.9","banned":false,"verdict":"x","bans":["#
                    + #"{"ip":"203.0.113.0/24","expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"dry_run":true,"reason":"abuse","source":"a","#
                    + #""automatic":false,"created":"2026-11-21T09:11:30Z","uid":1000},"#
                    + #"{"ip":"203.0.113.0/24","expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"dry_run":true,"reason":"abuse","source":"b","#
                    + #""automatic":false,"created":"2026-11-21T09:11:30Z","uid":1000,"#
                    + #""decides":true}],"strikes":0,"strike_counts":[],"strike_items":[],"#
                    + #""hits":12,"rate_limit":100,"rate_window_seconds":60,"allowed_by":null,"#
                    + #""offenses":0,"offenses_until":null,"events":[]}"#
            ),
            (
                .guardStats(report(nil).guardStats),
                #"{"active_bans":3,"ips_with_strikes":4,"total_tracked_ips":7,"#
                    + #""tracked_rates":5,"max_tracked":1000000,"lists":0,"listed":0,"#
                    + #""max_listed":2000000,"by_source":[{"source":"x","strikes":120,"#
                    + #""weight":130,"bans":17},{"source":null,"strikes":3,"weight":3,"bans":0}]}"#
            ),
        ])
    }
}
