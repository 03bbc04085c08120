// One try under way: a look-up of the name, then a connection of our own or a transfer of
// libcurl's. It owns what it opened, and ends by its deadline, whatever the other side does.

import OpsCore
import OpsLinux

/// A socket and its registration.
final class Wire {
    let socket: OutwardSocket
    var token: Token?

    init(_ socket: consuming OutwardSocket) { self.socket = socket }
}

/// A descriptor of a socket that libpq owns, and its registration.
final class Loan {
    let descriptor: Descriptor
    let token: Token

    init(_ descriptor: consuming Descriptor, _ token: Token) {
        self.descriptor = descriptor
        self.token = token
    }
}

/// A look-up under way.
struct LookUp {
    var host: String
    /// What is asked now, and what is to be asked after it.
    var type: DNSType
    var later: [DNSType]
    var question: [UInt8]
    /// Which server is asked, by its place in the list.
    var server = 0
    /// When it is asked again, milliseconds of boot time.
    var again: Int64
    /// The last error of the way there.
    var error: Errno?
}

/// A try under way.
final class Attempt {
    enum Stage {
        case lookUp(LookUp)
        /// Being connected, or talking.
        case talk(Talk, isConnected: Bool)
        case page(HTTPTransfer)
        case database(PostgresTalk)
    }

    let number: UInt64
    let request: TryRequest
    /// Milliseconds of boot time.
    let began: Int64
    let deadline: Int64
    /// Microseconds of the monotonic clock.
    let beganMicroseconds: Int64
    /// What is asked now: a redirect leads to another.
    var target: EndpointTarget
    var stage: Stage
    var wire: Wire?
    var loan: Loan?
    /// Addresses that have not been tried.
    var addresses: [Network] = []
    var address: Network?
    /// Why the last address failed.
    var connectFault: TryOutcome?
    var redirects = 0
    /// What is still to be sent.
    var output: [UInt8] = []
    var phases = TryPhases()

    init(
        _ request: TryRequest, number: UInt64, stage: Stage, at boot: Int64, microseconds: Int64
    ) {
        self.request = request
        self.number = number
        self.stage = stage
        target = request.target
        began = boot
        deadline = boot + request.settings.timeoutMilliseconds
        beganMicroseconds = microseconds
    }

    /// An address could not be reached.  What another host says counts for more than what this one
    /// cannot do.
    func note(_ fault: TryOutcome) {
        if connectFault?.state != .down { connectFault = fault }
    }

    /// What is asked now is what was asked for: secrets go to nobody else.
    var isAtHome: Bool {
        let first = request.target
        return (target.scheme, target.host, target.port) == (first.scheme, first.host, first.port)
    }

    /// Milliseconds since it began.
    func elapsed(_ microseconds: Int64) -> Double {
        Double(max(0, microseconds - beganMicroseconds)) / 1_000
    }
}
