// Names in dates: months, days of the week, halves of the day, zones.  English only.
//
// 1. fail2ban takes months and days by the locale that it runs in; this takes them in English,
//    which logs are written in unless a program was told otherwise.
// 2. An abbreviation of a zone is one offset, without summer time, and where several zones share it
//    (CST, IST, BST) fail2ban's choice holds: a filter shall mean the same here.

/// The place of a name in its list, by its bytes in either case.
enum DateName {
    static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
    ]
    static let weekdays = [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    ]

    /// The month 1...12 of a full name, or of its first three letters.
    static func month(_ text: Span<UInt8>, isShort: Bool) -> Int? {
        if isShort { return text.count == 3 ? month(text, at: 0) : nil }
        return index(of: text, in: months).map { $0 + 1 }
    }

    /// The day of the week, 0 for Monday, of a full name, or of its first three letters.
    static func weekday(_ text: Span<UInt8>, isShort: Bool) -> Int? {
        if isShort { return text.count == 3 ? weekday(text, at: 0) : nil }
        return index(of: text, in: weekdays)
    }

    /// The month 1...12 of which the three letters at `position` are.
    @inline(__always)
    static func month(_ text: Span<UInt8>, at position: Int) -> Int? {
        switch letters(text, at: position) {
        case 0x6A616E: 1
        case 0x666562: 2
        case 0x6D6172: 3
        case 0x617072: 4
        case 0x6D6179: 5
        case 0x6A756E: 6
        case 0x6A756C: 7
        case 0x617567: 8
        case 0x736570: 9
        case 0x6F6374: 10
        case 0x6E6F76: 11
        case 0x646563: 12
        default: nil
        }
    }

    /// The day of the week of which the three letters at `position` are.
    static func weekday(_ text: Span<UInt8>, at position: Int) -> Int? {
        switch letters(text, at: position) {
        case 0x6D6F6E: 0
        case 0x747565: 1
        case 0x776564: 2
        case 0x746875: 3
        case 0x667269: 4
        case 0x736174: 5
        case 0x73756E: 6
        default: nil
        }
    }

    /// Three bytes in lower case as one number; 0 past the end, or if one is not a letter.
    @inline(__always)
    private static func letters(_ text: Span<UInt8>, at position: Int) -> UInt32 {
        guard position >= 0, position + 3 <= text.count else { return 0 }
        let (first, second, third) = (text[position], text[position + 1], text[position + 2])
        // 0x40 is set in a letter of either case; or-ing 0x20 could make one of nothing else.
        guard first & second & third & 0x40 != 0 else { return 0 }
        return UInt32(first | 0x20) << 16 | UInt32(second | 0x20) << 8 | UInt32(third | 0x20)
    }

    private static func index(of text: Span<UInt8>, in names: [String]) -> Int? {
        names.firstIndex { isEqual(text, $0) }
    }

    /// Whether the bytes are this name, which is in lower case, in either case.
    static func isEqual(_ text: Span<UInt8>, _ name: String) -> Bool {
        guard text.count == name.utf8.count else { return false }
        var position = 0
        for byte in name.utf8 {
            guard text[position] | 0x20 == byte, text[position] & 0x40 != 0 else { return false }
            position += 1
        }
        return true
    }
}

/// Zones by what a date says: `Z`, `+0200`, `CET`, `UTC+02:00`.
enum ZoneName {
    /// Minutes east of UTC; nil if it is not a zone that is known.  Names are in capitals.
    static func minutes(of text: String) -> Int? {
        let bytes = Array(text.utf8.prefix(16))
        return minutes(of: bytes.span)
    }

    /// The same of bytes.
    static func minutes(of text: Span<UInt8>) -> Int? {
        var name: [UInt8] = []
        var position = 0
        while position < text.count, (0x41...0x5A).contains(text[position] & 0xDF), position < 8 {
            name.append(text[position])
            position += 1
        }
        var minutes = 0
        if !name.isEmpty {
            guard let known = offsets[String(decoding: name, as: UTF8.self)] else { return nil }
            minutes = known
        }
        guard position < text.count else { return name.isEmpty ? nil : minutes }
        guard let offset = offset(text, from: position) else { return nil }
        return minutes + offset
    }

    /// `+hh`, `+hhmm` or `+hh:mm` up to the end, in minutes; the hour begins with 0 or 1.
    static func offset(_ text: Span<UInt8>, from start: Int) -> Int? {
        guard start + 3 <= text.count, text[start] == 0x2B || text[start] == 0x2D,
            text[start + 1] == 0x30 || text[start + 1] == 0x31,
            let hours = digits(text, at: start + 1)
        else { return nil }
        var minutes = hours * 60
        var position = start + 3
        if position < text.count {
            if text[position] == 0x3A { position += 1 }
            guard position + 2 == text.count, let rest = digits(text, at: position) else {
                return nil
            }
            minutes += rest
        }
        return text[start] == 0x2D ? -minutes : minutes
    }

    private static func digits(_ text: Span<UInt8>, at position: Int) -> Int? {
        guard position + 2 <= text.count, (0x30...0x39).contains(text[position]),
            (0x30...0x39).contains(text[position + 1])
        else { return nil }
        return Int(text[position] - 0x30) * 10 + Int(text[position + 1] - 0x30)
    }

    private static let offsets: [String: Int] = {
        var all: [String: Int] = [:]
        for (minutes, names) in byOffset {
            for name in names.split(separator: " ") { all[String(name)] = minutes }
        }
        return all
    }()

    /// Abbreviations by their minutes east of UTC.
    private static let byOffset: [Int: String] = [
        -720: "Y",
        -660: "NUT SST X",
        -600: "CKT HAST HST TAHT TKT W",
        -570: "MART MIT",
        -540: "AKST GAMT GIT HADT HNY V",
        -480: "AKDT CIST HAY HNP PST PT U",
        -420: "HAP HNR MST PDT T",
        -360: "CST EAST GALT HAR HNC MDT S",
        -300: "CDT COT EASST ECT EST ET HAC HNE PET R",
        -270: "HLV VET",
        -240: "AST BOT CLT COST EDT FKT GYT HAE HNA PYT Q",
        -210: "HNT NST NT",
        -180: "ADT ART BRT CLST FKST GFT HAA P PMST PYST SRT UYT WGT",
        -150: "HAT NDT",
        -120: "BRST FNT O PMDT UYST WGST",
        -60: "AZOT CVT EGT N",
        0: "EGST GMT UTC WET WT Z",
        60: "A CET DFT WAT WEDT WEST",
        120: "B CAT CEDT CEST EET SAST WAST",
        180: "C EAT EEDT EEST IDT MSK",
        210: "IRST",
        240: "AMT AZT D GET GST KUYT MSD MUT RET SAMT SCT",
        270: "AFT IRDT",
        300: "AMST AQTT AZST E HMT MAWT MVT PKT TFT TJT TMT UZT YEKT",
        330: "SLT",
        345: "NPT",
        360: "ALMT BIOT BTT F IOT KGT NOVT OMST YEKST",
        390: "CCT MMT",
        420: "CXT DAVT G HOVT ICT KRAT NOVST OMSST THA WIB",
        480: "ACT AWST BDT BNT CAST H HKT IRKT KRAST MYT PHT SGT ULAT WITA WST",
        540: "AWDT I IRKST JST KST PWT TLT WDT WIT YAKT",
        570: "ACST",
        600: "AEST ChST K PGT VLAT YAKST YAPT",
        630: "ACDT LHST",
        660: "AEDT L LHDT MAGT NCT PONT SBT VLAST VUT",
        690: "NFT",
        720: "ANAST ANAT FJT GILT M MAGST MHT NZST PETST PETT TVT WFT",
        780: "FJST NZDT",
    ]
}
