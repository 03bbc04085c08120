// A question to nf_tables and its whole answer, as one call.

@preconcurrency import Glibc
import OpsFirewall
import OpsLinux

extension NetfilterSocket {
    /// Asks, and reads to the end.
    /// - Parameters:
    ///   - sequence: the question's number; different from those before.
    ///   - each: called for each part of the answer, and may remove elements from it.
    /// - Throws: the kernel's error.  A dump that changes by others cut short is not an error: its
    ///   progress is `interrupted`.
    mutating func dump(
        _ question: KernelQuery, sequence: UInt32, _ buffer: inout [UInt8],
        each: (inout Dump) -> Void = { _ in }
    ) throws(Errno) -> Dump {
        discardPending(&buffer)
        try send(question.bytes(sequence: sequence).span.bytes)
        var dump = Dump()
        while dump.progress == .more {
            switch receive(into: &buffer) {
            case .bytes(let count):
                dump.receive(buffer.span.extracting(first: count), answerTo: sequence)
                each(&dump)
            case .failed(let error): throw error
            case .overrun: continue
            case .wouldBlock: throw Errno(EPROTO, "nf_tables")
            }
        }
        if case .failed(let code) = dump.progress { throw Errno(code, "nf_tables") }
        return dump
    }

    /// Discards what was not read of an earlier answer.
    mutating func discardPending(_ buffer: inout [UInt8]) {
        while case .bytes = receive(into: &buffer) {}
    }
}
