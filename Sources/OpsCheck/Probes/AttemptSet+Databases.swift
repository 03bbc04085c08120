// Tries that libpq carries out.

import OpsCore
import OpsLinux

extension AttemptSet {
    func logIn(_ attempt: Attempt, _ address: Network, _ boot: Int64) {
        guard let talk = PostgresTalk(attempt.request, attempt.target, at: address) else {
            return end(attempt, .unknown("no memory for a connection"))
        }
        attempt.stage = .database(talk)
        proceed(attempt, talk, talk.first, boot)
    }

    func proceed(
        _ attempt: Attempt, _ talk: PostgresTalk, _ step: PostgresTalk.Step, _ boot: Int64
    ) {
        release(attempt)
        let elapsed = attempt.elapsed(Clocks.monotonicMicroseconds())
        if talk.isConnected, attempt.phases.connected == nil { attempt.phases.connected = elapsed }
        switch step {
        case .wait(let interest):
            guard lend(attempt, talk, interest) else {
                return end(attempt, .unknown("connect: no descriptor is left"))
            }
        case .done(let lines):
            attempt.phases.firstByte = elapsed
            var outcome = TryOutcome(state: .up)
            outcome.details = lines
            end(attempt, outcome)
        case .failed(let reason):
            attempt.note(.down(reason))
            if talk.isConnected || attempt.addresses.isEmpty || boot >= attempt.deadline {
                return end(attempt, .down(reason))
            }
            reach(attempt, boot)
        }
    }
}
