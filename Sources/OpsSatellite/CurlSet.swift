// Transfers of libcurl's under way: its multi interface on a poller of its own, which the loop
// watches as one descriptor.  libcurl says which sockets it waits for and when it wants to be
// asked again; nothing here waits, so that a server that hangs delays nobody else.  Source:
// libcurl-multi(3), curl_multi_socket_action(3).

package import CCurl
@preconcurrency import Glibc
package import OpsLinux

/// A transfer, with the handle that it owns.
package protocol CurlTransfer: AnyObject {
    /// Its handle; it lives as long as the transfer.
    var easy: UnsafeMutableRawPointer { get }
}

/// A descriptor of a socket of libcurl's, and its registration.  It is one of our own: libcurl
/// closes a socket that is still connecting before it says CURL_POLL_REMOVE, and a poller must not
/// be asked to forget what is closed.
private final class Watched {
    let descriptor: Descriptor
    let token: Token

    init(_ descriptor: consuming Descriptor, _ token: Token) {
        self.descriptor = descriptor
        self.token = token
    }
}

/// Transfers under way.
package final class CurlSet {
    private let multi: UnsafeMutableRawPointer
    private var poller: Poller
    private var watched: [Int32: Watched] = [:]
    private var sockets: [UInt32: Int32] = [:]
    private var transfers: [UnsafeMutableRawPointer: any CurlTransfer] = [:]
    /// When libcurl wants to be asked again, milliseconds of boot time; nil: not by the clock.
    package private(set) var deadline: Int64?

    /// How many there are.
    package var count: Int { transfers.count }

    /// Readable while there is something to do.
    package var descriptorNumber: Int32 { poller.descriptorNumber }

    /// Before any thread starts.
    package init() throws(Errno) {
        poller = try Poller()
        guard ccurl_global_init() == CURLE_OK, let multi = curl_multi_init() else {
            throw Errno(ENOMEM, "curl_multi_init")
        }
        self.multi = multi
        let own = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_socket(
            multi,
            { _, socket, what, context, _ in
                CurlSet.of(context)?.watch(socket, what)
                return 0
            }, own)
        ccurl_multi_set_timer(
            multi,
            { _, milliseconds, context in
                CurlSet.of(context)?.askAgain(after: milliseconds)
                return 0
            }, own)
    }

    deinit {
        for transfer in transfers.values { curl_multi_remove_handle(multi, transfer.easy) }
        transfers.removeAll()
        curl_multi_cleanup(multi)
    }

    /// Starts one; false: there is no memory for it.
    package func start(_ transfer: any CurlTransfer) -> Bool {
        transfers[transfer.easy] = transfer
        guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            transfers[transfer.easy] = nil
            return false
        }
        return true
    }

    /// Ends one before its time: it is not among those that `advance` returns.
    package func cancel(_ transfer: any CurlTransfer) {
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Goes on with what can go on; returns what has ended.
    package func advance(
        at boot: Int64
    ) throws(Errno) -> [(transfer: any CurlTransfer, code: CURLcode)] {
        try poller.wait(timeoutMilliseconds: 0)
        var ready: [(socket: Int32, events: Int32)] = []
        while let event = poller.next() {
            guard let socket = sockets[event.token.slot] else { continue }
            var events: Int32 = 0
            if event.isReadable { events |= CURL_CSELECT_IN }
            if event.isWritable { events |= CURL_CSELECT_OUT }
            if event.isBroken { events |= CURL_CSELECT_ERR }
            ready.append((socket, events))
        }
        var running: Int32 = 0
        for event in ready {
            curl_multi_socket_action(multi, event.socket, event.events, &running)
        }
        if let due = deadline, due <= boot {
            deadline = nil
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
        }
        return takeEnded()
    }

    private func takeEnded() -> [(transfer: any CurlTransfer, code: CURLcode)] {
        var ended: [(transfer: any CurlTransfer, code: CURLcode)] = []
        var code = CURLE_OK
        while let easy = ccurl_multi_next_done(multi, &code) {
            curl_multi_remove_handle(multi, easy)
            guard let transfer = transfers.removeValue(forKey: easy) else { continue }
            ended.append((transfer, code))
        }
        return ended
    }

    // MARK: What libcurl calls

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlSet? {
        context.map { Unmanaged<CurlSet>.fromOpaque($0).takeUnretainedValue() }
    }

    private func forget(_ socket: Int32) {
        guard let watched = watched.removeValue(forKey: socket) else { return }
        sockets[watched.token.slot] = nil
        poller.deregister(watched.token)
    }

    private func watch(_ socket: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE { return forget(socket) }
        var interest = Interest.none
        if what & CURL_POLL_IN != 0 { interest.formUnion(.read) }
        if what & CURL_POLL_OUT != 0 { interest.formUnion(.write) }
        if let watched = watched[socket] {
            _ = try? poller.update(watched.token, interest)
            return
        }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        if copy < 0 { return }
        let descriptor = Descriptor(owning: copy)
        guard let token = try? poller.register(descriptor.number, interest) else { return }
        watched[socket] = Watched(descriptor, token)
        sockets[token.slot] = socket
    }

    private func askAgain(after milliseconds: Int) {
        let now = Clocks.bootNanoseconds() / 1_000_000
        deadline = milliseconds < 0 ? nil : now + Int64(milliseconds)
    }
}
