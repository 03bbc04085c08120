"""deliver.py OPSPAGER: opspager between a small opsd and those whom pages go to, all on loopback."""

import base64
import email
import email.header
import email.policy
import hashlib
import hmac
import json
import os
import sys
import tempfile
import time

from case import Pager, case, expect, page, run_all, same, until
from standins import Babbler, Mail, Telegram, Web, certificate

program = sys.argv[1]
certificates = tempfile.TemporaryDirectory(prefix="pager-cert.", dir="/tmp")
cert, key = certificate(certificates.name)


def telegram(server, name="tg"):
    return (f'[pager.channel.{name}]\nkind = "telegram"\nchat_id = "-100123"\ntoken_file = "@/token"\n'
            f'api_base = "{server.url}"\n')


def mail(server, tls="starttls", name="mail", to='["ops@example.org"]', login=True, trusts=cert):
    return (f'[pager.channel.{name}]\nkind = "smtp"\nhost = "localhost"\nport = {server.port}\n'
            f'tls = "{tls}"\nfrom = "alerts@example.org"\nto = {to}\n'
            + (f'ca_file = "{trusts}"\n' if trusts else "")
            + ('user = "alerts"\npassword_file = "@/password"\n' if login else ""))


def webhook(server, more="", name="hook"):
    return f'[pager.channel.{name}]\nkind = "webhook"\nurl = "{server.url}/in"\n{more}'


# MARK: Telegram

S2_14 = "🚨 CRITICAL INCIDENT\n\nDatabase connection lost\n\nSource: healthcheck\nFingerprint: c75893c52574"


@case
def telegram_takes_a_page():
    """Telegram: S2-14's text, bold by entities, the token in no log, and no byte before begun"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        number = pager.opsd.put("tg", page())
        end = pager.opsd.end(number)
        same(end, f'work done {number} token={number:016x} receipt="telegram message 1001"')
        message = server.messages[0]
        same(message["text"][:len(S2_14)], S2_14)
        expect("opsctl incident ack 17" in message["text"], message["text"])
        same(message["entities"], [{"type": "bold", "offset": 3, "length": 17}])
        same(server.requests[0]["path"], "/bot123:secret-token/sendMessage")
        begun = pager.opsd.said("work begun")[0][0]
        expect(begun < server.requests[0]["at"], "the message left before begun")
        expect("secret" not in pager.journal, pager.journal)


@case
def telegram_refuses_entities():
    """Telegram: a 400 with entities is sent once more plain; a second 400 is permanent"""
    server = Telegram()
    bad = Telegram.error(400, "Bad Request: can't parse entities")
    with Pager(program, telegram(server)) as pager:
        server.answers += [bad]
        number = pager.opsd.put("tg", page())
        expect("work done" in pager.opsd.end(number))
        same(["entities" in message for message in server.messages], [True, False])
        server.answers += [bad, Telegram.error(400, "Bad Request: chat not found")]
        number = pager.opsd.put("tg", page())
        end = pager.opsd.end(number)
        expect("class=permanent" in end and "chat not found" in end, end)


@case
def telegram_classes():
    """Telegram: 429 is limited by what it says, 401 and 403 permanent, 500 and a lost answer maybe-sent"""
    server = Telegram()
    tried = [
        (Telegram.error(429, "Too Many Requests: retry after 7", retry_after=7), "class=limited retry_after=7s"),
        (Telegram.error(401, "Unauthorized"), "class=permanent"),
        (Telegram.error(403, "Forbidden: bot was kicked from the group chat"), "class=permanent"),
        (Telegram.error(500, "Internal Server Error"), "class=maybe-sent"),
        ("close", "class=maybe-sent"), ("late", "class=maybe-sent"),
    ]
    with Pager(program, telegram(server)) as pager:
        for place, (answer, wanted) in enumerate(tried):
            server.answers += [answer]
            number = pager.opsd.put("tg", page(), key=f"incident/{place}/raise/1")
            end = pager.opsd.end(number)
            expect(end and wanted in end, answer, end)
        expect("kicked from the group chat" in pager.journal, pager.journal)


@case
def telegram_chat_moves():
    """Telegram: a chat that has become a supergroup is followed, told, and remembered"""
    server = Telegram()
    server.answers += [Telegram.error(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100999)]
    with Pager(program, telegram(server)) as pager:
        for _ in range(2):
            number = pager.opsd.put("tg", page())
            expect("work done" in pager.opsd.end(number))
        same([message["chat_id"] for message in server.messages], [-100123, -100999, -100999])
        expect("has become -100999" in pager.journal, pager.journal)


@case
def repeats_are_marked():
    """A page that may be there already says so"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        number = pager.opsd.put("tg", page(), may_repeat=True)
        expect("work done" in pager.opsd.end(number))
        same(server.messages[0]["text"].splitlines()[0], "🚨 CRITICAL INCIDENT (may repeat)")


@case
def nothing_listens():
    """A server that is not there, and a name that does not exist: never-sent"""
    server = Telegram()
    server.stop()
    server.server.server_close()
    text = telegram(server) + telegram(server, "dns").replace(server.url, "https://no-such-host.invalid")
    with Pager(program, text) as pager:
        for name in ("tg", "dns"):
            number = pager.opsd.put(name, page())
            end = pager.opsd.end(number, 20)
            expect(end and "class=never-sent" in end, name, end)


@case
def a_hanging_channel_delays_no_other():
    """Eight pages hang at one server; the other channel delivers within a second"""
    slow, quick = Telegram(), Telegram()
    slow.answers += ["hang"] * 8
    with Pager(program, telegram(slow) + telegram(quick, "quick")) as pager:
        for number in range(8):
            pager.opsd.put("tg", page(), key=f"incident/{number}/raise/1")
        expect(slow.wait(8), "eight are in hand")
        started = time.time()
        number = pager.opsd.put("quick", page())
        expect("work done" in pager.opsd.end(number))
        expect(time.time() - started < 2, time.time() - started)
        # A ninth for the slow one is not even taken.
        pager.opsd.put("tg", page(), key="incident/9/raise/1")
        number = pager.opsd.put("quick", page())
        expect("work done" in pager.opsd.end(number))
        same(len(slow.requests), 8)


@case
def an_endless_answer_is_broken_off():
    """A webhook's status counts, however long its body; a mail server that only talks has got nothing"""
    server, talker = Web(), Babbler()
    server.answers += ["endless"]
    with Pager(program, webhook(server) + mail(talker)) as pager:
        number = pager.opsd.put("hook", page())
        end = pager.opsd.end(number)
        expect(end and "work done" in end, end)
        number = pager.opsd.put("mail", page())
        end = pager.opsd.end(number)
        expect(end and "class=never-sent" in end and "Too large" in end, end)
    for sent in (server.sent, talker.sent):
        expect(sent < 32 << 20, sent)
    talker.stop()


@case
def one_after_the_other():
    """Pages of one incident keep their order on a channel"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        numbers = [pager.opsd.put("tg", page(message=str(n)), key=f"incident/3/raise/{n}") for n in range(6)]
        for number in numbers:
            expect("work done" in pager.opsd.end(number))
        same([message["text"].splitlines()[2] for message in server.messages], list("012345"))


# MARK: Mail

def parsed(letter):
    message = email.message_from_bytes(letter, policy=email.policy.default)
    same(message.defects, [])
    for part in message.walk():
        same(part.defects, [])
    for name, value in message.items():
        same(value.defects, (), name)
    return message


@case
def mail_by_starttls():
    """Mail: STARTTLS and login; no defects for Python's email, CR LF everywhere, short lines, a stable id"""
    server = Mail(cert, key)
    with Pager(program, mail(server, to='["ops@example.org", "boss@example.org"]')) as pager:
        text = "💥 " + "länge " * 50
        number = pager.opsd.put("mail", page(message=text))
        end = pager.opsd.end(number)
        same(end, f'work done {number} token={number:016x} receipt="<opsd.1795917600.{number}@db1>"')
        sender, recipients, letter = server.letters[0]
        same((sender, recipients), ("alerts@example.org", ["ops@example.org", "boss@example.org"]))
        expect(all(line.endswith(b"\r") for line in letter.split(b"\n")[:-1]), "a bare LF")
        expect(max(len(line) for line in letter.split(b"\r\n")) <= 78, "a long line")
        expect(all(byte < 128 for byte in letter), "8 bit")
        message = parsed(letter)
        same(message["Subject"], f"[CRITICAL] db1: {text} (healthcheck)")
        same(message["Message-ID"], f"<opsd.1795917600.{number}@db1>")
        same(message["Date"].datetime.isoformat(), "2026-11-29T02:00:00+00:00")
        same(message["To"], "ops@example.org, boss@example.org")
        expect(text.strip() in message.get_content() and "opsctl incident ack 17" in message.get_content())
    server.stop()


@case
def mail_without_starttls():
    """Mail: a server without STARTTLS gets neither mail nor password: never-sent"""
    server = Mail(cert, key, plain=True)
    with Pager(program, mail(server)) as pager:
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("class=never-sent" in end, end)
        same((server.letters, server.commands), ([], []))
    server.stop()


@case
def mail_by_implicit_tls():
    """Mail: TLS from the first byte"""
    server = Mail(cert, key, implicit=True)
    with Pager(program, mail(server, "implicit")) as pager:
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("work done" in end, end)
        same(len(server.letters), 1)
    server.stop()


@case
def mail_in_clear_on_this_host():
    """Mail: in clear where the server is on this host and the file says so"""
    server = Mail(cert, key, plain=True)
    with Pager(program, mail(server, "none", login=False, trusts=None)) as pager:
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("work done" in end, end)
    server.stop()


@case
def mail_of_a_stranger():
    """Mail: a certificate that nobody vouches for is never-sent"""
    server = Mail(cert, key)
    with Pager(program, mail(server, trusts=None)) as pager:
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("class=never-sent" in end and "certificate" in end, end)
        same(server.commands, [])
    server.stop()


@case
def mail_classes():
    """Mail: 451 is never-sent, 550 permanent, a wrong password permanent, silence after DATA maybe-sent"""
    server = Mail(cert, key)
    with Pager(program, mail(server) + mail(server, name="wrong")) as pager:
        for place, (answer, wanted) in enumerate([
                ("451 4.3.0 try again later", "class=never-sent"),
                ("451 4.7.1 greylisted", "class=limited"),
                ("550 5.7.1 no such thing here", "class=permanent"), (1, "class=maybe-sent")]):
            server.data += [answer]
            end = pager.opsd.end(pager.opsd.put("mail", page(), key=f"incident/{place}/raise/1"))
            expect(end and wanted in end, answer, end)
            expect(not isinstance(answer, str) or answer in end, answer, end)
        pager.secret("password", "wrong")
        pager.process.send_signal(1)
        until(lambda: "reloaded" in pager.journal)
        end = pager.opsd.end(pager.opsd.put("wrong", page()))
        expect("class=permanent" in end and "535" in end, end)
    server.stop()


@case
def mail_one_bad_recipient():
    """Mail: a recipient that is refused does not lose the others, and is told"""
    server = Mail(cert, key)
    server.rcpt["gone@example.org"] = "550 5.1.1 no such user"
    with Pager(program, mail(server, to='["gone@example.org", "ops@example.org"]')) as pager:
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("work done" in end, end)
        same(server.letters[0][1], ["ops@example.org"])
        until(lambda: "gone@example.org: 550 5.1.1 no such user" in pager.journal, what=pager.journal)
        server.rcpt["ops@example.org"] = "550 5.1.1 no such user"
        end = pager.opsd.end(pager.opsd.put("mail", page()))
        expect("class=permanent" in end and "no such user" in end, end)
    server.stop()


@case
def hostile_texts():
    """Line breaks, ESC, bidi marks, markup and 10 KB reach no header, no markup and no second line"""
    nasty = "a\r\nBcc: x@example.org\r\n\r\nbody \x1b[31m \u202e *_[]() <b> `x` " + "x" * 10_000
    server, tg, hook = Mail(cert, key), Telegram(), Web()
    text = mail(server) + telegram(tg) + webhook(hook, 'format = "slack"\n')
    with Pager(program, text) as pager:
        for name in ("mail", "tg", "hook"):
            end = pager.opsd.end(pager.opsd.put(name, page(message=nasty, source=nasty)))
            expect("work done" in end, name, end)
        message = parsed(server.letters[0][2])
        same(message["Bcc"], None)
        expect("\x1b" not in message.get_content() and "\u202e" not in message.get_content())
        chat = tg.messages[0]
        expect(len(chat["text"].encode("utf-16-le")) // 2 <= 4096, "too long")
        expect("\r" not in chat["text"] and "\x1b" not in chat["text"] and "\u202e" not in chat["text"])
        same(chat["text"].split("\n")[2][:12], "a\\r\\nBcc: x@")
        slack = json.loads(hook.requests[0]["body"])["text"]
        same(slack.count("```"), 2)
        expect("&lt;b&gt;" in slack and "<b>" not in slack, slack[:200])
    server.stop()


# MARK: Webhooks, files, heartbeats

@case
def webhook_signs():
    """Webhook: the body, a signature that holds, and an id that stays; 429 with Retry-After is limited"""
    server = Web()
    with Pager(program, webhook(server, 'secret_file = "@/key"\n')) as pager:
        server.answers += [(429, {"headers": {"Retry-After": "12"}}), 200, 503, 404, 302]
        number = pager.opsd.put("hook", page())
        expect("class=limited retry_after=12s" in pager.opsd.end(number))
        request = server.requests[0]
        wanted = hmac.new(b"a secret key", request["body"], hashlib.sha256).hexdigest()
        same(request["headers"]["X-Opsd-Signature"], f"sha256={wanted}")
        same(request["headers"]["X-Opsd-Id"], f"db1.1795917600.{number}")
        body = json.loads(request["body"])
        same((body["channel"], body["may_repeat"], body["page"]["incidents"][0]["id"]), ("hook", False, 17))
        for wanted in ("work done", "class=limited", "class=permanent", "class=permanent"):
            end = pager.opsd.end(pager.opsd.put("hook", page()))
            expect(wanted in end, wanted, end)


@case
def file_has_lines():
    """File: each page is one line of JSON; a directory that is not there is never-sent"""
    with Pager(program, '[pager.channel.f]\nkind = "file"\npath = "@/pages"\n'
               '[pager.channel.g]\nkind = "file"\npath = "@/none/pages"\n') as pager:
        for number in range(3):
            end = pager.opsd.end(pager.opsd.put("f", page(message="a\nb"), key=f"incident/{number}/raise/1"))
            expect("work done" in end, end)
        with open(f"{pager.directory}/pages") as file:
            lines = [json.loads(line) for line in file]
        same(len(lines), 3)
        expect("a\\nb" in lines[0]["text"])
        end = pager.opsd.end(pager.opsd.put("g", page()))
        expect("class=never-sent" in end and "/none" in end, end)


@case
def heartbeats_need_health():
    """Heartbeat: a call when opsd has answered health, and none when it has not"""
    server = Web()
    text = f'[pager.channel.heart]\nkind = "heartbeat"\nurl = "{server.url}/beat"\nevery = "10s"\n'
    with Pager(program, text, starts=False) as pager:
        pager.opsd.is_healthy = False
        pager.start()
        until(lambda: pager.opsd.said("health"), what="health is asked for")
        time.sleep(0.5)
        same(server.requests, [])
        pager.opsd.is_healthy = True
        expect(server.wait(1, 15), "a heartbeat")
        same(server.requests[0]["path"], "/beat")


# MARK: Secrets and words

@case
def secrets_of_others_are_refused():
    """A secret that others can read is refused by name; pages of that channel fail at once, the others go"""
    one, two = Telegram(), Telegram()
    with Pager(program, telegram(one) + telegram(two, "ok").replace("@/token", "@/other"), starts=False) as pager:
        pager.secret("other", "456:other")
        os.chmod(f"{pager.directory}/token", 0o644)
        checked = pager.run("--check")
        same(checked.returncode, 2)
        expect(f"{pager.directory}/token can be read by others, mode 644" in checked.stderr, checked.stderr)
        pager.start()
        end = pager.opsd.end(pager.opsd.put("tg", page()))
        expect("class=permanent" in end and "read by others" in end, end)
        expect("work done" in pager.opsd.end(pager.opsd.put("ok", page())))


@case
def words():
    """--check, --test, --version, and words that mean nothing"""
    server = Telegram()
    with Pager(program, telegram(server), starts=False) as pager:
        checked = pager.run("--check")
        same((checked.returncode, checked.stdout), (0, f"{pager.directory}/opsd.toml: no faults; 1 channel\n"))
        tested = pager.run("--test", "tg")
        same((tested.returncode, tested.stdout), (0, "tg: delivered (telegram message 1001)\n"))
        expect(server.messages[0]["text"].startswith("🔔 TEST: nothing is wrong"), server.messages)
        server.answers += [Telegram.error(401, "Unauthorized")]
        tested = pager.run("--test", "tg")
        same((tested.returncode, tested.stderr), (1, "opspager: tg: not delivered (permanent): HTTP 401: Unauthorized\n"))
        same(pager.run("--test", "none").returncode, 2)
        expect(pager.run("--version").stdout.startswith("opspager "))
        same(pager.run("--frobnicate").returncode, 2)


@case
def environment_of_s2_15():
    """S2-15: the names of the environment make channels"""
    server = Mail(cert, key, plain=True)
    names = {"SMTP_HOST": "localhost", "SMTP_PORT": str(server.port), "SMTP_USER": "alerts@example.org",
             "SMTP_FROM": "noreply@example.org", "SMTP_PASS": "hunter2"}
    with Pager(program, "", starts=False, environment=names) as pager:
        tested = pager.run("--test", "mail")
        # It asks for STARTTLS, as it must with a password.
        same(tested.returncode, 1)
        expect("never-sent" in tested.stderr and "hunter2" not in tested.stderr, tested.stderr)
    server.stop()


# MARK: opsd comes and goes

@case
def opsd_breaks_off():
    """What became of a page is told on the next connection, and nothing is sent twice"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        until(lambda: pager.opsd.said("work take"))
        pager.opsd.refusals["work done"] = [("busy", "the log is behind")]
        number = pager.opsd.put("tg", page())
        expect(server.wait(1))
        pager.opsd.cut()
        end = pager.opsd.end(number)
        expect("work done" in end, end)
        time.sleep(0.3)
        same(len(server.requests), 1)
        number = pager.opsd.put("tg", page())
        expect("work done" in pager.opsd.end(number))


@case
def lost_leases_are_not_sent():
    """An item that opsd does not let begin is not sent"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        pager.opsd.refusals["work begun"] = [("refused", "the token does not hold item 1")]
        pager.opsd.put("tg", page())
        number = pager.opsd.put("tg", page(message="second"))
        expect("work done" in pager.opsd.end(number))
        same([message["text"].splitlines()[2] for message in server.messages], ["second"])


@case
def a_stop_finishes_what_has_begun():
    """SIGTERM: what has begun is delivered and told, within ten seconds"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        server.answers += ["hang"]
        number = pager.opsd.put("tg", page())
        expect(server.wait(1))
        pager.process.send_signal(15)
        time.sleep(0.5)
        expect(pager.process.poll() is None, "it has left a page alone")
        server.release.set()
        same(pager.process.wait(5), 0)
        expect("class=maybe-sent" in pager.opsd.end(number))


@case
def a_reload_takes_for_new_channels():
    """SIGHUP: pages of a new channel are taken at once; a bad file changes nothing"""
    one, two = Telegram(), Telegram()
    with Pager(program, telegram(one)) as pager:
        until(lambda: pager.opsd.said("work take page/tg "))
        pager.configure(telegram(one) + telegram(two, "new"))
        pager.process.send_signal(1)
        number = pager.opsd.put("new", page())
        expect("work done" in (pager.opsd.end(number, 5) or ""), "not taken")
        pager.configure("[pager.channel.new]\n")
        pager.process.send_signal(1)
        until(lambda: "not reloaded, the old configuration stays" in pager.journal, what=pager.journal)
        expect("work done" in pager.opsd.end(pager.opsd.put("new", page())))


@case
def nothing_to_do():
    """Without a channel, and without an opsd, it sleeps"""
    with Pager(program, "") as pager:
        until(lambda: pager.opsd.said("ping"))
        for _ in range(2):
            before = pager.processor_seconds()
            time.sleep(2)
            expect(pager.processor_seconds() - before < 0.5, "it is busy")
            if os.path.exists(pager.opsd.path):
                pager.opsd.close()


@case
def silence_is_told():
    """opsd silent for 60 s: told once by opspager itself, and its return too"""
    server = Telegram()
    with Pager(program, telegram(server)) as pager:
        until(lambda: pager.opsd.said("ping"))
        pager.opsd.answers = False
        started = time.time()
        expect(server.wait(1, 90), "it is told")
        expect(time.time() - started > 35, "too soon")
        text = server.messages[0]["text"]
        expect(text.startswith("🚨 CRITICAL INCIDENT\n\nopsd has not answered for 60 s\n"), text)
        time.sleep(2)
        same(len(server.requests), 1)
        pager.opsd.answers = True
        expect(server.wait(2, 30), "its return is told")
        expect(server.messages[1]["text"].startswith("✅ RESOLVED"), server.messages[1])


run_all()
