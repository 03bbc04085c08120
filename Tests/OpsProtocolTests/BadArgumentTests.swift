// Arguments that are wrong: by their keys, their number, their type, their range; and every bad
// address.

import OpsCore
import Testing

@testable import OpsProtocol

@Suite struct BadArgumentTests {
    @Test(arguments: [
        // Keys.
        Wrong("ban 1.2.3.4 ttl=1h ttl=2h", .badArgument, "ttl: given twice"),
        Wrong("ban 1.2.3.4 color=red", .badArgument, "color: ban has no argument"),
        Wrong("ban 1.2.3.4 color=\"a b\"", .badArgument, "color: ban has no argument"),
        Wrong("ban 1.2.3.4 TTL=1h", .badArgument, "ip: 'TTL=1h'"),
        Wrong("ping x=1", .badArgument, "x: ping has no argument"),
        Wrong("check 1.2.3.4 ttl=1h", .badArgument, "ttl: check has no argument"),
        Wrong("watch limit=1", .badArgument, "limit: watch has no argument"),
        Wrong("ban ip=1.2.3.4", .badArgument, "ip: ban has no argument"),
        // How many.
        Wrong("ban", .badArgument, "ip: missing"),
        Wrong("ban ttl=1h", .badArgument, "ip: missing"),
        Wrong("check", .badArgument, "ip: missing"),
        Wrong("hit", .badArgument, "ip: missing"),
        Wrong("hit 1.2.3.4 5.6.7.8", .badArgument, "'5.6.7.8': unexpected, hit takes no more"),
        Wrong("ping ping", .badArgument, "'ping': unexpected, ping takes no more"),
        Wrong("metrics histori", .badArgument, "'histori': unexpected, metrics takes no more"),
        Wrong("guard stats now", .badArgument, "'now': unexpected, guard stats takes no more"),
        Wrong(
            "watch guard slo gate store config health detector work incident cost queue guard",
            .badArgument, "topic: too many values, expected at most 11"),
        // Addresses and networks where they may not be.
        Wrong("hit 10.0.0.0/8", .badArgument, "must be one address, without a prefix"),
        Wrong("strike 2001:db8::/64", .badArgument, "must be one address, without a prefix"),
        Wrong("hit 1.2.3.0/24", .badArgument, "must be one address, without a prefix"),
        Wrong("ban 10.0.0.1/8", .badArgument, "bits are set after its prefix"),
        Wrong("check 1.2.3.4 5.6.7", .badArgument, "'5.6.7'"),
        Wrong("bans after=x", .badArgument, "after: 'x' is not an address"),
        Wrong("bans under=10.0.0.0/33", .badArgument, "the prefix length is greater than 32"),
        // Integers.
        Wrong("processes top=0", .badArgument, "top: '0' must be an integer from 1 to 100"),
        Wrong("processes top=101", .badArgument, "must be an integer from 1 to 100"),
        Wrong("processes top=010", .badArgument, "must be an integer"),
        Wrong("processes top=+5", .badArgument, "must be an integer"),
        Wrong("processes top=-5", .badArgument, "must be an integer"),
        Wrong("processes top=5.0", .badArgument, "must be an integer"),
        Wrong("processes top=0x5", .badArgument, "must be an integer"),
        Wrong("processes top=", .badArgument, "must be an integer"),
        Wrong("processes top=\" 5\"", .badArgument, "must be an integer"),
        Wrong("processes top=５", .badArgument, "must be an integer"),
        Wrong("processes top=99999999999999999999", .badArgument, "must be an integer"),
        Wrong("processes top=999999999999999999999999", .badArgument, "must be an integer"),
        Wrong("bans limit=1001", .badArgument, "limit: '1001' must be an integer from 1 to 1000"),
        Wrong("strikes limit=0", .badArgument, "must be an integer from 1 to 1000"),
        Wrong("events limit=1001", .badArgument, "must be an integer from 1 to 1000"),
        Wrong("strike 1.2.3.4 weight=0", .badArgument, "weight: '0' must be an integer"),
        Wrong("strike 1.2.3.4 weight=1001", .badArgument, "must be an integer from 1 to 1000"),
        Wrong("metrics history hours=8761", .badArgument, "must be an integer from 1 to 8760"),
        // Seconds.
        Wrong("metrics history step=0", .badArgument, "step: '0' must be seconds from 1 to 86400"),
        Wrong("metrics history step=1500ms", .badArgument, "must be seconds"),
        Wrong("metrics history step=2d", .badArgument, "must be seconds"),
        Wrong("metrics history step=05", .badArgument, "must be seconds"),
        // Ids.
        Wrong("events after=-1", .badArgument, "after: '-1' must be the ID of an event"),
        Wrong("events after=007", .badArgument, "must be the ID"),
        Wrong("events after=18446744073709551616", .badArgument, "must be the ID"),
        Wrong("watch after=", .badArgument, "must be the ID"),
        // Words.
        Wrong("events severity=Info", .badArgument, "must be one of info, warning, critical"),
        Wrong("events severity=", .badArgument, "must be one of info, warning, critical"),
        Wrong("watch Guard", .badArgument, "topic: 'Guard' must be one of health, guard"),
        Wrong("watch \"\"", .badArgument, "topic: '' must be one of"),
        // Texts.
        Wrong("ban 1.2.3.4 reason=", .badArgument, "must be text of 1 to 256 bytes"),
        Wrong("ban 1.2.3.4 reason=\"\"", .badArgument, "must be text of 1 to 256 bytes"),
        Wrong("strike 1.2.3.4 source=\"\"", .badArgument, "must be text of 1 to 64 bytes"),
        Wrong(
            "ban 1.2.3.4 confirm=60 exact=true", .badArgument,
            "confirm: cannot be given together with exact"),
        // Places.
        Wrong("strike 1.2.3.4 place=1", .badArgument, "place: '1' must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=a\u{fffd}:1", .badArgument, "must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=:1", .badArgument, "must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=a:", .badArgument, "must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=a:-1", .badArgument, "must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=a:01", .badArgument, "must be STREAM:N"),
        Wrong("strike 1.2.3.4 place=a:18446744073709551616", .badArgument, "must be STREAM:N"),
        Wrong(
            "strike 1.2.3.4 place=\(String(repeating: "a", count: 129)):1", .badArgument,
            "must be STREAM:N"),
        // Times and lifetimes.
        Wrong(
            "ban 1.2.3.4 ttl=1h until=1763716290", .badArgument,
            "until: cannot be given together with ttl"),
        Wrong("ban 1.2.3.4 until=tomorrow", .badArgument, "until: 'tomorrow' must be a time"),
        Wrong("ban 1.2.3.4 until=-5", .badArgument, "must be a time"),
        Wrong("ban 1.2.3.4 until=0x10", .badArgument, "must be a time"),
        Wrong("ban 1.2.3.4 until=01763716290", .badArgument, "must be a time"),
        Wrong("ban 1.2.3.4 until=9999999999999", .badArgument, "must be a time"),
        Wrong("strike 1.2.3.4 at=2026-02-29T00:00:00Z", .badArgument, "at: '2026-02-29T00:00:00Z'"),
        Wrong("strike 1.2.3.4 at=2026-12-31T23:59:60Z", .badArgument, "must be a time"),
    ])
    func lines(wrong: Wrong) {
        let refusal = refusal(of: wrong.line)
        #expect(refusal?.code == wrong.code)
        #expect(refusal?.message.contains(wrong.says) == true, "\(refusal?.message ?? "accepted")")
    }

    @Test func whatIsMissingIsShown() {
        #expect(
            refusal(of: "ban")?.hint
                == "usage: ban IP|CIDR... [ttl=TTL] [until=TIME] [reason=TEXT] [source=TEXT]"
                + " [confirm=SECONDS] [force=true|false] [exact=true|false]")
        #expect(
            refusal(of: "ban 1.2.3.4 x=1")?.hint
                == "ban takes ttl, until, reason, source, confirm, force, exact")
        #expect(refusal(of: "ping x=1")?.hint == "ping takes no arguments of the form key=value")
    }

    @Test(
        arguments: [
            ("1s", .milliseconds(1_000)), ("1000ms", .milliseconds(1_000)),
            ("999ms", nil), ("0s", nil), ("0d", nil), ("1500ms", .milliseconds(1_500)),
            ("10m", .milliseconds(600_000)), ("3650d", .milliseconds(315_360_000_000)),
            ("3651d", nil), ("87600h", .milliseconds(315_360_000_000)), ("87601h", nil),
            ("permanent", .permanent), ("Permanent", nil), ("PERMANENT", nil), ("forever", nil),
            ("60", nil), ("1H", nil), ("1h30m", nil), ("1.5h", nil), ("-1h", nil), ("+1h", nil),
            ("01h", nil), ("1 h", nil), ("h", nil), ("", nil), ("１h", nil), ("1\u{301}h", nil),
            ("999999999999999d", nil), ("99999999999999999999s", nil), ("1w", nil), ("1µs", nil),
            ("1h\u{301}", nil),
        ] as [(String, Lifetime?)])
    func lifetimes(text: String, lifetime: Lifetime?) throws {
        let outcome = answer(to: "ban 203.0.113.9 ttl=\"\(text)\"")
        guard let lifetime else {
            guard case .failure(let refusal) = outcome else {
                Issue.record("accepted")
                return
            }
            #expect(refusal.code == .badArgument)
            #expect(refusal.message.contains("must be a duration from 1s to 3650d"))
            return
        }
        let ban = Command.ban(Targets(try target("203.0.113.9")), BanTerms(lifetime: lifetime))
        #expect(outcome == .success(ban))
    }

    @Test(arguments: [("reason", 256), ("source", 64)])
    func textsHaveBounds(key: String, limit: Int) throws {
        let verb = "ban"
        for filler in ["x", "é", "😀"] {
            let size = filler.utf8.count
            let fits = String(repeating: filler, count: limit / size)
            guard case .success = answer(to: "\(verb) 1.2.3.4 \(key)=\(fits)") else {
                Issue.record("\(limit) bytes of \(filler) are refused")
                continue
            }
            let refusal = refusal(of: "\(verb) 1.2.3.4 \(key)=\(fits)\(filler)")
            #expect(refusal?.code == .badArgument)
        }
    }

    /// Issue 2, "What it must show": folded or refused as designed.
    @Test(arguments: [
        ("010.0.0.1", "a number has a leading zero"), ("1.2.3", "expected four numbers"),
        ("0x7f000001", "expected four numbers"), ("0x7f.0.0.1", "expected four numbers"),
        ("2130706433", "a number is greater than 255"), ("127.1", "expected four numbers"),
        ("1.2.3.4.5", "expected four numbers"), ("256.1.1.1", "a number is greater than 255"),
        ("1.2.3.4\\n5", "cannot contain a line break"),
        ("1.2.3.4\\u0000", "cannot contain a control character"),
        ("１.2.3.4", "non-ASCII character"), ("1.2.3.٤", "non-ASCII character"),
        ("", "the address is empty"), (" 1.2.3.4", "cannot contain a space"),
        ("1.2.3.4 ", "cannot contain a space"),
        ("fe80::1%eth0", "expected groups"), ("fe80::1%25eth0", "expected groups"),
        ("[::1]", "expected groups"), ("1.2.3.4:80", "expected four numbers"),
        ("::1::", "expected groups"),
        (":::", "expected groups"), ("1:2:3:4:5:6:7:8:9", "expected groups"),
        ("::ffff:1.2.3.256", "a number is greater than 255"),
        ("10.0.0.0/08", "expected a prefix length"),
        ("10.0.0.0/", "expected a prefix length"), ("10.0.0.0/33", "greater than 32"),
        ("::/129", "greater than 128"),
        ("localhost", "expected four numbers"), ("1,2,3,4", "expected four numbers"),
    ])
    func badAddresses(written: String, says: String) {
        for verb in ["check", "ban", "unban", "hit", "strike", "success", "clear", "why"] {
            for line in ["\(verb) \"\(written)\"", "\(verb) \(written)"] {
                guard !line.hasSuffix(" "), !line.contains("  "), !line.hasSuffix("\\n5"),
                    !line.hasSuffix("\\u0000")
                else { continue }
                let refusal = refusal(of: line)
                #expect(refusal?.code == .badArgument)
                #expect(
                    refusal?.message.contains(says) == true, "\(refusal?.message ?? "accepted")")
                #expect(refusal?.message.hasPrefix("ip: ") == true)
            }
        }
    }

    @Test(arguments: [
        ("::ffff:1.2.3.4", "1.2.3.4"), ("::ffff:0102:0304", "1.2.3.4"),
        ("::FFFF:1.2.3.4/128", "1.2.3.4"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ])
    func mappedAddressesAreFolded(written: String, meant: String) throws {
        let folded = try target(meant)
        guard case .success(.check(let targets)) = answer(to: "check \(written)") else {
            Issue.record("refused")
            return
        }
        #expect(targets.first.network == folded.network)
    }
}
