// SlotSet against a plain set, and the pool of buffers.

import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct SlotSetTests {
    @Test("random operations against a set", arguments: 1...5 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var slots = SlotSet()
        var other = SlotSet()
        var model: Set<Int> = []
        var otherModel: Set<Int> = []
        for _ in 0..<2_000 {
            let slot = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<9:
                slots.insert(slot)
                model.insert(slot)
            case 9..<14:
                slots.remove(slot)
                model.remove(slot)
            case 14..<17:
                other.insert(slot)
                otherModel.insert(slot)
            case 17:
                slots.insert(all: other)
                model.formUnion(otherModel)
            case 18:
                let taken = slots.take()
                #expect(taken.count == model.count && Set(taken) == model)
                model = []
            default:
                #expect(slots.contains(slot) == model.contains(slot))
            }
            #expect(slots.slots.count == model.count && Set(slots.slots) == model)
            #expect(slots.isEmpty == model.isEmpty)
        }
    }

    @Test("what was taken stays as it was while the set goes on")
    func taken() {
        var slots = SlotSet()
        for slot in [3, 1, 2] { slots.insert(slot) }
        let taken = slots.take()
        slots.insert(7)
        #expect(taken == [3, 1, 2] && slots.slots == [7])
        #expect(slots.take() == [7] && taken == [3, 1, 2])
    }
}

@Suite struct BufferPoolTests {
    @Test("a buffer that was given is the next taken, empty and with its room")
    func comesBack() {
        let pool = BufferPool()
        var bytes = pool.borrow()
        #expect(bytes.isEmpty)
        bytes.append(contentsOf: [UInt8](repeating: 1, count: 1_000))
        pool.giveBack(&bytes)
        #expect(bytes.isEmpty && bytes.capacity == 0)
        let again = pool.borrow()
        #expect(again.isEmpty && again.capacity >= 1_000)
        #expect(pool.borrow().capacity == 0)
    }

    @Test("large ones are not kept, nor more than the bound")
    func bounds() {
        let pool = BufferPool()
        var large: [UInt8] = []
        large.reserveCapacity(BufferPool.bufferBytes * 2)
        pool.giveBack(&large)
        #expect(pool.borrow().capacity == 0)
        for _ in 0..<1_000 {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(10_000)
            pool.giveBack(&bytes)
        }
        var kept = 0
        while case let capacity = pool.borrow().capacity, capacity > 0 { kept += capacity }
        #expect(kept > 0 && kept <= BufferPool.totalBytes)
    }
}
