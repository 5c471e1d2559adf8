"""Programs of others that verify DKIM: dkimpy, OpenDKIM, and Perl's Mail::DKIM. Each takes mails
and the TXT records of the DNS, {name: text}, and answers per mail the set of selectors whose
signature verifies. `tampered` makes of a signed mail what nobody may take for it."""

import os
import re
import subprocess
import tempfile

import dkim

from dns_server import DnsServer

CHUNK = 200  # mails per process: their names go onto one command line


def dkimpy(mails, records):
    def txt(name, timeout=5):  # dkimpy names it
        del timeout
        text = name.decode() if isinstance(name, bytes) else name
        return records.get(text.rstrip("."), "").encode()

    found = []
    for mail in mails:
        verified = set()
        signatures = re.findall(rb"(?im)^DKIM-Signature:([^\n]*(?:\n[ \t][^\n]*)*)", head_of(mail))
        for number, signature in enumerate(signatures):
            try:
                if dkim.DKIM(mail).verify(number, txt):
                    verified.add(re.search(rb"\bs=([^;\s]+)", signature)[1].decode())
            except dkim.DKIMException:
                pass
        found.append(verified)
    return found


def opendkim(mails, records):
    found = []
    with tempfile.TemporaryDirectory() as folder:
        data, config = os.path.join(folder, "records"), os.path.join(folder, "opendkim.conf")
        with open(data, "w", encoding="ascii") as file:
            file.writelines(f"{name} {text}\n" for name, text in records.items())
        with open(config, "w", encoding="ascii") as file:
            file.write(f"TestDNSData file:{data}\nMode v\nOn-Default accept\n")
        for begin in range(0, len(mails), CHUNK):
            names = write_mails(folder, mails[begin:begin + CHUNK])
            run = subprocess.run(
                ["/usr/sbin/opendkim", "-x", config, "-t", ",".join(names), "-vv"],
                cwd=folder, capture_output=True, encoding="utf-8", check=False)
            results = re.findall(
                r"### INSHEADER: .*?hname='Authentication-Results' hvalue='(.*?)'$",
                run.stdout, re.MULTILINE | re.DOTALL)
            assert len(results) == len(names), run.stderr[-2000:]
            found += [set(re.findall(r"dkim=pass [^;]*?header\.s=(\S+)", text)) for text in results]
    return found


PERL = r"""
use strict; use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS::Resolver;
my $port = shift;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
  nameservers => ["127.0.0.1"], port => $port, searchlist => [], udp_timeout => 20));
for my $name (@ARGV) {
  my $verifier = Mail::DKIM::Verifier->new();
  open(my $file, "<:raw", $name) or die $!;
  $verifier->PRINT($_) while <$file>;
  $verifier->CLOSE();
  print join(" ", map { $_->selector } grep { $_->result eq "pass" } $verifier->signatures), "\n";
}
"""


def mail_dkim(mails, records):
    found = []
    server = DnsServer({name: [text] for name, text in records.items()})
    try:
        with tempfile.TemporaryDirectory() as folder:
            for begin in range(0, len(mails), CHUNK):
                names = write_mails(folder, mails[begin:begin + CHUNK])
                run = subprocess.run(["/usr/bin/perl", "-e", PERL, str(server.port), *names],
                                     cwd=folder, capture_output=True, encoding="utf-8", check=True)
                lines = run.stdout.split("\n")[:-1]
                assert len(lines) == len(names), run.stderr[-2000:]
                found += [set(line.split()) for line in lines]
    finally:
        server.stop()
    return found


VERIFIERS = (dkimpy, opendkim, mail_dkim)
MAY_IGNORE_ED25519 = (mail_dkim,)  # the version of Debian 12 does not know it


def all_right(verifier, verified, algorithms):
    """Whether these selectors are those of {selector: algorithm}, as far as the verifier knows."""
    needed = {selector for selector, algorithm in algorithms.items()
              if verifier not in MAY_IGNORE_ED25519 or algorithm.startswith("rsa")}
    return needed <= verified <= set(algorithms)


def write_mails(folder, mails):
    names = [f"{number}.eml" for number in range(len(mails))]
    for name, mail in zip(names, mails):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(mail)
    return names


def head_of(mail):
    return mail.split(b"\r\n\r\n", 1)[0] + b"\r\n"


def tampered(mail):
    """(what was done, the mail after it) for each change that has to break every signature."""
    head, body = mail.split(b"\r\n\r\n", 1)
    head += b"\r\n"
    signatures = re.match(rb"(?:DKIM-Signature: [^\n]*\n(?:[ \t][^\n]*\n)*)+", head)[0]
    rest = head[len(signatures):]

    def whole(fields):
        return signatures + fields + b"\r\n" + body

    yield "another address to unsubscribe", whole(
        rest.replace(b"List-Unsubscribe: <https://", b"List-Unsubscribe: <https://evil.", 1))
    for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post"):
        field = re.search(rb"(?m)^" + name + rb": [^\n]*\n(?:[ \t][^\n]*\n)*", rest)[0]
        yield f"{name.decode()} taken out", whole(rest.replace(field, b""))
    for field in (b"From: Eve <eve@evil.example>", b"Subject: You have won",
                  b"Reply-To: eve@evil.example", b"To: eve@evil.example",
                  b"List-Unsubscribe: <https://evil.example/>",
                  b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
                  b"Content-Type: text/html"):
        yield f"{field.decode()} before", field + b"\r\n" + mail
        yield f"{field.decode()} behind", whole(rest + field + b"\r\n")
    yield "another subject", whole(rest.replace(b"\r\nSubject: ", b"\r\nSubject: x", 1))
    yield "another body", signatures + rest + b"\r\nx" + body
