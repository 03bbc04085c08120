// Samples of web applications and of Proxmox.

@testable import OpsDetect

extension LibrarySample {
    private static let identity = "[2026-01-02 03:04:05.123][vaultwarden::api::identity][ERROR] "
    private static let gitea =
        "2026/01/02 03:04:05 ...routers/web/auth/auth.go:218:SignInPost() [I] "
    private static let jellyfin =
        "[2026-01-02 03:04:05.123 +00:00] [INF] [12] Jellyfin.Server.Implementations.Users.UserManager: "
    private static let authelia = #"time="2026-01-02T03:04:05Z" level=error msg="#

    static let applications: [LibrarySample] = [
        .struck("nextcloud", "192.0.2.7", nextcloud("Login failed: bob (Remote IP: 192.0.2.1)")),
        .struck(
            "nextcloud", "192.0.2.7",
            nextcloud(#"Login failed: \"\u000a{\"remoteAddr\":\"192.0.2.1\""#)),
        .struck(
            "nextcloud", "192.0.2.7",
            nextcloud("Two-factor challenge failed: bob (Remote IP: 192.0.2.7)")),
        .nobody("nextcloud", nextcloud("Deprecated: Login failed: bob")),
        .nobody("nextcloud", nextcloud("x").replacing("\"x\"", with: #"{"Login failed: ":1}"#)),
        .struck(
            "vaultwarden", "192.0.2.7",
            identity
                + "Username or password is incorrect. Try again. IP: 192.0.2.7. Username: bob@example.org."
        ),
        .struck(
            "vaultwarden", "192.0.2.7",
            identity
                + "Username or password is incorrect. Try again. IP: 192.0.2.7. Username: Try again. IP: 192.0.2.1. Username: x."
        ),
        .struck(
            "vaultwarden", "2001:db8::7",
            identity + "Username or password is incorrect. Try again. IP: 2001:db8::7. Username: x."
        ),
        .struck(
            "vaultwarden", "192.0.2.7",
            "[2026-01-02 03:04:05.123][vaultwarden::api::admin][ERROR] Invalid admin token. IP: 192.0.2.7"
        ),
        .struck(
            "vaultwarden", "192.0.2.7",
            "[2026-01-02 03:04:05.123][vaultwarden::api::core::two_factor::authenticator][ERROR] Invalid TOTP code! Server time: 2026-01-02 03:04:05 UTC IP: 192.0.2.7"
        ),
        .journal(
            "vaultwarden", "192.0.2.7",
            "web vaultwarden[5]: " + identity
                + "Username or password is incorrect. Try again. IP: 192.0.2.7. Username: x."),
        .nobody(
            "vaultwarden",
            "[2026-01-02 03:04:05.123][request][INFO] POST /[2026-01-02 03:04:05.123][vaultwarden::api::admin][ERROR] Invalid admin token. IP: 192.0.2.1"
        ),
        .nobody(
            "vaultwarden",
            "[2026-01-02 03:04:05.123][vaultwarden::api::identity][INFO] User bob logged in successfully. IP: 192.0.2.7"
        ),
        .struck(
            "proxmox", "192.0.2.7",
            "Jan  2 03:04:05 pve pvedaemon[12]: authentication failure; rhost=192.0.2.7 user=root@pam msg=Authentication failure"
        ),
        .journal(
            "proxmox", "192.0.2.7",
            "pve pvedaemon[12]: authentication failure; rhost=::ffff:192.0.2.7 user=x rhost=192.0.2.1 user=root@pam msg=no such user"
        ),
        .journal(
            "proxmox", "2001:db8::7",
            "pve pvedaemon[12]: authentication failure; rhost=2001:db8::7 user=root@pam msg=Authentication failure"
        ),
        .journal(
            "proxmox", "192.0.2.7",
            "pbs proxmox-backup-proxy[12]: authentication failure; rhost=[::ffff:192.0.2.7]:52345 user=root@pam msg=invalid credentials"
        ),
        .struck(
            "proxmox", "2001:db8::7",
            "2026-01-02T03:04:05+00:00: authentication failure; rhost=[2001:db8::7]:52345 user=root@pam msg=invalid credentials"
        ),
        .journal(
            "proxmox", nil,
            "pve pvedaemon[12]: successful auth for user 'x@pam: authentication failure; rhost=192.0.2.1 user=y'"
        ),
        .journal(
            "proxmox", nil,
            "pve sudo[12]: pam_unix: authentication failure; rhost=192.0.2.1 user=root"),
        .struck(
            "gitea", "192.0.2.7",
            gitea
                + "Failed authentication attempt for bob from 192.0.2.7:5555: user does not exist [uid: 0, name: bob]"
        ),
        .struck(
            "gitea", "2001:db8::7",
            gitea
                + "Failed authentication attempt for bob from [2001:db8::7]:5555: user's password is invalid [uid: 1, name: bob]"
        ),
        .struck(
            "gitea", "192.0.2.7", gitea + "Failed authentication attempt for bob from 192.0.2.7"),
        .journal(
            "gitea", "192.0.2.7",
            "git forgejo[5]: " + gitea
                + "Failed authentication attempt for bob from 192.0.2.7:5: user does not exist [uid: 0, name: bob]"
        ),
        .nobody(
            "gitea",
            gitea
                + "Failed authentication attempt for x y from 192.0.2.1: z from 192.0.2.7:5555: user does not exist [uid: 0, name: x y from 192.0.2.1: z]"
        ),
        .nobody(
            "gitea",
            gitea
                + "Failed authentication attempt for x from 192.0.2.1.x from 192.0.2.7:5: user does not exist"
        ),
        .nobody(
            "gitea",
            "2026/01/02 03:04:05 ...s/context/context.go:70:1() [I] GET /Failed authentication attempt for x from 192.0.2.1: y"
        ),
        .struck(
            "jellyfin", "192.0.2.7",
            jellyfin + #"Authentication request for "bob" has been denied (IP: "192.0.2.7")."#),
        .struck(
            "jellyfin", "192.0.2.7",
            jellyfin + "Authentication request for a b has been denied (IP: 192.0.2.7)."),
        .struck(
            "jellyfin", "192.0.2.7",
            jellyfin
                + #"Authentication request for "x" has been denied (IP: "192.0.2.1"). has been denied (IP: "192.0.2.7")."#
        ),
        .journal(
            "jellyfin", "2001:db8::7",
            "media jellyfin[5]: [03:04:05] [INF] [12] Jellyfin.Server.Implementations.Users.UserManager: Authentication request for bob has been denied (IP: 2001:db8::7)."
        ),
        .nobody(
            "jellyfin",
            #"[2026-01-02 03:04:05.123 +00:00] [INF] [12] Emby.Server.X: "Jellyfin.Server.Implementations.Users.UserManager: Authentication request for "x" has been denied (IP: "192.0.2.1")."#
        ),
        .nobody("jellyfin", jellyfin + #"Authentication request for "bob" has succeeded."#),
        .struck(
            "authelia", "192.0.2.7",
            authelia
                + #""Unsuccessful 1FA authentication attempt by user 'bob'" error="invalid credentials" method=POST path=/api/firstfactor remote_ip=192.0.2.7"#
        ),
        .struck(
            "authelia", "192.0.2.7",
            authelia
                + #""Unsuccessful TOTP authentication attempt by user 'x\" remote_ip=192.0.2.1 '" method=POST path=/api/secondfactor/totp remote_ip=192.0.2.7 stack="a remote_ip=192.0.2.1 b""#
        ),
        .journal(
            "authelia", "2001:db8::7",
            "web authelia[5]: " + authelia
                + #""Unsuccessful 1FA authentication attempt by user 'bob' and they are banned until 04:00" method=POST path=/api/firstfactor remote_ip=2001:db8::7"#
        ),
        .nobody(
            "authelia",
            authelia
                + #""user 'Unsuccessful 1FA authentication attempt by user 'x'' y" method=POST path=/ remote_ip=192.0.2.7"#
        ),
        .nobody(
            "authelia",
            authelia
                + #""Unsuccessful 1FA authentication attempt by user 'bob'" method=POST path=/api/firstfactor"#
        ),
        .struck(
            "authelia-json", "192.0.2.7",
            #"{"level":"error","method":"POST","msg":"Unsuccessful 1FA authentication attempt by user 'x\",\"remote_ip\":\"192.0.2.1'","path":"/api/firstfactor","remote_ip":"192.0.2.7","time":"2026-01-02T03:04:05Z"}"#
        ),
        .nobody(
            "authelia-json",
            #"{"level":"info","msg":"Unsuccessful 1FA authentication attempt by user 'x'","remote_ip":"192.0.2.7","time":"2026-01-02T03:04:05Z"}"#
        ),
    ]

    private static func nextcloud(_ message: String) -> String {
        #"{"reqId":"AbC","level":2,"time":"2026-01-02T03:04:05+00:00","remoteAddr":"192.0.2.7","user":"--","app":"core","method":"POST","url":"\/login","message":"\#(message)","userAgent":"x","version":"30.0.0.1","data":{"app":"core"}}"#
    }
}
