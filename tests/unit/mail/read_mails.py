"""Reads mails with Python's email package, as a program that did not write them.

Standard input: the number of cases in a line, then for each case a line with six lengths and
the bytes themselves: the message and what it must say (subject, names of From and To, text, html;
no html part where that is empty). Prints "read N" when all agree, else what differs, case by case.
"""

import email
import email.header
import email.policy
import email.utils
import sys

FIELDS = ("message", "subject", "from_name", "to_name", "text", "html")
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Language",
        "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type")


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def body_of(part):
    # As bytes first: get_content() would drop what it cannot decode in the charset.
    return lines(part.get_payload(decode=True).decode("utf-8"))


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


def display_name(field):
    """By the rules of RFC 2047 to the letter, which the newer parser does not keep for names."""
    name, _ = email.utils.parseaddr(field.replace("\r\n", ""))
    return decoded(name)


def loosely(name):
    """As the newer parser reads names: it makes one space of many, and puts one where a long word
    had to be cut in two."""
    return "".join(name.split())


def differences(case):
    message = email.message_from_bytes(case["message"], policy=email.policy.default)
    expected = {name: case[name].decode("utf-8") for name in FIELDS[1:]}
    older = email.message_from_bytes(case["message"], policy=email.policy.compat32)
    read = {
        "subject": str(message["Subject"]),
        "from_name": display_name(older["From"]),
        "to_name": display_name(older["To"]),
    }
    if decoded(older["Subject"].replace("\r\n", "")) != read["subject"]:
        yield "two readings of the subject"
    for name in ("From", "To"):
        found = loosely(message[name].addresses[0].display_name)
        if found != loosely(expected[name.lower() + "_name"]):
            yield f"loose reading of {name}: {found!r}"
    for name in ONCE:
        if len(message.get_all(name, [])) != 1:
            yield f"{name} is there {len(message.get_all(name, []))} times"
    for part in message.walk():
        if part.defects:
            yield f"defects: {part.defects}"
        for name, value in part.items():
            if value.defects:
                yield f"defects of {name}: {value.defects}"
    if message["From"].addresses[0].addr_spec != "news@shop.example":
        yield "the address in From"
    to = message["To"].addresses
    if to[0].addr_spec != "anna@person.example" or len(to) != 1:
        yield "the address in To"
    parts = list(message.iter_parts()) if message.is_multipart() else [message]
    types = [part.get_content_type() for part in parts]
    if types != (["text/plain", "text/html"] if expected["html"] else ["text/plain"]):
        yield f"parts: {types}"
        return
    read["text"] = body_of(parts[0])
    read["html"] = body_of(parts[1]) if len(parts) > 1 else ""
    expected["text"], expected["html"] = lines(expected["text"]), lines(expected["html"])
    if len(parts) == 1 and not expected["text"].endswith("\n"):
        expected["text"] += "\n"  # a message ends with a line end
    for name, value in read.items():
        if value != expected[name]:
            yield f"{name}: {value!r} instead of {expected[name]!r}"


def main():
    source = sys.stdin.buffer
    count = int(source.readline())
    wrong = 0
    for number in range(count):
        lengths = [int(length) for length in source.readline().split()]
        case = {name: source.read(length) for name, length in zip(FIELDS, lengths)}
        found = list(differences(case))
        if found and wrong < 20:
            print(f"case {number}: " + "; ".join(found))
        wrong += bool(found)
    print(f"read {count}" if not wrong else f"{wrong} of {count} differ")


if __name__ == "__main__":
    main()
