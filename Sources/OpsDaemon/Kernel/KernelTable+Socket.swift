// What the kernel thread says to the kernel, and what it is told: transactions and questions.

@preconcurrency import Glibc
import OpsFirewall
import OpsLinux

extension KernelTable {
    /// Transactions of more bytes than this are long: some thousand elements.
    private static let longBytes = 1 << 16

    static func boot() -> Int64 { Clocks.bootNanoseconds() / 1_000_000 }

    func transaction(reserveBytes: Int = 4_096) -> Transaction {
        Transaction(sequence: sequence, reserveBytes: reserveBytes)
    }

    /// Carries out a transaction.  The kernel composes a notice of 4 KiB for each element and keeps
    /// them all to the end, as long as anybody listens; so the monitor does not, while the
    /// transaction is a long one.  What others changed meanwhile shows in the tables' generation,
    /// which our transaction raises by one.
    mutating func commit(_ transaction: consuming Transaction) throws(Errno) {
        guard transaction.count > Self.longBytes, let before = tablesGeneration(),
            (try? hearing?.leave()) != nil
        else { return try send(transaction) }
        var failure: Errno?
        do throws(Errno) { try send(transaction) } catch { failure = error }
        let isBack = (try? hearing?.join()) != nil
        if !isBack || tablesGeneration() != before &+ (failure == nil ? 1 : 0) { hasMissed = true }
        if let failure { throw failure }
    }

    private mutating func tablesGeneration() -> UInt32? { (try? ask(.generation))?.generation }

    /// Whether others may have changed the tables unheard since the last call.
    mutating func takeMissed() -> Bool {
        defer { hasMissed = false }
        return hasMissed
    }

    /// Sends a transaction and reads all of the kernel's answers to it.
    private mutating func send(_ transaction: consuming Transaction) throws(Errno) {
        let first = transaction.firstSequence
        let (bytes, last) = transaction.finish()
        sequence = last &+ 2
        socket?.discardPending(&buffer)
        guard socket != nil else { throw Errno(EPERM, "nf_tables") }
        try socket?.send(bytes.span.bytes)
        var outcome = Outcome()
        // The answers are there when sendto returns.
        loop: while true {
            switch socket?.receive(into: &buffer) {
            case .bytes(let count):
                outcome.receive(buffer.span.extracting(first: count), from: first, through: last)
            case .wouldBlock, nil: break loop
            case .overrun: continue
            case .failed(let error): throw error
            }
        }
        if let code = outcome.errorCode { throw Errno(code, "nf_tables") }
        if !outcome.isDone { throw Errno(ENOBUFS, "nf_tables") }
    }

    /// Asks until an answer is complete.
    /// - Parameter each: called for each part of each answer.
    /// - Throws: the kernel's error; EINTR when changes by others cut short all `dumpTries` tries.
    mutating func ask(
        _ question: KernelQuery, each: (inout Dump) -> Void = { _ in }
    ) throws(Errno) -> Dump {
        for _ in 0..<Self.dumpTries {
            sequence &+= 1
            guard let dump = try socket?.dump(question, sequence: sequence, &buffer, each: each)
            else {
                throw Errno(EPERM, "nf_tables")
            }
            if dump.progress == .done { return dump }
        }
        throw Errno(EINTR, "nf_tables")
    }

    /// All that is in the table, besides rules and elements; nothing where there is no table.
    mutating func inventory() throws(Errno) -> [KernelThing] {
        var things: [KernelThing] = []
        for question in [KernelQuery.chains, .sets, .objects, .flowtables] {
            do throws(Errno) {
                things += try ask(question).things
            } catch {
                if error.code != ENOENT { throw error }
            }
        }
        return things
    }

    mutating func askStructure() throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        for question in [KernelQuery.table, .chains, .rules] {
            bytes += try ask(question).structure
        }
        return bytes
    }
}
