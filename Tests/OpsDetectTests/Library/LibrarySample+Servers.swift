// Samples of sshd, the web servers and the mail servers.

@testable import OpsDetect

extension LibrarySample {
    static let ssh: [LibrarySample] =
        [
            "Failed password for root from 192.0.2.7 port 22022 ssh2",
            "Failed password for invalid user admin from 192.0.2.7 port 22 ssh2",
            "Failed password for invalid user  from 192.0.2.7 port 22 ssh2",
            "Failed keyboard-interactive/pam for root from 192.0.2.7 port 22 ssh2",
            "Invalid user admin from 192.0.2.7 port 50000", "Invalid user admin from 192.0.2.7",
            "Invalid user  from 192.0.2.7 port 50000",
            "error: maximum authentication attempts exceeded for root from 192.0.2.7 port 9 ssh2 [preauth]",
            "error: maximum authentication attempts exceeded for invalid user a b from 192.0.2.7 port 9 ssh2 [preauth]",
            "User daemon from 192.0.2.7 not allowed because not listed in AllowUsers",
            "User bob from 192.0.2.7 not allowed because none of user's groups are listed in AllowGroups",
            "ROOT LOGIN REFUSED FROM 192.0.2.7 port 40001",
            "ROOT LOGIN REFUSED FROM 192.0.2.7 port 40001 [preauth]",
            // User names that a stranger chose.
            "Failed password for invalid user x from 192.0.2.1 port 22 ssh2 from 192.0.2.7 port 9 ssh2",
            "Failed password for invalid user Failed password for root from 192.0.2.1 port 1 ssh2 from 192.0.2.7 port 9 ssh2",
            "Invalid user x from 192.0.2.1 port 22 from 192.0.2.7 port 9",
            "Invalid user Invalid user y from 192.0.2.1 from 192.0.2.7 port 9",
            "Invalid user \"quoted' from 192.0.2.7 port 9",
            "Invalid user sshd[1]: Failed password for root from 192.0.2.1 port 1 ssh2 from 192.0.2.7 port 9",
            "User x from 192.0.2.1 not allowed because not listed in AllowUsers from 192.0.2.7 not allowed because listed in DenyUsers",
        ].flatMap { message in
            [
                .struck("sshd", "192.0.2.7", "Jan  2 03:04:05 web sshd[4711]: \(message)"),
                .struck(
                    "sshd", "192.0.2.7",
                    "2026-01-02T04:04:05.000000+01:00 web sshd-session[4711]: \(message)"),
                .journal("sshd", "192.0.2.7", "web sshd[4711]: \(message)"),
                .journal("sshd", "192.0.2.7", "web sshd-session[4711]: \(message)"),
            ]
        } + [
            .journal(
                "sshd", "2001:db8::7",
                "web sshd[1]: Failed password for root from 2001:db8::7 port 2 ssh2")
        ]
        + [
            "Accepted password for root from 192.0.2.7 port 22 ssh2",
            "Failed publickey for root from 192.0.2.7 port 22 ssh2: RSA SHA256:abc",
            "Failed none for invalid user x from 192.0.2.7 port 22 ssh2",
            "Failed password for root from 192.0.2.7 port 22 ssh2 and more",
            "Failed password for root from example.org port 22 ssh2",
            "Failed password for root from 999.0.2.7 port 22 ssh2",
            "Received disconnect from 192.0.2.7 port 22:11: Failed password for root from 192.0.2.1 port 22 ssh2",
            "Connection closed by invalid user Invalid user x from 192.0.2.1 port 22 192.0.2.7 port 9 [preauth]",
            "Disconnected from user x Invalid user x from 192.0.2.1",
            "error: kex_exchange_identification: client sent invalid protocol identifier \"Failed password for root from 192.0.2.1 port 22 ssh2\"",
        ].flatMap { message in
            [
                .nobody("sshd", "Jan  2 03:04:05 web sshd[4711]: \(message)"),
                .journal("sshd", nil, "web sshd[4711]: \(message)"),
            ]
        } + [
            .journal(
                "sshd", nil, "web sudo[1]: Failed password for root from 192.0.2.1 port 2 ssh2"),
            .journal(
                "sshd", nil,
                "web logger: sshd[1]: Failed password for root from 192.0.2.1 port 2 ssh2"),
            .nobody(
                "sshd",
                "Jan  2 03:04:05 web su: x sshd[1]: Failed password for root from 192.0.2.1 port 2 ssh2"
            ),
        ]

    private static let nginx = "2026/01/02 03:04:05 [error] 12#12: *34 "
    private static let rest =
        #", server: example.org, request: "GET / HTTP/1.1", host: "example.org""#
    private static let clf = "[02/Jan/2026:03:04:05 +0000]"
    private static let apache = "[Fri Jan 02 03:04:05.123456 2026] "

    static let web: [LibrarySample] = [
        .struck(
            "nginx-auth", "192.0.2.7",
            nginx + #"user "admin": password mismatch, client: 192.0.2.7"# + rest),
        .struck(
            "nginx-auth", "2001:db8::7",
            nginx + #"user "a b" was not found in "/etc/nginx/users", client: 2001:db8::7"# + rest),
        .nobody(
            "nginx-auth",
            nginx
                + #"user "x" was not found in "y", client" was not found in "/etc/nginx/users", client: 192.0.2.7"#
                + rest),
        .nobody(
            "nginx-auth",
            nginx
                + #"user "x", client 192.0.2.1, server": password mismatch, client: 192.0.2.7"#
                + rest),
        .struck(
            "nginx-auth", "192.0.2.7",
            nginx
                + #"user "x, client 192.0.2.1, server": password mismatch, client: 192.0.2.7, server: a, request: "GET /": password mismatch, client: 192.0.2.1, server: x, request: "GET / HTTP/1.1""#
        ),
        .nobody(
            "nginx-auth",
            nginx + "no user/password was provided for basic authentication, client: 192.0.2.7"
                + rest),
        .nobody(
            "nginx-auth",
            nginx
                + #"open() "/x/user "a": password mismatch, client: 192.0.2.1, server: b" failed (2: No such file or directory), client: 192.0.2.7"#
                + rest),
        .struck(
            "nginx-limit", "192.0.2.7",
            nginx + #"limiting requests, excess: 5.320 by zone "one", client: 192.0.2.7"# + rest),
        .struck(
            "nginx-limit", "192.0.2.7",
            nginx + #"limiting connections by zone "addr", client: 192.0.2.7"# + rest),
        .nobody(
            "nginx-limit",
            nginx + #"limiting requests, dry run, excess: 5.320 by zone "one", client: 192.0.2.7"#
                + rest),
        .nobody(
            "nginx-limit",
            nginx + #"delaying request, excess: 0.320, by zone "one", client: 192.0.2.7"# + rest),
        .nobody(
            "nginx-limit",
            nginx
                + #"open() "/limiting connections by zone "addr", client: 192.0.2.1, server: x" failed, client: 192.0.2.7"#
                + rest),
        .struck(
            "nginx-scan", "192.0.2.7", #"192.0.2.7 - - \#(clf) "\x16\x03\x01\x02" 400 150 "-" "-""#),
        .struck(
            "nginx-scan", "192.0.2.7",
            #"192.0.2.7 - - \#(clf) "GET /.env HTTP/1.1" 404 150 "-" "curl""#),
        .struck(
            "nginx-scan", "2001:db8::7",
            #"2001:db8::7 - bob \#(clf) "GET /shop/.git/config?x=1 HTTP/2.0" 403 150 "-" "-""#),
        .struck(
            "nginx-scan", "192.0.2.7",
            #"192.0.2.7 - a 192.0.2.1 - - \#(clf) "POST /vendor/phpunit/eval-stdin.php HTTP/1.1" 404 1 "-" "-""#
        ),
        .nobody("nginx-scan", #"192.0.2.7 - - \#(clf) "GET /.env HTTP/1.1" 200 150 "-" "-""#),
        .nobody("nginx-scan", #"192.0.2.7 - - \#(clf) "GET /a.env HTTP/1.1" 404 150 "-" "-""#),
        .nobody("nginx-scan", #"192.0.2.7 - - \#(clf) "GET /?q=/.env HTTP/1.1" 404 150 "-" "-""#),
        .nobody(
            "nginx-scan",
            #"192.0.2.7 - - \#(clf) "GET / HTTP/1.1" 200 1 "GET /.env HTTP/1.1" "\x16 400 1 ""#),
        .nobody("nginx-scan", #"192.0.2.7 - - \#(clf) "" 400 0 "-" "-""#),
        .struck(
            "apache-auth", "192.0.2.7",
            apache
                + #"[auth_basic:error] [pid 12:tid 34] [client 192.0.2.7:5555] AH01617: user admin: authentication failure for "/x": Password Mismatch"#
        ),
        .struck(
            "apache-auth", "192.0.2.7",
            apache
                + "[auth_basic:error] [pid 12] [client 192.0.2.7:5555] AH01618: user x not found: /x, referer: http://a/[client 192.0.2.1:5]"
        ),
        .struck(
            "apache-auth", "2001:db8::7",
            apache
                + "[auth_basic:error] [pid 12:tid 34] [client 2001:db8::7:5555] AH01618: user [client 192.0.2.1:1] AH01618: user y not found: /x"
        ),
        .struck(
            "apache-auth", "192.0.2.7",
            apache
                + "[auth_digest:error] [pid 12:tid 34] [client 192.0.2.7:5555] AH01790: user `x' in realm `y' not found: /x"
        ),
        .nobody(
            "apache-auth",
            apache
                + "[authz_core:error] [pid 12:tid 34] [client 192.0.2.7:5555] AH01630: client denied by server configuration: /x"
        ),
        .nobody(
            "apache-auth",
            apache
                + "[core:error] [pid 12:tid 34] [client 192.0.2.7:5555] AH00126: Invalid URI in request GET [auth_basic:error] [pid 1] [client 192.0.2.1:5] AH01617: user x"
        ),
        .struck(
            "traefik-auth", "192.0.2.7",
            #"192.0.2.7 - admin \#(clf) "GET / HTTP/1.1" 401 17 "-" "-" 1 "web@docker" "-" 0ms"#),
        .struck(
            "traefik-auth", "192.0.2.7",
            #"192.0.2.7 - a - 192.0.2.1 - b \#(clf) "GET /x HTTP/2.0" 401 17 "-" "-" 1 "web@docker" "-" 0ms"#
        ),
        .nobody(
            "traefik-auth",
            #"192.0.2.7 - - \#(clf) "GET / HTTP/1.1" 401 17 "-" "-" 1 "web@docker" "-" 0ms"#),
        .nobody(
            "traefik-auth",
            #"192.0.2.7 - admin \#(clf) "GET / HTTP/1.1" 200 17 "-" "-" 1 "web@docker" "-" 0ms"#),
        .nobody(
            "traefik-auth",
            #"192.0.2.7 - admin \#(clf) "GET /%22 401 1 HTTP/1.1" 200 17 "401 1 " "-" 1 "web@docker" "-" 0ms"#
        ),
        .struck(
            "traefik-auth-json", "192.0.2.7",
            #"{"ClientAddr":"10.0.0.1:5","ClientHost":"192.0.2.7","ClientUsername":"admin","DownstreamStatus":401,"RequestPath":"/","level":"info","time":"2026-01-02T03:04:05Z"}"#
        ),
        .nobody(
            "traefik-auth-json",
            #"{"ClientHost":"192.0.2.7","ClientUsername":"-","DownstreamStatus":401,"time":"2026-01-02T03:04:05Z"}"#
        ),
        .nobody(
            "traefik-auth-json",
            #"{"ClientHost":"192.0.2.7","ClientUsername":"a\",\"DownstreamStatus\":401","DownstreamStatus":200,"time":"2026-01-02T03:04:05Z"}"#
        ),
        .nobody(
            "traefik-auth-json",
            #"{"ClientHost":"192.0.2.7","ClientHost":"192.0.2.1","ClientUsername":"a","DownstreamStatus":401,"time":"2026-01-02T03:04:05Z"}"#
        ),
        .struck(
            "caddy-auth", "192.0.2.7",
            caddy(401, "GET", #"{"Authorization":["REDACTED"],"X-Forwarded-For":["192.0.2.1"]}"#)),
        .nobody("caddy-auth", caddy(401, "GET", #"{"User-Agent":["\"Authorization\":[\"x\"]"]}"#)),
        .nobody("caddy-auth", caddy(200, "GET", #"{"Authorization":["REDACTED"]}"#)),
        .struck(
            "caddy-auth-post", "192.0.2.7", caddy(403, "POST", #"{"Client_ip":["192.0.2.1"]}"#)),
        .nobody("caddy-auth-post", caddy(403, "GET", "{}")),
        .nobody("caddy-auth-post", caddy(404, "POST", "{}")),
    ]

    private static func caddy(_ status: Int, _ method: String, _ headers: String) -> String {
        #"{"level":"info","ts":1767323045.0,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"5","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"\#(method)","host":"example.org","uri":"/x","headers":\#(headers)},"bytes_read":0,"user_id":"","duration":0.001,"size":0,"status":\#(status),"resp_headers":{"Server":["Caddy"]}}"#
    }

    private static let postfix = "Jan  2 03:04:05 mail postfix/smtpd[12]: "
    private static let submission = "mail postfix/submission/smtpd[12]: "

    static let mail: [LibrarySample] = [
        .struck(
            "postfix-sasl", "192.0.2.7",
            postfix + "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6"),
        .struck(
            "postfix-sasl", "192.0.2.7",
            postfix
                + "warning: mx.example.org[192.0.2.7]: SASL PLAIN authentication failed: , sasl_username=x[192.0.2.1]: SASL LOGIN authentication failed: y"
        ),
        .journal(
            "postfix-sasl", "2001:db8::7",
            submission
                + "warning: unknown[2001:db8::7]: SASL CRAM-MD5 authentication failed: (reason unavailable), sasl_username=a@b"
        ),
        .nobody(
            "postfix-sasl",
            postfix
                + "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: Connection lost to authentication server"
        ),
        .nobody(
            "postfix-sasl",
            postfix
                + "NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 550 5.1.1 <warning: x[192.0.2.1]: SASL LOGIN authentication failed: y>: Recipient address rejected"
        ),
        .struck(
            "postfix-relay", "192.0.2.7",
            postfix
                + "NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <a@example.org>: Relay access denied; from=<b@example.net> to=<a@example.org> proto=ESMTP helo=<x[192.0.2.1]: 554 5.7.1 <a>: Relay access denied; >"
        ),
        .journal(
            "postfix-relay", "192.0.2.7",
            submission
                + "NOQUEUE: reject: RCPT from mx.example.org[192.0.2.7]: 454 4.7.1 <a@example.org>: Relay access denied; from=<b@c> to=<a@example.org> proto=ESMTP helo=<x>"
        ),
        .nobody(
            "postfix-relay",
            postfix
                + "NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 450 4.7.1 <x>: Helo command rejected: Host not found; from=<a> to=<b> proto=ESMTP helo=<Relay access denied; >"
        ),
        .struck(
            "dovecot", "192.0.2.7",
            "Jan  2 03:04:05 mail dovecot: imap-login: Disconnected (auth failed, 3 attempts in 17 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, TLS, session=<a+b/c>"
        ),
        .struck(
            "dovecot", "192.0.2.7",
            "Jan  2 03:04:05 mail dovecot: pop3-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<bob>, method=LOGIN, rip=192.0.2.7, lip=10.0.0.2, TLS: Disconnected, TLSv1.2 with cipher X (256/256 bits)"
        ),
        .journal(
            "dovecot", "192.0.2.7",
            "mail dovecot[3]: imap-login: Login aborted: Connection closed (auth failed, 3 attempts in 16 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, TLS, session=<x>"
        ),
        .struck(
            "dovecot", "192.0.2.7",
            "Jan 02 03:04:05 submission-login: Info: Login aborted: Logged out (auth failed, 1 attempts in 16 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, session=<x>"
        ),
        .journal(
            "dovecot", "2001:db8::7",
            "mail dovecot: imap-login: Disconnected: Inactivity (auth failed, 1 attempts in 178 secs): user=<>, rip=2001:db8::7, lip=2001:db8::2"
        ),
        .journal(
            "dovecot", "192.0.2.7",
            "mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 1 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=1.1.1.1, session=<x>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, session=<y>"
        ),
        .journal(
            "dovecot", "192.0.2.7",
            "mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 1 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=1.1.1.1, TLS, x>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, TLS"
        ),
        .journal(
            "dovecot", nil,
            "mail dovecot: imap-login: Disconnected (no auth attempts in 1 secs): user=<>, rip=192.0.2.7, lip=10.0.0.2, session=<y>"
        ),
        .journal(
            "dovecot", nil,
            "mail dovecot: imap-login: Login: user=<x (auth failed, 1 attempts in 1 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=1>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.2, mpid=3, session=<y>"
        ),
    ]
}
