// Buffers that connections with output borrow and give back when it has gone, so that a busy
// connection allocates nothing and an idle one holds nothing.  The last given is the first taken: it
// is the one that the processor's cache still holds.

/// Spare byte buffers, empty and with room.
final class BufferPool {
    /// The largest kept, and how many bytes are kept in all.
    static let bufferBytes = 64 << 10
    static let totalBytes = 1 << 20

    private var spare: [[UInt8]] = []
    private var spareBytes = 0

    /// An empty buffer.
    func take() -> [UInt8] {
        guard let bytes = spare.popLast() else { return [] }
        spareBytes -= bytes.capacity
        return bytes
    }

    /// Takes `bytes` back, and leaves an empty array without room.
    func give(_ bytes: inout [UInt8]) {
        var given: [UInt8] = []
        swap(&given, &bytes)
        let capacity = given.capacity
        if capacity == 0 || capacity > Self.bufferBytes || spareBytes + capacity > Self.totalBytes {
            return
        }
        given.removeAll(keepingCapacity: true)
        spareBytes += capacity
        spare.append(given)
    }
}
