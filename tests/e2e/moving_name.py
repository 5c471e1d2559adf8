"""A webhook whose name leads to a public address first and to this machine afterwards. To be run
in a network and mount namespace of its own (unshare --net --mount): it has a name server on port
53 and a public address there. Prints what it saw as JSON."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in (HERE, os.path.join(os.path.dirname(HERE), "support"),
               os.path.join(os.path.dirname(HERE), "support", "smtp")):
    sys.path.insert(0, folder)

from dns_server import DnsServer  # noqa: E402
from endpoints import Endpoint  # noqa: E402
from jawort import Jawort  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from signing_up import OPEN, sign_up  # noqa: E402
from waiting import wait_until  # noqa: E402

NAME, PUBLIC = "elsewhere.example", "93.184.215.14"


def prepare(folder):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"], check=True)
    resolver = os.path.join(folder, "resolv.conf")
    with open(resolver, "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)


def main(folder):
    prepare(folder)
    names = DnsServer(port=53, addresses={NAME: [PUBLIC]})
    certificates = os.path.join(folder, "certificates")
    outside = Endpoint(host=PUBLIC, certificate="wrong-name", certificate_dir=certificates)
    inside = Endpoint(port=outside.port)
    relay = ScriptedServer()
    jawort = Jawort(os.path.join(folder, "jawort"),
                    {"smtp.url": relay.url, "webhooks.ca_file": outside.ca_file})
    definition = os.path.join(folder, "hook.toml")
    with open(definition, "w", encoding="utf-8") as file:
        file.write(f'[[webhook]]\nid = "h"\nurl = "https://{NAME}:{outside.port}/"\n'
                   'events = ["contact.created"]\n')
    jawort.apply(OPEN, definition)

    def row(state, number):
        found = jawort.ask("webhook", "deliveries", "h")["deliveries"]
        newest = found[0] if len(found) == number else {"attempts": 0}
        return newest["attempts"] > 0 and newest["state"] == state and found

    jawort.start()
    sign_up(jawort, "anna@example.org")
    wait_until(lambda: row("delivered", 1), "the public address took it")
    names.addresses[NAME] = ["127.0.0.1"]
    jawort.stop()  # and forgets what it had looked up
    jawort.start()
    sign_up(jawort, "bert@example.org")
    refused = wait_until(lambda: row("waiting", 2), "the private one was refused")[0]
    jawort.stop()
    print(json.dumps({"outside": len(outside.requests), "inside": inside.connections,
                      "problem": refused["last_problem"], "asked": NAME in names.asked}))
    relay.stop()
    # Threads of the servers do not matter any more.
    sys.stdout.flush()
    os._exit(0)


main(sys.argv[1])
