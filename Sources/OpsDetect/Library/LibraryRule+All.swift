// The table of the library.  How each program writes its lines is from its source and its
// documentation; why a pattern may not be looser is said beside it.

import OpsCore

extension LibraryRule {
    /// Every rule, in the order of the manual.
    package static let all: [LibraryRule] = [
        LibraryRule(
            "sshd", "Addresses that fail to log in by ssh.",
            [
                LibraryForm(
                    // Since OpenSSH 9.8 a connection is served by sshd-session.  Without PAM who
                    // is logged in stays in sshd's unit, so the unit alone does not tell.
                    journal: [
                        "_COMM=sshd _UID=0", "_COMM=sshd-session _UID=0",
                        "_SYSTEMD_UNIT=ssh.service _UID=0", "_SYSTEMD_UNIT=sshd.service _UID=0",
                    ],
                    files: ["/var/log/auth.log", "/var/log/secure"],
                    // A user name can be anything, ` from 192.0.2.1 port 22` too: what follows the
                    // address goes on to the end of the line.
                    patterns: [
                        "Failed (?:password|keyboard-interactive\\S*) for (?:invalid user )?"
                            + "<F-USER>.*</F-USER> from <ADDR> port \\d+ ssh2",
                        "Invalid user <F-USER>.*</F-USER> from <ADDR>(?: port \\d+)?",
                        "(?:error: )?maximum authentication attempts exceeded for "
                            + "(?:invalid user )?<F-USER>.*</F-USER> from <ADDR> port \\d+ ssh2",
                        "User <F-USER>.*</F-USER> from <ADDR> not allowed because "
                            + "(?:not listed in AllowUsers|listed in DenyUsers|not in any group"
                            + "|a group is listed in DenyGroups"
                            + "|none of user's groups are listed in AllowGroups)",
                        "ROOT LOGIN REFUSED FROM <ADDR>(?: port \\d+)?",
                    ].map { syslog("sshd(?:-session|-auth)?") + $0 + "(?: \\[preauth\\])?$" })
            ]),
        LibraryRule(
            "nginx-auth", "Addresses that send wrong passwords to nginx (auth_basic).",
            [
                LibraryForm(
                    files: ["/var/log/nginx/*error.log"],
                    // A user name of basic authentication ends at its first colon, so none has
                    // one: it cannot contain `", client: `.  Nor has anybody a quote in it.
                    patterns: [
                        nginxError("error")
                            + #"user "<F-USER>[^":]*+</F-USER>"(?:: password mismatch"#
                            + #"| was not found in "[^":]*+"), client: <ADDR>, server: "#
                    ])
            ]),
        LibraryRule(
            "nginx-limit",
            "Addresses whose requests or connections nginx refuses (limit_req, limit_conn).",
            [
                LibraryForm(
                    files: ["/var/log/nginx/*error.log"],
                    patterns: [
                        nginxError("error|warn|notice")
                            + #"limiting (?:requests, excess: [\d.]+|connections) by zone "[^"]*+","#
                            + " client: <ADDR>, server: "
                    ])
            ]),
        LibraryRule(
            "nginx-scan",
            "Addresses that send nginx what is not HTTP, or ask for files that only scanners look for.",
            [
                LibraryForm(
                    files: ["/var/log/nginx/*access.log"],
                    patterns: [
                        accessLog + #""[^"\\]*+\\x[^"]*+" 400 \d+ "#,
                        accessLog
                            + #""[A-Z]+ /(?:[^" ?]*/)?(?:\.env(?:\.\w+)?|\.git/(?:config|HEAD)"#
                            + #"|\.aws/credentials|\.ssh/id_\w+|wp-config\.php\.\w+|eval-stdin\.php"#
                            + #"|boaform/admin/formLogin|HNAP1/?|GponForm/diag_Form|actuator/env"#
                            + #"|_ignition/execute-solution|cgi-bin/luci/[^" ]*)(?:\?[^" ]*)?"#
                            + #"(?: HTTP/[\d.]+)?" (?:400|403|404|405|444) \d+ "#,
                    ],
                    datePattern: accessDate)
            ]),
        LibraryRule(
            "apache-auth", "Addresses that send wrong passwords to Apache.",
            [
                LibraryForm(
                    files: ["/var/log/apache2/*error.log", "/var/log/httpd/*error_log"],
                    // Apache writes the port behind an IPv6 address without brackets: without
                    // taking it away, another address would be struck.
                    patterns: [
                        #"^\s*\[[^\]]*+\] \[auth_(?:basic|digest):error\] \[pid \d+(?::tid \d+)?\] "#
                            + #"\[client (?:<IP4>(?::\d+)?|<IP6>:\d+)\] "#
                            + "AH(?:01617|01618|01790|01791|01794): user "
                    ])
            ]),
        LibraryRule(
            "postfix-sasl", "Addresses that fail to log in to postfix (SASL).",
            [
                LibraryForm(
                    journal: postfixUnits, files: mailLogs,
                    patterns: [
                        smtpd + #"warning: [^\[\] ]*+\[<ADDR>\](?::\d+)?: SASL [\w-]+ "#
                            + "authentication failed:"
                            + "(?! (?:Connection lost to authentication server"
                            + "|Temporary authentication failure|Invalid authentication mechanism))"
                    ])
            ]),
        LibraryRule(
            "postfix-relay", "Addresses that try to relay mail for others through postfix.",
            [
                LibraryForm(
                    journal: postfixUnits, files: mailLogs,
                    patterns: [
                        smtpd + #"NOQUEUE: reject: RCPT from [^\[\] ]*+\[<ADDR>\](?::\d+)?: "#
                            + #"[45]5[04] [45]\.7\.1 <[^>]*+>: Relay access denied; "#
                    ])
            ]),
        LibraryRule(
            "dovecot", "Addresses that fail to log in to dovecot.",
            [
                LibraryForm(
                    journal: ["_SYSTEMD_UNIT=dovecot.service"], files: mailLogs,
                    // A user name may contain all that follows it, but behind the real address no
                    // `<` comes except that of the session.
                    patterns: [
                        #"^\s*(?:(?:\S+ )?dovecot(?:\[\d+\])?: )?[\w-]+-login: (?:Info: )?"#
                            + #"[\w :,'-]*+\(auth failed, \d+ attempts(?: in \d+ secs)?\)"#
                            + #"(?: \(auth_failed\))?: user=<<F-USER>.*</F-USER>>(?:, method=[\w-]+)?"#
                            + #", rip=<ADDR>, lip=[^ ,<>]++(?:, [^<>]*+(?:<[^<>]*+>)?)?$"#
                    ])
            ]),
        LibraryRule(
            "nextcloud", "Addresses that fail to log in to Nextcloud, or its second factor.",
            [
                LibraryForm(
                    files: [
                        "/var/www/nextcloud/data/nextcloud.log",
                        "/var/lib/nextcloud/data/nextcloud.log", "/var/log/nextcloud/nextcloud.log",
                    ],
                    format: .json,
                    when: ["message": ["~^Login failed: ", "~^Two-factor challenge failed: "]],
                    address: "remoteAddr", time: "time")
            ]),
        LibraryRule(
            "vaultwarden",
            "Addresses that fail to log in to Vaultwarden, its admin page, or its second factor.",
            [
                LibraryForm(
                    journal: ["_SYSTEMD_UNIT=vaultwarden.service"],
                    files: ["/var/log/vaultwarden/*.log", "/var/lib/vaultwarden/vaultwarden.log"],
                    patterns: [
                        #"identity\]\[ERROR\] Username or password is incorrect\. Try again\. "#
                            + #"IP: <ADDR>\. Username: "#,
                        #"admin\]\[ERROR\] Invalid admin token\. IP: <ADDR>$"#,
                        #"core::two_factor::authenticator\]\[ERROR\] Invalid TOTP code! "#
                            + #"Server time: [\d :-]*(?:UTC )?IP: <ADDR>$"#,
                    ].map { program("vaultwarden") + #"\[[^\]]*+\]\[vaultwarden::api::"# + $0 })
            ]),
        LibraryRule(
            "traefik-auth", "Addresses that send wrong passwords to Traefik (basicAuth).",
            [
                LibraryForm(
                    files: ["/var/log/traefik/*access.log"],
                    // Without a user name it is the first request of a browser, which has not
                    // asked for one yet.
                    patterns: [
                        #"^<ADDR> - (?!- )[^"]+\[[^\]"]*+\] "[A-Z]+ [^"]*+" 401 \d+ "#
                    ],
                    datePattern: accessDate),
                LibraryForm(
                    suffix: "-json", files: ["/var/log/traefik/*access.log"], format: .json,
                    when: ["DownstreamStatus": ["401"], "ClientUsername": ["~^(?!-?$)"]],
                    address: "ClientHost", time: "time"),
            ]),
        LibraryRule(
            "caddy-auth", "Addresses whose logins Caddy answers with 401 or 403.",
            [
                // With a password that was wrong; without one it is a browser's first request.
                LibraryForm(
                    files: caddyLogs, format: .json,
                    when: [
                        "status": ["401"],
                        "request.headers.Authorization[0]": ["~."],
                    ],
                    address: "request.client_ip", time: "ts"),
                LibraryForm(
                    suffix: "-post", files: caddyLogs, format: .json,
                    when: [
                        "status": ["401", "403"],
                        "request.method": ["POST"],
                    ],
                    address: "request.client_ip", time: "ts"),
            ]),
        LibraryRule(
            "proxmox", "Addresses that fail to log in to Proxmox VE or Proxmox Backup Server.",
            [
                LibraryForm(
                    journal: [
                        "_SYSTEMD_UNIT=pvedaemon.service", "_SYSTEMD_UNIT=pveproxy.service",
                        "_SYSTEMD_UNIT=proxmox-backup-proxy.service",
                    ],
                    files: ["/var/log/daemon.log", "/var/log/proxmox-backup/api/auth.log"],
                    patterns: [
                        #"^\s*(?:(?:\S+ )?(?:pvedaemon|pveproxy|proxmox-backup-(?:proxy|api))"#
                            + #"(?:\[\d+\])?|[\dT:.+-]*): authentication failure; "#
                            + #"rhost=<ADDR>(?::\d+)? user="#
                    ])
            ]),
        LibraryRule(
            "gitea", "Addresses that fail to log in to Gitea or Forgejo.",
            [
                LibraryForm(
                    journal: ["_SYSTEMD_UNIT=gitea.service", "_SYSTEMD_UNIT=forgejo.service"],
                    files: [
                        "/var/lib/gitea/log/gitea.log", "/var/log/gitea/gitea.log",
                        "/var/lib/forgejo/log/forgejo.log",
                    ],
                    // No user has a name with a space, and who tries one may go on trying.
                    patterns: [
                        program("(?:gitea|forgejo)") + #"[\d/]*\s*[\d:]*\s*(?:\S+ )?\[[A-Z]\] "#
                            + #"Failed authentication attempt for <F-USER>\S+</F-USER> from "#
                            + #"<ADDR>(?::\d+)?(?:: |$)"#
                    ])
            ]),
        LibraryRule(
            "jellyfin", "Addresses that fail to log in to Jellyfin.",
            [
                LibraryForm(
                    journal: ["_SYSTEMD_UNIT=jellyfin.service"], files: ["/var/log/jellyfin/*.log"],
                    patterns: [
                        program("jellyfin") + #"\[[^\]]*+\] \[[A-Z]+\] (?:\[\d+\] )?"#
                            + #"Jellyfin\.Server\.Implementations\.Users\.UserManager: "#
                            + "Authentication request for <F-USER>.*</F-USER> has been denied "
                            + #"\(IP: "?<ADDR>"?\)\.?$"#
                    ])
            ]),
        LibraryRule(
            "authelia", "Addresses that fail to log in to Authelia, or its second factor.",
            [
                LibraryForm(
                    journal: ["_SYSTEMD_UNIT=authelia.service"],
                    files: ["/var/log/authelia/*.log"],
                    patterns: [
                        program("authelia") + #"time="[^"]*+" level=error msg="Unsuccessful \S+ "#
                            + #"authentication attempt by user '(?:[^"\\]++|\\.)*+"(?: \w+="#
                            + #"(?:"(?:[^"\\]++|\\.)*+"|[^\s"]++))*? remote_ip=<ADDR>(?:\s|$)"#
                    ]),
                LibraryForm(
                    suffix: "-json", journal: ["_SYSTEMD_UNIT=authelia.service"],
                    files: ["/var/log/authelia/*.log"], format: .json,
                    when: [
                        "level": ["error"],
                        "msg": [#"~^Unsuccessful \S+ authentication attempt by user '"#],
                    ],
                    address: "remote_ip", time: "time"),
            ]),
    ]

    /// What stands before a message of syslog, with or without its date: host, program, process.
    private static func syslog(_ program: String) -> String {
        #"^\s*(?:\S+ )?"# + program + #"(?:\[\d+\])?: "#
    }

    /// The same where a file has only the message.
    private static func program(_ name: String) -> String {
        #"^\s*(?:(?:\S+ )?"# + name + #"(?:\[\d+\])?: )?"#
    }

    /// `2026/01/31 10:20:30 [error] 12#12: *34 `
    private static func nginxError(_ levels: String) -> String {
        #"^(?:\d+/\d+/\d+ [\d:]+)?\s*\[(?:"# + levels + #")\] \d+#\d+: \*\d+ "#
    }

    /// `192.0.2.1 - user [31/Jan/2026:10:20:30 +0000] `: quotes in the user's name, and in what
    /// follows, are escaped; brackets are not.
    private static let accessLog = #"^<ADDR> - [^"]*\[[^\]"]*+\] (?=")"#
    /// The date of such a line, whatever the user is called.
    private static let accessDate = #"\[({DATE})\] ""#
    private static let smtpd = syslog(#"postfix(?:-\w+)?(?:/[\w-]+)*/smtpd"#)
    private static let postfixUnits = [
        "_SYSTEMD_UNIT=postfix.service", "_SYSTEMD_UNIT=postfix@-.service",
    ]
    private static let mailLogs = ["/var/log/mail.log", "/var/log/maillog"]
    private static let caddyLogs = ["/var/log/caddy/*.log"]
}
