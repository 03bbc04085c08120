// The engine's side of the enforcer: what the enforcer may read, the book that it is lent, and the
// one place where what it asks for is carried out.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux

extension Engine: EnforcedState {
    var protections: UInt64 { state.protections }

    var exempt: [Network] { state.exempt }

    var ipv6Prefix: Int { configuration.guard.ipv6Prefix }

    var enforcedLists: [AddressList] {
        state.lists.all.filter {
            $0.deadline > now.bootMilliseconds && !state.isDryRun($0)
        }
    }

    func appendDrops(ofPart part: Int, to drops: inout [Drop]) {
        for held in state.bannedPart(part, at: now) {
            drops.append(Drop(held.network, until: held.deadline))
        }
    }
}

extension Engine {
    /// Takes the enforcer's step of this turn.
    func advance(_ enforcer: Enforcer) {
        releaseOverdue()
        carryOut(kernel?.lend { book in enforcer.advance(self, &book) })
    }

    /// Handles what the enforcer's threads have answered.
    func collect(from enforcer: Enforcer) {
        for answer in enforcer.answers.drain() {
            carryOut(kernel?.lend { book in enforcer.handle(answer, self, &book) })
        }
    }

    /// Has the enforcer read what others did to the table.
    func listen(with enforcer: Enforcer) {
        kernel?.lend { book in enforcer.listen(&book, at: now) }
    }

    /// When the enforcer has something to do: nanoseconds of boot time.
    func nextDue(of enforcer: Enforcer) -> Int64 {
        enforcer.nextDue(book: kernel?.due ?? .max, at: now.boot)
    }

    private func carryOut(_ effects: [EnforcementEffect]?) {
        guard let effects else { return }
        for effect in effects {
            switch effect {
            case .note(let note): commit(.noted(note))
            case .answered(let ticket, let error): kernelChanged(ticket, error)
            case .audited(let outcome): end(.audit, outcome)
            case .counted(let counts): dropped = counts
            }
        }
    }

    /// Puts every ban into the kernel before the daemon says that it is ready, or gives up after
    /// `Enforcer.startPatience`.  Until then the table of an earlier run stays.
    func restoreBans(with enforcer: Enforcer) {
        enforcer.wantRebuild(fromNothing: false, at: now.boot)
        let deadline = Clocks.bootNanoseconds() + Enforcer.startPatience * 1_000_000
        while enforcer.isRebuilding {
            advance(enforcer)
            let left = (deadline - Clocks.bootNanoseconds()) / 1_000_000
            if left <= 0 || enforcer.failure != nil { return }
            if enforcer.canGather { continue }
            _ = try? enforcer.answers.wait(timeoutMilliseconds: Int32(left))
            collect(from: enforcer)
        }
    }
}
