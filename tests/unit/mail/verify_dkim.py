"""Verifies signed mails, N.eml in a folder, with programs that did not sign them, and sees that
they refuse what somebody has changed. `records`: a name and its TXT record a line; `expected`: the
selectors that sign mail N, a line each. Prints "verified N", or what is wrong, mail by mail."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from dkim_verifiers import VERIFIERS, all_right, tampered  # noqa: E402

MOST_CHANGED = 12  # mails of which each change is made


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def complaints(mails, expected, records):
    for verifier in VERIFIERS:
        found = verifier(mails, records)
        for number, (verified, wanted) in enumerate(zip(found, expected)):
            if not all_right(verifier, verified, wanted):
                yield f"mail {number}: {verifier.__name__} verified {verified} of {wanted}"
    changed, what = [], []
    for number, mail in enumerate(mails[:MOST_CHANGED]):
        for name, other in tampered(mail):
            changed.append(other)
            what.append(f"mail {number}, {name}")
    for verifier in VERIFIERS:
        for verified, name in zip(verifier(changed, records), what):
            if verified:
                yield f"{name}: {verifier.__name__} verified {verified}"


def main():
    folder = sys.argv[1]
    records = dict(line.split(" ", 1) for line in read(folder, "records").decode().splitlines())
    expected = [{selector: "ed25519" if selector.startswith("ed") else "rsa"
                 for selector in line.split()}
                for line in read(folder, "expected").decode().splitlines()]
    mails = [read(folder, f"{number}.eml") for number in range(len(expected))]
    assert all(re.match(rb"DKIM-Signature: ", mail) for mail in mails)
    wrong = list(complaints(mails, expected, records))
    for line in wrong[:20]:
        print(line)
    print(f"{len(wrong)} complaints" if wrong else f"verified {len(mails)}")


if __name__ == "__main__":
    main()
