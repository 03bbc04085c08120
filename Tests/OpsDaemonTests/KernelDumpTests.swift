// Dumps of the kernel that were interrupted by a change (NLM_F_DUMP_INTR), in a network of its own.
// Skipped without root.

import OpsCore
import OpsFirewall
import OpsLinux
import Testing

@testable import OpsDaemon

@Suite("interrupted dumps", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelDumpTests: KernelTableSuite {
    /// Enough for a dump of several parts.
    private static let sets = 800

    /// The outcome of one question.
    private struct Outcome: Equatable {
        /// How many sets of lists the dump names; nil: there was no complete one.
        var names: Int?
        /// Dumps that were begun.
        var answers = 0
        /// Parts of the last one.
        var parts = 0
        var error: Int32?
    }

    /// Asks for the sets of a table that has many; another program changes the table in the middle
    /// of each of the first `times` dumps.
    private func ask(changing times: Int) -> Outcome {
        var outcome = Outcome()
        var one = NetworkRuns()
        _ = one.append(Network(ipv4: 9))
        let networks = one
        NetworkOfItsOwn.run {
            tamper { transaction in
                transaction.build(layout)
                for number in 0..<Self.sets {
                    let sets = ListSets("l\(number)", networks, generation: 1, layout: layout)
                    transaction.addSets(sets, hasTimeouts: false)
                }
            }
            var table = KernelTable(try? NetfilterSocket(), layout: layout)
            var last = Int.max
            do throws(Errno) {
                let dump = try table.ask(.sets) { dump in
                    let isFirst = dump.names.count < last
                    last = dump.names.count
                    outcome.parts += 1
                    guard isFirst else { return }
                    outcome.parts = 1
                    outcome.answers += 1
                    if outcome.answers > times { return }
                    let address = Network(ipv4: UInt32(outcome.answers))
                    tamper {
                        $0.fill(.addresses4, [Drop(address, until: Drop.never)], at: 0)
                    }
                }
                outcome.names = Set(dump.names.filter { $0.hasPrefix(ListSets.prefix) }).count
            } catch {
                outcome.error = error.code
            }
        }
        return outcome
    }

    @Test("an interrupted dump is not believed, and asked for again", arguments: 0...4)
    func again(times: Int) {
        let outcome = ask(changing: times)
        #expect(outcome.names == Self.sets && outcome.error == nil)
        #expect(outcome.answers == times + 1)
        #expect(outcome.parts > 3, "two parts are made before the change")
    }

    @Test("after five interrupted dumps it gives up")
    func never() {
        let outcome = ask(changing: .max)
        #expect(outcome.names == nil && outcome.error == Self.interrupted)
        #expect(outcome.answers == KernelTable.dumpTries)
    }

    /// EINTR.
    private static let interrupted: Int32 = 4
}
