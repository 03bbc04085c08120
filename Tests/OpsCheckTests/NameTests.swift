// Questions to name servers and hostile answers; /etc/hosts.

import OpsCore
import Testing

@testable import OpsCheck

@Suite struct NameTests {
    private func answer(
        _ question: [UInt8], flags: [UInt8] = [0x81, 0x80], count: UInt8 = 1, _ records: [UInt8]
    ) -> [UInt8] {
        var bytes = Array(question.dropLast(11))
        bytes.replaceSubrange(2..<4, with: flags)
        bytes[7] = count
        bytes[11] = 0
        return bytes + records
    }

    private func record(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
        [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
    }

    @Test func theQuestionIsThatOfRFC1035() throws {
        let question = try #require(DNSMessage.question("ab.example", .a, id: 0x1234))
        #expect(
            question == [
                0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 0x61, 0x62, 7, 0x65, 0x78, 0x61, 0x6d,
                0x70, 0x6c, 0x65, 0, 0, 1, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0,
            ])
        #expect(DNSMessage.question("ab.example.", .a, id: 0x1234) == question)
        #expect(DNSMessage.question("a..b", .a, id: 1) == nil)
        #expect(DNSMessage.question(String(repeating: "a", count: 64), .a, id: 1) == nil)
    }

    @Test func addressesAreFoundBehindOtherRecords() throws {
        let question = try #require(DNSMessage.question("a.b", .a, id: 7))
        let bytes = answer(
            question, count: 3,
            record(5, [1, 0x63, 0]) + record(1, [192, 0, 2, 1]) + record(1, [192, 0, 2, 2]))
        let found = try #require(DNSMessage.answer(bytes[...], to: question, .a))
        #expect(found.addresses == [[192, 0, 2, 1], [192, 0, 2, 2]])
        #expect(found.records == 3 && found.code == 0)
    }

    /// Another number, another name, a question: none of them is the answer.
    @Test func whatIsNotTheAnswerIsPassedOver() throws {
        let question = try #require(DNSMessage.question("a.b", .a, id: 7))
        let right = answer(question, record(1, [192, 0, 2, 1]))
        #expect(DNSMessage.answer(right[...], to: question, .a) != nil)
        for (place, byte) in [(0, 9), (1, 9), (2, 1), (13, 0x7a), (5, 2)] as [(Int, UInt8)] {
            var wrong = right
            wrong[place] = byte
            #expect(DNSMessage.answer(wrong[...], to: question, .a) == nil, "\(place)")
        }
        let nowhere = try #require(
            DNSMessage.answer(
                answer(question, flags: [0x81, 0x83], count: 0, [])[...], to: question, .a))
        #expect(nowhere.code == 3)
    }

    /// Every cut and every changed byte is read without a trap.
    @Test func damagedAnswersAreRead() throws {
        let question = try #require(DNSMessage.question("a.b", .a, id: 7))
        let right = answer(
            question, count: 2, record(5, [1, 0x63, 0]) + record(1, [192, 0, 2, 1]))
        for length in 0...right.count {
            _ = DNSMessage.answer(right.prefix(length), to: question, .a)
        }
        for place in right.indices {
            for byte in [0, 0x3f, 0x40, 0x80, 0xc0, 0xff] as [UInt8] {
                var wrong = right
                wrong[place] = byte
                _ = DNSMessage.answer(wrong[...], to: question, .a)
            }
        }
    }

    @Test func theHostKnowsSomeNames() {
        let names = HostNames(
            hosts: Array(
                "127.0.0.1 localhost\n192.0.2.7\tShop shop.lan # x\nbad y\n::7 shop\n".utf8),
            resolver: Array("nameserver 192.0.2.53\n".utf8))
        #expect(names.known("SHOP")?.count == 2)
        #expect(names.known("shop.lan.")?.first?.description == "192.0.2.7")
        #expect(names.known("y") == nil)
        #expect(names.known("192.0.2.9")?.count == 1)
        #expect(names.known("x.localhost")?.count == 2)
        #expect(names.servers.map(\.description) == ["192.0.2.53"])
        #expect(HostNames(hosts: [], resolver: []).servers.count == 1)
        for text in ["192.0.2.7", "2001:db8::7"] {
            let address = Network(parsing: text)
            #expect(address?.addressText == text)
            #expect(address.flatMap { Network(addressBytes: $0.addressBytes) } == address)
        }
    }
}
