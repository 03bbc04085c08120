// Buffers that connections borrow while they have output, so that a busy connection allocates
// nothing and an idle one holds nothing.  The last one given back is lent first: it is the one that
// is still in the processor's cache.

/// Spare byte buffers, empty and with room.
final class BufferPool {
    /// The largest buffer that is kept.
    static let bufferBytes = 64 << 10
    /// The most bytes that are kept in all.
    static let totalBytes = 1 << 20

    private var spare: [[UInt8]] = []
    private var spareBytes = 0

    /// An empty buffer.
    func borrow() -> [UInt8] {
        guard let bytes = spare.popLast() else { return [] }
        spareBytes -= bytes.capacity
        return bytes
    }

    /// Moves a buffer back into the pool, and leaves an empty array in its place.
    func giveBack(_ bytes: inout [UInt8]) {
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
