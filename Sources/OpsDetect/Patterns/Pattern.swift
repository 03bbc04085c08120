// A compiled regular expression, and its search.
//
// 1. Patterns are PCRE2's, UTF and UCP, with the spelling of Python taken too (PatternSpelling).  A
//    name may stand for several groups: those of alternatives.
// 2. A subject is valid UTF-8: the caller has repaired it (UTF8Repair).  PCRE2 does not check it
//    again for each of thirty patterns.
// 3. Every search is bounded in steps, depth and memory (PatternLimits), and in time together with
//    the others of its line (LineBudget).  It allocates nothing once the thread's workspace has
//    grown to what its patterns need.
// 4. A pattern has several forms, which find the same.  Long subjects, and those that take many
//    steps, are searched by one that looks at the clock, and is slower by half.  Subjects of ASCII,
//    which are nearly all, are searched by one without UTF and UCP, which is faster: what is a
//    letter, a digit or a space of ASCII is so by Unicode, too.  All but the first are compiled
//    when a subject comes that wants them.
//
// Source: pcre2api(3), pcre2pattern(3), pcre2limits(3).

@preconcurrency import CPCRE2

/// How a pattern is compiled.
package struct PatternOptions: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt8
    /// Options out of their bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Subject and pattern are UTF-8, and `\w`, `\d`, `\s`, `\b` are Unicode's, as Python has it.
    package static let utf = PatternOptions(rawValue: 1)
    /// Letters match in both cases.
    package static let caseless = PatternOptions(rawValue: 2)
    /// `^` and `$` match at each line: filters of several lines.
    package static let multiline = PatternOptions(rawValue: 4)

    fileprivate var bits: UInt32 {
        var bits = UInt32(PCRE2_DUPNAMES) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        if contains(.utf) { bits |= UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) }
        if contains(.caseless) { bits |= UInt32(PCRE2_CASELESS) }
        if contains(.multiline) { bits |= UInt32(PCRE2_MULTILINE) }
        return bits
    }
}

/// Why a pattern does not compile.
package struct PatternFault: Error, Hashable, Sendable {
    /// PCRE2's words, such as `missing closing parenthesis`.
    package let message: String
    /// Where in the pattern as it was given, in bytes.
    package let offset: Int
}

/// What a search came to.
package enum PatternOutcome: Hashable, Sendable {
    case found
    case none
    /// The subject made the pattern take more steps, depth or memory than it may: not a match.
    case limitReached
    /// An error of PCRE2, by its number: a fault of ours, such as a subject that is not UTF-8.
    case failed(Int32)
}

/// A regular expression.  Compiled once, and searched by the thread that it belongs to.
package final class Pattern {
    /// The pattern as it was given.
    package let text: String
    /// How it was compiled.
    package let options: PatternOptions
    /// Each name and its group; of several groups of one name the lowest (`numbers(of:)` has all).
    package let groups: [String: Int]
    /// Bytes of the compiled pattern.
    package let compiledBytes: Int
    /// How many groups it has, without group 0.
    package let groupCount: Int
    private let alternatives: [String: [Int]]
    /// Whether there is a form for subjects of ASCII.
    private let hasPlainForm: Bool
    /// What was compiled, by the bits of `Form`.
    private var forms: [OpaquePointer?] = [nil, nil, nil, nil]

    /// What a subject wants.
    private struct Form: OptionSet {
        let rawValue: Int
        /// No UTF and no UCP.
        static let plain = Form(rawValue: 1)
        /// Looks at the clock.
        static let watched = Form(rawValue: 2)
    }

    /// The longest pattern that is taken, in bytes.
    package static let textLimitBytes = 65_536

    /// Compiles `text`.
    package convenience init(
        _ text: String, options: PatternOptions = [.utf]
    ) throws(PatternFault) {
        try self.init(text, options: options, hasPlainForm: true)
    }

    /// `hasPlainForm`: a form for ASCII is made, if there can be one.
    init(_ text: String, options: PatternOptions, hasPlainForm: Bool) throws(PatternFault) {
        guard text.utf8.count <= Self.textLimitBytes else {
            throw PatternFault(
                message: "longer than \(Self.textLimitBytes) bytes", offset: Self.textLimitBytes)
        }
        let spelling = PatternSpelling(text)
        let code = try Self.compile(spelling, options.bits)
        self.text = text
        self.options = options
        groupCount = Int(PatternInfo.number(code, PCRE2_INFO_CAPTURECOUNT))
        alternatives = PatternInfo.names(code)
        groups = alternatives.compactMapValues { $0.min() }
        let isPlain =
            hasPlainForm && options.contains(.utf) && spelling.bytes.allSatisfy { $0 < 0x80 }
        // It has no character that is more than a byte, or else there is no such form.
        if isPlain, let plain = try? Self.compile(spelling, Self.plainBits(options)) {
            self.hasPlainForm = true
            compiledBytes = Int(PatternInfo.size(plain))
            forms[Form.plain.rawValue] = plain
            pcre2_code_free_8(code)
        } else {
            self.hasPlainForm = false
            compiledBytes = Int(PatternInfo.size(code))
            forms[0] = code
        }
    }

    deinit {
        for code in forms { pcre2_code_free_8(code) }
    }

    private static func plainBits(_ options: PatternOptions) -> UInt32 {
        options.subtracting(.utf).bits
    }

    /// Every group of this name, in ascending order; none when there is no such name.
    package func numbers(of name: String) -> [Int] { alternatives[name] ?? [] }

    /// Looks for the first match at or after `from`, and puts its groups into `match`.
    ///
    /// `subject` is valid UTF-8.  `budget` is what is left of the time for the line; once it is
    /// over every search comes to `.limitReached`.  `steps` is the most that this search may take,
    /// at most `PatternLimits.steps`.  What is in `match` is only of use after `.found`.
    package func search(
        _ subject: Span<UInt8>, from: Int = 0, into match: inout PatternMatch,
        steps: Int = PatternLimits.steps, budget: LineBudget
    ) -> PatternOutcome {
        if budget.spend(bytes: subject.count) { return .limitReached }
        let start = Self.boundary(subject, from)
        let workspace = PatternWorkspace.ofThread(groups: groupCount)
        let answer = search(workspace, subject, start, steps: steps, budget)
        if answer > 0 {
            match.read(workspace.positions, groups: groupCount, subjectBytes: subject.count)
            return .found
        }
        switch answer {
        case PCRE2_ERROR_NOMATCH: return .none
        case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT,
            PCRE2_ERROR_NOMEMORY:
            budget.check()
            return .limitReached
        default: return .failed(answer)
        }
    }

    /// First without a look at the clock, with as many steps as cannot last; that is enough for
    /// nearly all.
    private func search(
        _ workspace: PatternWorkspace, _ subject: Span<UInt8>, _ start: Int, steps: Int,
        _ budget: LineBudget
    ) -> Int32 {
        let form: Form = hasPlainForm && UTF8Repair.isASCII(subject) ? .plain : []
        if subject.count <= PatternLimits.freeBytes {
            guard let code = compiled(form, budget) else { return PCRE2_ERROR_NOMEMORY }
            let free = PatternLimits.freeSteps / max(subject.count, 1)
            let answer = workspace.search(code, subject, from: start, steps: min(steps, free))
            if answer != PCRE2_ERROR_MATCHLIMIT || steps <= free { return answer }
        }
        guard let watched = compiled(form.union(.watched), budget) else {
            return PCRE2_ERROR_NOMEMORY
        }
        return workspace.search(watched, subject, from: start, steps: steps, budget: budget)
    }

    /// A form, compiled the first time, for which the line waits; nil when there is no memory.
    private func compiled(_ form: Form, _ budget: LineBudget) -> OpaquePointer? {
        if let code = forms[form.rawValue] { return code }
        var bits = form.contains(.plain) ? Self.plainBits(options) : options.bits
        if form.contains(.watched) { bits |= UInt32(PCRE2_AUTO_CALLOUT) }
        forms[form.rawValue] = try? Self.compile(PatternSpelling(text), bits)
        budget.check()
        return forms[form.rawValue]
    }

    /// The first character that begins at or after `from`, within the subject.
    private static func boundary(_ subject: Span<UInt8>, _ from: Int) -> Int {
        var start = min(max(from, 0), subject.count)
        while start < subject.count, subject[start] & 0xC0 == 0x80 { start += 1 }
        return start
    }

    private static func compile(
        _ spelling: PatternSpelling, _ options: UInt32
    ) throws(PatternFault) -> OpaquePointer {
        var error: Int32 = 0
        var offset = 0
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
        pcre2_set_parens_nest_limit_8(context, PatternLimits.nesting)
        let code = spelling.bytes.withUnsafeBufferPointer { bytes in
            pcre2_compile_8(
                bytes.baseAddress, bytes.count, options, &error, &offset, context)
        }
        guard let code else {
            throw PatternFault(
                message: PatternInfo.message(error), offset: spelling.offset(of: offset))
        }
        return code
    }
}
