// One check of an endpoint: up to three tries over each protocol, the best of which counts, and
// then the worse of both protocols.  Pure: it has no socket and no clock.

import OpsCore

/// What is to be done next for a check.
enum CheckStep: Hashable, Sendable {
    case start(TryFamily)
    /// Nothing before this time, milliseconds of boot time.
    case wait(Int64)
    case done(TryOutcome)
}

/// A check under way.
struct CheckRun: Hashable, Sendable {
    /// From the end of a try to the next, milliseconds.
    static let pauseMilliseconds: Int64 = 1_000

    let began: Int64
    private let tries: Int
    private var families: [TryFamily]
    private var family: TryFamily?
    private var tried = 0
    private var notBefore: Int64
    private var best: TryOutcome?
    private var outcome: TryOutcome?

    init(_ settings: EndpointSettings, at boot: Int64) {
        began = boot
        notBefore = boot
        tries = max(1, settings.tries ?? 1)
        families =
            switch settings.family {
            case .any: [.any]
            case .ipv4: [.ipv4]
            case .ipv6: [.ipv6]
            case .both: [.ipv4, .ipv6]
            }
        family = families.removeFirst()
    }

    /// What comes next; no try is under way.
    mutating func next(at boot: Int64) -> CheckStep {
        guard let family else { return .done(outcome ?? .unknown("nothing was asked")) }
        if boot < notBefore { return .wait(notBefore) }
        tried += 1
        return .start(family)
    }

    /// A try has ended.
    mutating func ended(_ result: TryOutcome, at boot: Int64) {
        guard let family else { return }
        let best = self.best.map { TryOutcome.better($0, result) } ?? result
        self.best = best
        notBefore = boot + Self.pauseMilliseconds
        let isInTime = notBefore - began < EndpointSettings.triesMilliseconds
        if best.state != .up, tried < tries, isInTime { return }
        var judged = best
        if family == .ipv6 || !families.isEmpty, best.state != .up {
            judged.reason = best.reason.map { "over \(family == .ipv6 ? "IPv6" : "IPv4"): \($0)" }
        }
        outcome = outcome.map { TryOutcome.worse($0, judged) } ?? judged
        self.family = families.isEmpty ? nil : families.removeFirst()
        self.best = nil
        tried = 0
        notBefore = boot
    }
}
