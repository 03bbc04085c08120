import Testing

@testable import OpsCore

@Suite("Addresses with a meaning of their own")
struct SpecialNetworkTests {
    @Test(
        "Private networks end where the registries say",
        arguments: [
            ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("172.15.255.255", false), ("172.16.0.1", true), ("172.31.255.255", true),
            ("172.32.0.0", false), ("192.168.0.1", true), ("192.167.255.255", false),
            ("192.169.0.0", false), ("100.63.255.255", false), ("100.64.0.1", true),
            ("100.127.255.255", true), ("100.128.0.0", false), ("169.254.1.1", true),
            ("169.253.255.255", false), ("fc00::1", true), ("fdff::1", true), ("fe00::1", false),
            ("fe80::1", true), ("febf::1", true), ("fec0::1", false), ("2001:db8::1", false),
            ("192.168.0.0/16", true), ("192.0.0.0/8", false),
        ])
    func privateNetworks(text: String, isPrivate: Bool) throws {
        #expect(try #require(Network(parsing: text)).isPrivate == isPrivate)
    }
}
