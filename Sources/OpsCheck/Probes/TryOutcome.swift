// One try of a check, as values: what is asked, and what came of it.

import OpsCore

/// Which protocol a try may use.
enum TryFamily: Hashable, Sendable {
    case any, ipv4, ipv6

    /// Addresses that it may use, IPv4 first.
    func fitting(_ addresses: [Network]) -> [Network] {
        let (first, second) = (addresses.filter(\.isIPv4), addresses.filter { !$0.isIPv4 })
        return switch self {
        case .any: first + second
        case .ipv4: first
        case .ipv6: second
        }
    }
}

/// What is asked.
struct TryRequest: Hashable, Sendable {
    var target: EndpointTarget
    var settings: EndpointSettings
    var family: TryFamily
    /// Header lines with their secrets.
    var secretHeaders: [String] = []
    /// The password of the login.
    var password: String?
    /// Also what only people want to know.
    var wantsDetails = false
}

/// How far a try came, and how long each step took: milliseconds since it began.
struct TryPhases: Hashable, Sendable {
    var name: Double?
    var connected: Double?
    var secured: Double?
    var firstByte: Double?
    var total: Double = 0
}

/// What came of a try.
struct TryOutcome: Hashable, Sendable {
    /// up, down, or unknown where this host itself could not ask.
    var state: EndpointState
    /// Why it is not up, in words that begin with the step.
    var reason: String?
    var phases = TryPhases()
    /// Days that are left of the certificate.
    var certificateDays: Int64?
    /// Whom it reached.
    var address: Network?
    /// What else it says, in lines for people.
    var details: [String] = []

    static func down(_ reason: String) -> TryOutcome { TryOutcome(state: .down, reason: reason) }

    static func unknown(_ reason: String) -> TryOutcome {
        TryOutcome(state: .unknown, reason: reason)
    }

    /// The same, slow where it took longer than it may.
    func judged(_ settings: EndpointSettings) -> TryOutcome {
        guard state == .up, phases.total > Double(settings.slowMilliseconds) else { return self }
        var slow = self
        slow.state = .slow
        slow.reason = "slow: \(Int(phases.total.rounded())) ms"
        return slow
    }

    /// How good it is: the best of several counts.  What this host could not ask comes before what
    /// is down, for it is not known to be.
    private var rank: Int {
        switch state {
        case .up: 0
        case .slow: 1
        case .unknown: 2
        case .down: 3
        }
    }

    /// The better of two tries.
    static func better(_ one: TryOutcome, _ other: TryOutcome) -> TryOutcome {
        (other.rank, other.phases.total) < (one.rank, one.phases.total) ? other : one
    }

    /// The worse of two, over one protocol each.
    static func worse(_ one: TryOutcome, _ other: TryOutcome) -> TryOutcome {
        better(one, other) == one ? other : one
    }
}
