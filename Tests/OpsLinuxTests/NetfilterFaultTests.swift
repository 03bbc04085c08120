// The socket to netfilter, when the kernel says no.

@preconcurrency import Glibc
import Testing

@testable import OpsLinux

@Suite struct NetfilterFaultTests {
    /// A request that the kernel answers without looking further: NLMSG_NOOP, NLM_F_REQUEST |
    /// NLM_F_ACK.
    private static let request: [UInt8] = [16, 0, 0, 0, 1, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0]

    /// 1. A socket that cannot be made fails with the error of the call.
    @Test(arguments: [
        "socket(AF_NETLINK)", "bind", "getsockname", "setsockopt(NETLINK_CAP_ACK)",
    ])
    func aSocketThatCannotBeMade(_ call: String) throws {
        guard (try? NetfilterSocket()) != nil else { return }  // no netfilter in this kernel
        for code in [EMFILE, ENFILE, ENOMEM, EPERM, EPROTONOSUPPORT] {
            FaultInjection(.init(.error(code), of: call)).run {
                do throws(Errno) {
                    _ = try NetfilterSocket()
                    Issue.record("it was made")
                } catch {
                    #expect(error == Errno(code, call))
                }
            }
        }
        let signal = FaultInjection(.init(.error(EINTR), of: call))
        #expect(signal.run { (try? NetfilterSocket()) != nil } && signal.forced == [call])
    }

    /// 2. A message goes whole or not at all; room is asked for once, and again where it was
    ///    refused.
    @Test func aMessageGoesWhole() throws {
        guard var socket = try? NetfilterSocket() else { return }
        let request = Self.request
        func send(_ injection: FaultInjection) -> Int32 {
            injection.run { code { () throws(Errno) in try socket.send(request.span.bytes) } }
        }
        let refused = FaultInjection(.init(.error(ENOMEM), of: "setsockopt(SO_SNDBUFFORCE)"))
        #expect(send(refused) == ENOMEM && refused.calls == ["setsockopt(SO_SNDBUFFORCE)"])
        let half = FaultInjection(.init(.atMost(8), of: "sendto"))
        #expect(send(half) == EIO)
        #expect(half.calls == ["setsockopt(SO_SNDBUFFORCE)", "sendto"])
        for code in [ENOBUFS, ECONNREFUSED, EPERM] {
            #expect(send(FaultInjection(.init(.error(code), of: "sendto"))) == code)
        }
        let signal = FaultInjection(.init(.error(EINTR), of: "sendto"))
        #expect(send(signal) == 0 && signal.calls == ["sendto", "sendto"])
    }

    /// 3. What a read comes to.
    @Test func whatAReadComesTo() throws {
        guard var socket = try? NetfilterSocket() else { return }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        func receive(_ code: Int32) -> NetfilterSocket.Received {
            FaultInjection(.init(.error(code), of: "recvfrom")).run {
                socket.receive(into: &buffer)
            }
        }
        #expect(receive(EAGAIN) == .wouldBlock)
        #expect(receive(ENOBUFS) == .overrun)
        #expect(receive(EIO) == .failed(Errno(EIO, "recvfrom")))
        let request = Self.request
        try socket.send(request.span.bytes)
        guard case .bytes = receive(EINTR) else {
            Issue.record("an answer was expected")
            return
        }
        #expect(receive(EINTR) == .wouldBlock)
    }

    /// 4. Listening to others, and its room.
    @Test func listeningToOthers() throws {
        guard let socket = try? NetfilterSocket() else { return }
        let injection = FaultInjection(.init(.error(EPERM), times: .max))
        injection.run {
            #expect(code { () throws(Errno) in try socket.join(group: 7) } == EPERM)
            #expect(code { () throws(Errno) in try socket.ignore(port: 1) } == EPERM)
            #expect(code { () throws(Errno) in try socket.setReceiveBuffer(bytes: 4_096) } == EPERM)
            #expect(!OwnProcess.mayAdministerNetwork)
        }
        #expect(
            injection.calls == [
                "setsockopt(NETLINK_ADD_MEMBERSHIP)", "setsockopt(SO_ATTACH_FILTER)",
                "setsockopt(SO_RCVBUFFORCE)", "capget",
            ])
    }
}
