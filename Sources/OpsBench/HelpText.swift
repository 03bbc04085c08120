// The text of `opsbench --help`.

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

            Sends requests to a line server as fast as it answers, or at a given rate, and reports
            rates and latencies.

            Workloads, and what they send to opsd:
            \(workloads.joined())
            Options:
              --connections N     connections (50)
              --pipeline N        requests sent at once on each, before their replies (1)
              --requests N        end after N requests; default with --sequential: one per key
              --duration TIME     end after this time (5s)
              --keys N            number of different addresses (1000000)
              --seed N            determines the addresses and their order (1)
              --ipv6-share PCT    percentage of addresses that are IPv6 (0)
              --sequential        each address in turn instead of random ones; default for load
              --rate N            send N requests per second; latency counts from when a request
                                  was due
              --timeout TIME      fail when no reply comes for this time (10s)
              --json              print one JSON object instead of text
              --socket PATH       the socket of the server (OPSD_SOCKET, or
                                  \(BenchOptions.defaultSocket))
              --raw LINE          send this line: {ip} is an address, {n} the number of a key;
                                  \\r \\n \\t \\\\ are escapes.  Several are sent as one request.
              --eol lf|crlf       the line ending of --raw (lf)
              --echo PATH         serve a socket that sends back what it receives, to measure
                                  opsbench itself, until interrupted
              --version, --help

            The server must answer each line with one line.  Lines that begin with err or - are
            errors, counted by code.  Percentiles are at most 0.79 % too high.

            Addresses are from 240.0.0.0/4 and 2001:db8::/32, which no host has.  All workloads except
            check and ping change the state of the daemon.

            Exit status: 0 done; 1 done, and some replies were errors; 2 wrong usage; 3 the server
            cannot be reached, closed a connection, or does not answer.

            """
    }
}
