import Testing

@testable import OpsWatch

@Suite("How far logs have been answered for")
struct CheckpointsTests {
    private func journal(_ number: UInt64) -> Checkpoints.Mark {
        .journal(JournalPosition(cursor: nil, number: number))
    }

    private func file(_ file: Int, _ offset: Int64, ordinal: UInt64 = 0) -> Checkpoints.Mark {
        .file(
            FileCheckpoint(
                file: file, ordinal: ordinal, mark: Mark(offset: offset, block: .empty)))
    }

    @Test("A checkpoint waits for the reports that were made before it")
    func waits() {
        var checkpoints = Checkpoints()
        checkpoints.append(journal(1), sequence: 0)
        checkpoints.append(journal(2), sequence: 3)
        checkpoints.append(file(7, 10), sequence: 4)
        #expect(checkpoints.takeAnswered(below: 0) == [journal(1)])
        #expect(checkpoints.takeAnswered(below: 2) == [])
        #expect(checkpoints.takeAnswered(below: 4) == [journal(2), file(7, 10)])
        #expect(checkpoints.count == 0)
    }

    @Test("A later checkpoint of a log takes the place of one with the same reports")
    func coalesced() {
        var checkpoints = Checkpoints()
        for offset in 1...1_000 { checkpoints.append(file(1, Int64(offset)), sequence: 5) }
        #expect(checkpoints.count == 1)
        #expect(checkpoints.takeAnswered(below: 5) == [file(1, 1_000)])
    }

    @Test("While nothing is answered they are bounded, and the last of each log is kept")
    func bounded() {
        var checkpoints = Checkpoints()
        for number in 1...10_000 {
            checkpoints.append(file(number % 3, Int64(number)), sequence: UInt64(number))
        }
        #expect(checkpoints.count <= Checkpoints.thinnedAbove)
        let answered = checkpoints.takeAnswered(below: 20_000)
        for log in 0..<3 {
            let offsets = answered.compactMap { mark -> Int64? in
                guard case .file(let checkpoint) = mark, checkpoint.file == log else { return nil }
                return checkpoint.mark.offset
            }
            #expect(offsets == offsets.sorted())
            #expect(offsets.last == Int64((9_998...10_000).first { $0 % 3 == log } ?? 0))
        }
    }

    @Test("Of those that are thinned out the last of each log stays")
    func last() {
        var checkpoints = Checkpoints()
        let count = Checkpoints.thinnedAbove + 1
        for number in 1..<count {
            checkpoints.append(journal(UInt64(number)), sequence: UInt64(number))
        }
        checkpoints.append(file(3, 7), sequence: UInt64(count))
        #expect(checkpoints.count == 2)
        #expect(checkpoints.takeAnswered(below: UInt64(count - 2)) == [])
        #expect(
            checkpoints.takeAnswered(below: UInt64(count))
                == [journal(UInt64(count - 1)), file(3, 7)])
    }

    @Test("What is not answered is not taken when they are thinned out")
    func thinned() {
        var checkpoints = Checkpoints()
        for number in 1...2_000 {
            checkpoints.append(journal(UInt64(number)), sequence: UInt64(number))
        }
        #expect(checkpoints.takeAnswered(below: 1).count <= 1)
    }
}
