// What opswatch tells, and what is asked of it: telemetry, except for events, which are changes.

import OpsCore
import OpsProtocol

extension Engine {
    /// Carries out a request about the log detector.
    func perform(_ command: DetectorCommand, _ session: Session) throws(Refusal) {
        switch command {
        case .source(let report):
            try detector.note(report, at: now)
            answer(.noted, session)
        case .rule(let report):
            try detector.note(report, at: now)
            answer(.noted, session)
        case .sources(let query): answer(.sources(detector.sources(query, at: now)), session)
        case .rules(let query): answer(.rules(detector.rules(query, at: now)), session)
        case .event(let event): try tell(event, session)
        }
    }

    private func answer(_ reply: DetectorReply, _ session: Session) {
        send(.detector(reply), session, isGated: false, acknowledges: false)
    }

    /// Makes an event, or counts one that is beyond the budget.
    private func tell(_ event: DetectorEvent, _ session: Session) throws(Refusal) {
        if log.isFull { throw Self.logIsFull }
        guard let untold = detector.budget.take(event, at: now.boot) else {
            return answer(.told(false, untold: detector.budget.untold(event)), session)
        }
        commit(.noted(event.note(untold: untold, uid: session.caller.uid)))
        send(.detector(.told(true, untold: 0)), session, isGated: true, acknowledges: true)
    }
}
