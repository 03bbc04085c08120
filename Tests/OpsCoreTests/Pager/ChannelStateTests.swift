// How a channel stands, by what became of its work and by what opspager told.

import Testing

@testable import OpsCore

@Suite struct ChannelStateTests {
    private let channel = PagerChannel(name: "mail", kind: .smtp)
    private let now = Moment(boot: 1_000_000_000_000, wall: 1_795_917_600_000_000_000)

    private func state(_ change: (inout WorkKindState) -> Void = { _ in }) -> State {
        var state = World().state
        state.workKinds = ["page/mail"]
        var kind = WorkKindState("page/mail")
        change(&kind)
        state.domains.work.kinds["page/mail"] = kind
        return state
    }

    private func board(_ change: (inout ChannelReport) -> Void = { _ in }) -> ChannelBoard {
        var report = ChannelReport("mail", .smtp)
        change(&report)
        var board = ChannelBoard()
        board.note(report, at: now)
        return board
    }

    private func row(_ state: State, _ board: ChannelBoard, at now: Moment) -> ChannelRow {
        state.row(of: channel, told: board.report(of: "mail", at: now))
    }

    @Test func whatNobodyToldIsUnknown() {
        #expect(row(state(), ChannelBoard(), at: now).state == .unknown)
        #expect(row(state(), board(), at: now).state == .unused)
        var later = now
        later.boot += ChannelBoard.staleNanoseconds
        #expect(row(state(), board(), at: later).state == .unused)
        later.boot += 1
        #expect(row(state(), board(), at: later).state == .unknown)
    }

    @Test func theNewestCounts() {
        let well = board {
            $0.lastSuccess = 20; $0.lastError = "x"; $0.lastErrorAt = 10
        }
        #expect(row(state(), well, at: now).state == .well)
        let failing = board {
            $0.lastSuccess = 10; $0.lastError = "421 busy"; $0.lastErrorAt = 20
        }
        #expect(row(state(), failing, at: now).state == .failing)
        #expect(row(state(), failing, at: now).lastError == "421 busy")
        // A success that opsd was told of before a restart of opspager.
        let earlier = state {
            $0.lastSuccess = 30; $0.lastError = "old"; $0.lastFailure = 25
        }
        let row = row(earlier, board(), at: now)
        #expect(row.state == .well && row.lastSuccess == 30 && row.lastError == "old")
    }

    @Test func parkedAndHeldComeFirst() {
        let parked = state {
            $0.parkedSince = 1; $0.nextProbe = 1_000
        }
        #expect(row(parked, ChannelBoard(), at: now).state == .parked)
        #expect(row(parked, ChannelBoard(), at: now).pausedUntil != nil)
        let held = state {
            $0.isHeld = true; $0.parkedSince = 1
        }
        #expect(row(held, ChannelBoard(), at: now).state == .held)
    }

    @Test func aFullBoardForgetsTheOldest() {
        var board = ChannelBoard()
        var moment = now
        for number in 0...ChannelBoard.limit {
            moment.boot += 1
            board.note(ChannelReport("c\(number)", .file), at: moment)
        }
        #expect(board.report(of: "c0", at: moment) == nil)
        #expect(board.report(of: "c1", at: moment) != nil)
    }
}
