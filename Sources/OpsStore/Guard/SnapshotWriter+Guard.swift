// Bans, strikes and remembered offenders in a snapshot.

package import OpsCore

extension SnapshotWriter {
    /// Appends a ban.
    package mutating func append(_ ban: Ban, into buffer: inout [UInt8]) {
        let start = buffer.count
        let extra = extras[.ban(ban.network, created: ban.created)]
        if extra == nil && shortLine.append(ban, into: &buffer) {
            add(start, buffer)
        } else {
            buffer.append(ban)
            end(start, extra, &buffer)
        }
        count += 1
    }

    /// Appends a claim that does not decide over its network.
    package mutating func append(claim: Ban, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append(claim: claim)
        endLine(
            start, extras[.claim(claim.network, source: claim.source, created: claim.created)],
            &buffer)
    }

    /// Strikes of one address, oldest first; none writes nothing.
    package mutating func append(_ strikes: [Strike], into buffer: inout [UInt8]) {
        var rest = strikes[...]
        while let network = rest.first?.network {
            let start = buffer.count
            buffer.append("{\"strikes\":\"")
            network.write(to: &buffer)
            buffer.append("\",\"items\":[")
            for (index, strike) in rest.prefix(Self.strikesPerLine).enumerated() {
                if index > 0 { buffer.append(0x2c) }
                append(strike, &buffer)
            }
            buffer.append(0x5d)
            rest = rest.dropFirst(Self.strikesPerLine)
            endLine(start, extras[.strikes(network)], &buffer)
        }
    }

    private func append(_ strike: Strike, _ buffer: inout [UInt8]) {
        buffer.append("{\"deadline_ms\":", strike.deadline)
        buffer.append(",\"at\":", strike.at)
        buffer.append(",\"weight\":", strike.weight)
        buffer.append(",\"reason\":", json: strike.reason)
        buffer.append(",\"source\":", json: strike.source)
        buffer.append(",\"uid\":", strike.uid)
        if strike.isOwn { buffer.append(",\"own\":true") }
        if let extra = extras[.strike(strike.network, deadline: strike.deadline)] {
            buffer.append(0x2c)
            buffer.append(contentsOf: extra.utf8)
        }
        buffer.append(0x7d)
    }

    /// Appends what is remembered of an address.
    package mutating func append(_ offense: Offense, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append("{\"offense\":\"")
        offense.network.write(to: &buffer)
        buffer.append("\",\"count\":", offense.count)
        buffer.append(",\"deadline_ms\":", offense.deadline)
        endLine(start, extras[.offense(offense.network)], &buffer)
    }
}
