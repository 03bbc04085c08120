// What opsbench says about itself.

enum HelpText {
    /// `opsbench --help`.
    static var text: String {
        let width = (Workload.own.map(\.name.count).max() ?? 0) + 2
        let workloads = Workload.own.map { name, lines in
            let shown =
                lines.count == 1
                ? lines[0].line
                : lines.map { "\($0.percent) % \($0.line)" }.joined(separator: ", ")
            return "  " + name + String(repeating: " ", count: width - name.count) + shown + "\n"
        }
        return """
            Usage: opsbench WORKLOAD [OPTIONS]
                   opsbench --raw LINE [--raw LINE...] [--eol lf|crlf] [OPTIONS]
                   opsbench --echo PATH

            Asks a line server as fast as it answers, or at a given rate, and says how fast that was.

            Workloads, with what they send to opsd:
            \(workloads.joined())
            Options:
              --connections N     connections (50)
              --pipeline N        requests sent at once on each, before their replies (1)
              --requests N        end after N requests; with --sequential, one a key
              --duration TIME     end after so long (5s)
              --keys N            different addresses (1000000)
              --seed N            which addresses, and in which order (1)
              --ipv6-share PCT    how many of a hundred addresses are IPv6 (0)
              --sequential        each address in turn, instead of random ones; load does that
              --rate N            N requests a second by the clock; latency counts from when a
                                  request was due
              --timeout TIME      give up when no reply comes for so long (10s)
              --json              one JSON object instead of text
              --socket PATH       the socket; else OPSD_SOCKET, else \(BenchOptions.defaultSocket)
              --raw LINE          what to send instead: {ip} is an address, {n} the number of a key;
                                  \\r \\n \\t \\\\ are escapes.  Several are sent as one request.
              --eol lf|crlf       what ends each of them (lf)
              --echo PATH         serve a socket that sends back what it is sent, for measuring
                                  opsbench itself, until interrupted
              --version, --help

            Each line feed sent stands for one reply, and each that comes is one.  Lines that begin
            with err or - are errors, counted by code.  Percentiles are at most 0.79 % too high.

            Addresses are from 240.0.0.0/4 and 2001:db8::/32: they are nobody's.  All but check and
            ping change the state of the daemon they are sent to.

            Exit: 0 done; 1 done, and some replies were errors; 2 usage; 3 the server cannot be
            reached, went away, or does not answer.

            """
    }
}
