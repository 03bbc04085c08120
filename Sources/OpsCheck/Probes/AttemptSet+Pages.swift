// Tries that libcurl carries out: it is given an address, and asked once for each redirect.

import CCurl
import OpsCore
import OpsLinux
import OpsSatellite

extension AttemptSet {
    func fetch(_ attempt: Attempt, _ address: Network, _ boot: Int64) {
        guard
            let page = HTTPTransfer(
                attempt.request, attempt.target, at: address,
                timeoutMilliseconds: max(1, attempt.deadline - boot),
                isAtHome: attempt.isAtHome)
        else { return end(attempt, .unknown("no memory for a transfer")) }
        attempt.stage = .page(page)
        pages[page.easy] = attempt.number
        if !curl.start(page) {
            pages[page.easy] = nil
            end(attempt, .unknown("no memory for a transfer"))
        }
    }

    func finish(_ attempt: Attempt, _ page: HTTPTransfer, _ code: CURLcode, _ boot: Int64) {
        let before = attempt.elapsed(Clocks.monotonicMicroseconds()) - page.phases.total
        func since(_ time: Double?) -> Double? { time.map { $0 + max(0, before) } }
        attempt.phases.connected = since(page.phases.connected)
        attempt.phases.secured = since(page.phases.secured)
        attempt.phases.firstByte = since(page.phases.firstByte)
        switch page.ended(code) {
        case .failed(let outcome):
            let isConnect = outcome.reason?.hasPrefix("connect:") == true
            guard isConnect else { return end(attempt, outcome) }
            attempt.note(outcome)
            if !attempt.addresses.isEmpty, boot < attempt.deadline { return reach(attempt, boot) }
            end(attempt, attempt.connectFault ?? outcome)
        case .answered(let answer, let redirect):
            let settings = attempt.request.settings
            if let redirect, let limit = settings.redirects, limit > 0 {
                return follow(attempt, redirect, limit, boot)
            }
            var outcome = TryOutcome(state: .up)
            if let fault = PageVerdict.fault(answer, settings) { outcome = .down(fault) }
            let wall = Clocks.now().wallNanoseconds / 1_000_000_000
            outcome.certificateDays = page.certificateDays(now: wall)
            end(attempt, outcome)
        }
    }

    private func follow(_ attempt: Attempt, _ url: String, _ limit: Int, _ boot: Int64) {
        attempt.redirects += 1
        guard attempt.redirects <= limit else {
            return end(attempt, .down("redirect: more than \(limit)"))
        }
        guard let target = EndpointTarget(url), [.http, .https].contains(target.scheme) else {
            return end(attempt, .down("redirect: to what is not http or https"))
        }
        if attempt.target.scheme == .https, target.scheme == .http {
            return end(attempt, .down("redirect: from https to http"))
        }
        attempt.target = target
        attempt.connectFault = nil
        find(attempt, boot)
    }
}
