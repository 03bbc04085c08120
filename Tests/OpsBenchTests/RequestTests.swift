// 1 keys: distinct, the same for a seed; 2 templates; 3 the stream of requests.

import Testing

@testable import OpsBench

@Suite struct RequestTests {
    private func texts(_ keys: KeySpace, _ count: Int) -> [String] { (0..<count).map(keys.text) }

    /// The first `count` requests of a stream.
    private func requests(
        _ workload: Workload, _ keys: KeySpace, _ count: Int, isSequential: Bool = false
    ) -> String {
        var stream = RequestStream(workload, keys, isSequential: isSequential)
        var buffer = [UInt8](repeating: 0, count: workload.limitBytes * count)
        var end = 0
        for _ in 0..<count { end = stream.write(into: &buffer, at: end) }
        return String(decoding: buffer[..<end], as: UTF8.self)
    }

    @Test("1.1 no two keys are the same", arguments: [0, 37, 100])
    func distinct(ipv6Percent: Int) {
        let keys = KeySpace(count: 100_000, seed: 7, ipv6Percent: ipv6Percent)
        let all = texts(keys, 100_000)
        #expect(Set(all).count == 100_000)
        #expect(all.allSatisfy { $0.utf8.count <= KeySpace.textLimitBytes })
        let ipv6 = all.count { $0.contains(":") }
        #expect(abs(ipv6 - 1_000 * ipv6Percent) < 1_000)
        for text in all.prefix(1_000) {
            if text.contains(":") {
                #expect(text.hasPrefix("2001:db8:") && text.hasSuffix("::1"))
            } else {
                let octets = text.split(separator: ".").compactMap { Int($0) }
                #expect(octets.count == 4 && octets[0] >= 240 && octets.allSatisfy { $0 < 256 })
            }
        }
    }

    @Test("1.2 the scrambling is a permutation over the whole space, so over each part of it")
    func permutation() {
        let keys = KeySpace(count: KeySpace.limit, seed: .max)
        var seen = Set<UInt64>()
        for number in stride(from: UInt64(0), to: UInt64(KeySpace.limit), by: 1_021) {
            let bits = keys.scrambled(number)
            #expect(bits < UInt64(KeySpace.limit))
            seen.insert(bits)
        }
        #expect(seen.count == (KeySpace.limit + 1_020) / 1_021)
    }

    @Test("1.3 a seed determines the keys; another seed has others")
    func seeds() {
        let one = texts(KeySpace(count: 1_000, seed: 1), 1_000)
        #expect(one == texts(KeySpace(count: 1_000, seed: 1), 1_000))
        #expect(Set(one).intersection(texts(KeySpace(count: 1_000, seed: 2), 1_000)).count < 10)
        // What was preloaded with fewer keys is among more.
        #expect(one == texts(KeySpace(count: 5_000, seed: 1), 1_000))
        // Written down, so that a later version asks for the same addresses.
        #expect(Array(one.prefix(2)) == ["250.207.181.209", "248.101.214.212"])
    }

    @Test(
        "2.1 holes, escapes and line ends",
        arguments: [
            (["ping"], "\n", "ping\n", 1),
            (["EXISTS ban:{ip}"], "\r\n", "EXISTS ban:IP\r\n", 1),
            ([#"INCR {ip}\r\nEXPIRE {ip} 60"#], "\r\n", "INCR IP\r\nEXPIRE IP 60\r\n", 2),
            (["INCR {ip}", "EXPIRE {ip} 60"], "\r\n", "INCR IP\r\nEXPIRE IP 60\r\n", 2),
            (["x {n} {ip", "}{ipp}"], "\n", "x 4 {ip\n}{ipp}\n", 2),
            ([#"a\\n\t\q\"#], "\n", "a\\n\t\\q\\\n", 1),
            ([""], "\n", "\n", 1),
        ])
    func templates(lines: [String], end: String, rendered: String, replies: Int) {
        let keys = KeySpace(count: 10, seed: 1)
        let template = RequestTemplate(lines, end: end)
        var bytes = [UInt8](repeating: 0, count: template.limitBytes)
        var span = bytes.mutableSpan
        let written = template.write(4, of: keys, into: &span, at: 0)
        let text = String(decoding: bytes[..<written], as: UTF8.self)
        #expect(text == rendered.replacing("IP", with: keys.text(4)))
        #expect(template.replies == replies)
    }

    @Test("2.2 the longest request fits its bound")
    func bound() {
        let template = RequestTemplate(["{n} {ip}"], end: "\n")
        let keys = KeySpace(count: KeySpace.limit, seed: 9, ipv6Percent: 100)
        var bytes = [UInt8](repeating: 0, count: template.limitBytes)
        var span = bytes.mutableSpan
        let last = UInt64(KeySpace.limit - 1)
        #expect(template.write(last, of: keys, into: &span, at: 0) == template.limitBytes)
    }

    @Test("3.1 a stream is the same for the same seed", arguments: Workload.own.map(\.name))
    func streams(name: String) throws {
        let workload = try #require(Workload(named: name))
        let keys = KeySpace(count: 1_000, seed: 3)
        let text = requests(workload, keys, 500)
        #expect(text == requests(workload, keys, 500))
        #expect(text.utf8.count { $0 == 0x0a } == 500 * workload.repliesPerRequest)
        let other = requests(workload, KeySpace(count: 1_000, seed: 4), 500)
        if name != "ping" && name != "spend" { #expect(text != other) }
    }

    @Test("3.2 a sequential stream asks for each key once, in turn, and again")
    func sequential() throws {
        let keys = KeySpace(count: 3, seed: 1)
        let text = requests(try #require(Workload(named: "check")), keys, 4, isSequential: true)
        #expect(text == [0, 1, 2, 0].map { "check \(keys.text($0))\n" }.joined())
    }

    @Test("3.3 a random stream asks for all of few keys, and for no others")
    func random() throws {
        let keys = KeySpace(count: 10, seed: 1)
        let text = requests(try #require(Workload(named: "check")), keys, 1_000)
        let asked = Set(text.split(separator: "\n").map(String.init))
        #expect(asked == Set((0..<10).map { "check \(keys.text($0))" }))
    }

    @Test("3.4 the mix has its shares")
    func mixed() throws {
        let keys = KeySpace(count: 1_000, seed: 1)
        let text = requests(try #require(Workload(named: "mixed")), keys, 20_000)
        var counts: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            counts[line.prefix { $0 != " " }, default: 0] += 1
        }
        for (verb, percent) in [("check", 70), ("hit", 25), ("strike", 3), ("ban", 2)] {
            #expect(abs((counts[verb[...]] ?? 0) - 200 * percent) < 250)
        }
    }

    @Test("3.5 the shares of each workload are a hundred, and its replies the same")
    func shares() {
        for (name, lines) in Workload.own {
            #expect(lines.reduce(0) { $0 + $1.percent } == 100)
            #expect(Workload(named: name)?.repliesPerRequest == (name == "reserve" ? 2 : 1))
        }
    }
}
