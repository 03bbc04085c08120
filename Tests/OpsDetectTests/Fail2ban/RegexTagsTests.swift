// The numbers are those of RegexTags.swift.

import Testing

@testable import OpsDetect

@Suite("fail2ban's tags")
struct RegexTagsTests {
    private let address4 = #"(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})"#
    private let address6 =
        "(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|::){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))"

    @Test("1. What is not a tag stays as it is")
    func others() {
        let texts = [
            "", "<", "<>", "a<b", "<host>", "(?P<user>x)", "<A B>", "<//>", "<F->", "</F-A>",
        ]
        for text in texts {
            #expect(RegexTags.expand(text) == text)
        }
        #expect(RegexTags.expand("<F-MLFFORGET/>") == "<F-MLFFORGET/>")
    }

    @Test("2. A host is an address or a name, an address is an address")
    func host() {
        let address = #"\[?(?:"# + address4 + "|" + address6 + #")\]?"#
        #expect(
            RegexTags.expand("^from <HOST>$") == "^from (?:" + address
                + #"|(?P<dns>[\w\-.^_]*\w))$"#)
        for tag in ["ADDR", "F-ADDR/"] {
            #expect(RegexTags.expand("^from <\(tag)>$") == "^from \(address)$")
        }
        #expect(RegexTags.expand("<IP4>") == address4)
        #expect(RegexTags.expand("<F-IP6/>") == address6)
        #expect(RegexTags.expand("<DNS>") == #"(?P<dns>[\w\-.^_]*\w)"#)
        #expect(RegexTags.expand("<CIDR>") == #"(?P<cidr>\d+)"#)
        #expect(
            RegexTags.expand("<SUBNET>") == #"\[?(?:"# + address4 + "|" + address6
                + #")(?:/(?P<cidr>\d+))?\]?"#)
    }

    @Test(
        "3. <F-NAME> opens a group, </F-NAME> closes it",
        arguments: [
            (#"<F-USER>\S+</F-USER>"#, #"(?P<user>\S+)"#),
            ("<F-ID>x</F-ID>", "(?P<fid>x)"), ("<F-PORT>1</F-PORT>", "(?P<fport>1)"),
            (#"<F-ID/>"#, #"(?P<fid>\S+)"#), ("<F-PORT/>", #"(?P<fport>\w+)"#),
            ("<F-ALT_USER_1>x</F-ALT_USER_1>", "(?P<alt_user_1>x)"),
            ("<F-TUPLE_ID>x</F-TUPLE_ID>", "(?P<tuple_id>x)"),
            ("<F-NOFAIL><F-MLFFORGET>x</F-MLFFORGET></F-NOFAIL>", "(?P<nofail>(?P<mlfforget>x))"),
            ("^a<F-CONTENT>.+</F-CONTENT>$", "^a(?P<content>.+)$"),
            ("</F-A><F-A>", "</F-A>(?P<a>"),
        ])
    func groups(pattern: String, expected: String) {
        #expect(RegexTags.expand(pattern) == expected)
    }

    @Test("4. Skipped lines are groups with numbers")
    func skipped() {
        #expect(
            RegexTags.expand("a<SKIPLINES>b<SKIPLINES>c")
                == #"a\n(?P<skiplines0>(?:(?:.*\n)*?))b\n(?P<skiplines1>(?:(?:.*\n)*?))c"#)
    }

    @Test(
        "5. A flag ends with its group",
        arguments: [
            ("x((?i)ab)", "x(?i:ab)"), ("(?:(?i)ab)", "(?i:ab)"), ("(?i)ab", "(?i)ab"),
            (#"\((?i)ab"#, #"\((?i)ab"#), ("((?:a))", "((?:a))"), ("((?", "((?"),
        ])
    func flags(pattern: String, expected: String) {
        #expect(RegexTags.expand(pattern) == expected)
    }

    @Test("A pattern that says nobody is known")
    func subjects() {
        #expect(RegexTags.namesSubject(RegexTags.expand("a <HOST>")))
        #expect(RegexTags.namesSubject(RegexTags.expand("<F-MLFID>a</F-MLFID>")))
        #expect(!RegexTags.namesSubject(RegexTags.expand("a <F-USER>b</F-USER>")))
        #expect(!RegexTags.namesSubject(#"\(?P<ip4>a [(?P<ip4>]"#))
        #expect(!RegexTags.namesSubject(#"[]\](?P<ip4>a"#))
    }

    @Test("A pattern that could name hosts is known")
    func names() {
        #expect(RegexTags.takesHostNames("a <HOST>"))
        #expect(RegexTags.takesHostNames("<DNS>"))
        #expect(!RegexTags.takesHostNames("<ADDR> <IP4>"))
    }
}
