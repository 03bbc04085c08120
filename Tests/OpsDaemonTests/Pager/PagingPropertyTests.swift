// What must hold of paging after any history (`PagingHistory`):
//
//  - whatever is critical was told to each channel of its route, by itself or in a digest, or
//    there is a record of why not: it was acknowledged or silenced, or its page was refused,
//    expired or cancelled;
//  - a digest names and counts exactly the incidents that it stands for;
//  - nothing was told twice without a mark;
//  - raises are counted exactly.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct PagingPropertyTests {
    /// Some seeds in a row, and those that once found something.
    private static let seeds = Array(1...12) + [51, 122, 141, 145, 175, 182] as [UInt64]

    @Test(arguments: seeds) func everyCriticalIsTold(seed: UInt64) {
        let history = PagingHistory(seed: seed)
        for _ in 0..<350 { history.step() }
        history.drain()
        #expect(history.receivers.faults.isEmpty)
        let incidents = history.loop.engine.ask { $0.domains.incidents.table.sorted }
        let critical = incidents.filter { $0.highest == .critical }
        #expect(critical.count > 20)
        for incident in critical {
            for channel in PagingHistory.channels {
                #expect(
                    isTold(incident, channel, history) || isExcused(incident, channel, history),
                    "\(channel): \(incident.id) \(incident.stage) \(incident.pages)")
            }
        }
        for source in ["s0", "s1", "s2"] {
            let counted = incidents.filter { $0.group.source == source }.reduce(0) {
                $0 + Int($1.raises)
            }
            let least = history.raised[source] ?? 0
            #expect((least...least + (history.unsure[source] ?? 0)).contains(counted), "\(source)")
        }
    }

    private func isTold(_ incident: Incident, _ channel: String, _ history: PagingHistory) -> Bool {
        history.receivers.heard.contains([channel, PagingHistory.name(incident)])
    }

    /// Whether there is a record of why it was not told.
    private func isExcused(
        _ incident: Incident, _ channel: String, _ history: PagingHistory
    ) -> Bool {
        if incident.pages.contains(where: { mark in
            mark.channel == channel && mark.end != nil && mark.end != .sent && mark.end != .digest
        }) {
            return true
        }
        let wasTakenOn = incident.steps.contains { $0.kind == .acknowledged }
        if wasTakenOn { return true }
        return !incident.stage.isActive && history.silenced.contains(PagingHistory.name(incident))
    }
}
