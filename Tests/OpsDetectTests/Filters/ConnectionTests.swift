import OpsCore
import OpsTestKit
import Testing

@testable import OpsDetect

/// A filter for a service whose lines of one connection begin alike: `gate[NUMBER]: `.
private func gate(limits: FilterLimits = FilterLimits()) throws -> FilterLines {
    try FilterLines(
        prefix: #"^<F-MLFID>gate\[\d+\]:</F-MLFID> <F-CONTENT>.+</F-CONTENT>$"#,
        [
            #"^wrong key for <F-USER>\S+</F-USER> from <HOST>$"#,
            #"^wrong word for <F-USER>\S+</F-USER>$"#,
            "^<F-NOFAIL>knock</F-NOFAIL> from <HOST>$",
            #"^<F-NOFAIL>asked</F-NOFAIL> for <F-USER>\S+</F-USER>$"#,
            "^too many$",
            #"^<F-MLFFORGET><F-MLFGAINED>welcome</F-MLFGAINED></F-MLFFORGET> <F-USER>\S+</F-USER> from <HOST>$"#,
            "^<F-NOFAIL><F-MLFFORGET>left</F-MLFFORGET></F-NOFAIL> <HOST>$",
            "^<F-MLFFORGET>thrown out</F-MLFFORGET> <HOST>$",
        ], limits: limits)
}

@Suite("Lines of one connection")
struct ConnectionTests {
    @Test("A failure without an address takes it from an earlier line of the connection")
    func addressBefore() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: knock from 192.0.2.1") == [])
        #expect(filter.read("gate[1]: too many") == ["192.0.2.1"])
        #expect(filter.read("gate[2]: too many") == [])
    }

    @Test("A failure without an address is pending, and is one when a later line brings it")
    func addressLater() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: wrong word for anna") == [])
        #expect(filter.run.statistics.pending == 1)
        let found = filter.findings("gate[1]: left 192.0.2.1")
        #expect(found.map { $0.address?.description ?? "-" } == ["192.0.2.1"])
        #expect(found.map(\.user) == ["anna"])
        // It left: the same number is another connection now.
        #expect(filter.read("gate[1]: too many") == [])
    }

    @Test("A line that is not a failure stays none, and is one of a pending failure only once")
    func pendingOnce() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: wrong word for anna") == [])
        #expect(filter.read("gate[1]: knock from 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("gate[1]: knock from 192.0.2.1") == [])
    }

    @Test("Who gets in is forgiven what was pending, and nothing after")
    func gained() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: wrong word for anna") == [])
        #expect(filter.read("gate[1]: welcome anna from 192.0.2.1") == [])
        #expect(filter.read("gate[1]: left 192.0.2.1") == [])
    }

    @Test("Who tried several names and gets in with one is not forgiven")
    func severalUsers() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: wrong word for anna") == [])
        #expect(filter.read("gate[1]: wrong word for bert") == [])
        #expect(filter.read("gate[1]: welcome bert from 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("gate[1]: knock from 192.0.2.1") == [])
    }

    @Test("The attempts of a connection are counted until they are told")
    func attempts() throws {
        let filter = try gate()
        _ = filter.read("gate[1]: asked for anna")
        _ = filter.read("gate[1]: wrong word for anna")
        #expect(filter.read("gate[1]: wrong key for anna from 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.run.lastFailure?.matches == 3)
        #expect(filter.read("gate[1]: wrong key for anna from 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.run.lastFailure?.matches == 1)
        #expect(filter.read("gate[1]: thrown out 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.run.lastFailure?.users == ["anna"])
    }

    @Test("A connection is known by the whole text that its lines have in common")
    func keys() throws {
        let filter = try gate()
        #expect(filter.read("gate[1]: knock from 192.0.2.1") == [])
        #expect(filter.read("gate[11]: knock from 192.0.2.2") == [])
        #expect(filter.read("gate[1]: too many") == ["192.0.2.1"])
        #expect(filter.read("gate[11]: too many") == ["192.0.2.2"])
    }

    @Test("A connection is remembered for five minutes after its first line")
    func expiry() throws {
        let filter = try gate()
        _ = filter.read("gate[1]: knock from 192.0.2.1")
        filter.now += 299_999
        #expect(filter.read("gate[1]: too many") == ["192.0.2.1"])
        filter.now += 1
        #expect(filter.read("gate[1]: too many") == [])
    }

    @Test("Of too many connections the oldest is forgotten, and it is counted")
    func overflow() throws {
        var limits = FilterLimits()
        limits.connections = 4
        let filter = try gate(limits: limits)
        for number in 1...5 { _ = filter.read("gate[\(number)]: knock from 192.0.2.\(number)") }
        #expect(filter.run.statistics.forgottenConnections == 1)
        #expect(filter.read("gate[2]: too many") == ["192.0.2.2"])
        // It is one more connection, for which the second is forgotten.
        #expect(filter.read("gate[1]: too many") == [])
        #expect(filter.read("gate[2]: too many") == [])
    }

    private func key(_ number: Int) -> ConnectionKey {
        ConnectionKey(Array("gate[\(number)]: ".utf8).span)
    }

    @Test("Those that end leave nothing behind, and one that stays is found")
    func nothingLeft() {
        var memory = ConnectionMemory(FilterLimits())
        let staying = Failure()
        #expect(memory.add(staying, for: key(-1), now: 0) == 0)
        for round in 0..<10_000 {
            #expect(memory.add(Failure(), for: key(round), now: 0) == 0)
            memory.remove(key(round))
        }
        #expect(memory.count == 1)
        #expect(memory.orderCount < 200)
        #expect(memory.failure(of: key(-1), now: 0) === staying)
    }

    @Test("It holds what a plain list of the last ones would hold")
    func likeAList() {
        var limits = FilterLimits()
        limits.connections = 50
        var memory = ConnectionMemory(limits)
        var list: [(key: Int, failure: Failure)] = []
        var numbers = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let number = Int(numbers.next() % 120)
            let known = list.first { $0.key == number }?.failure
            let found = memory.failure(of: key(number), now: 0)
            #expect(found === known)
            if numbers.next() % 3 == 0 {
                memory.remove(key(number))
                list.removeAll { $0.key == number }
            } else {
                let failure = Failure()
                list.removeAll { $0.key == number }
                let forgotten = memory.add(failure, for: key(number), now: 0)
                #expect(forgotten == (list.count == 50 ? 1 : 0))
                if list.count == 50 { list.removeFirst() }
                list.append((number, failure))
            }
            #expect(memory.count == list.count)
        }
        #expect(memory.orderCount < 400)
    }

    @Test("The names of a connection are bounded")
    func namesBounded() throws {
        let filter = try gate()
        for number in 0..<100 { _ = filter.read("gate[1]: wrong word for user\(number)") }
        _ = filter.read("gate[1]: left 192.0.2.1")
        #expect(filter.run.lastFailure?.users.count == Failure.usersLimit)
    }

    @Test("A process whose number is used again: the newest address counts, of either kind")
    func reused() throws {
        let filter = try FilterLines([
            "^<F-MLFID>sshd\\[\\d+\\]: </F-MLFID>refused <HOST>$"
        ])
        #expect(filter.read("sshd[7]: refused 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("sshd[7]: refused 2001:db8::7") == ["2001:db8::7/128"])
        #expect(filter.read("sshd[7]: refused 192.0.2.2") == ["192.0.2.2"])
    }
}
