"""A name server for tests (RFC 1035): TXT and A records from tables, by UDP and TCP on one port."""

import socket
import struct
import threading

A, TXT, IN = 1, 16, 1
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME, REFUSED = 0, 2, 3, 5


class DnsServer:
    """`records` maps a name to a list of texts, to a reply code, or to None for no answer at all. A
    name that is not there does not exist. `addresses` maps names to lists of IPv4 addresses; they
    have nothing else. `asked` lists the names that were asked for."""

    def __init__(self, records=None, addresses=None, port=0):
        self.records = records or {}
        self.addresses = addresses or {}
        self.asked = []
        self._stopped = False
        while True:
            self._tcp = socket.create_server(("127.0.0.1", port))
            self.port = self._tcp.getsockname()[1]
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self._udp.bind(("127.0.0.1", self.port))
                break
            except OSError:  # somebody else's; another one then
                self._udp.close()
                self._tcp.close()
        self.address = f"127.0.0.1:{self.port}"
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def stop(self):
        self._stopped = True
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self):
        while not self._stopped:
            try:
                query, peer = self._udp.recvfrom(4096)
                reply = self.reply(query, 512)
                if reply:
                    self._udp.sendto(reply, peer)
            except OSError:
                return

    def _serve_tcp(self):
        while not self._stopped:
            try:
                connection, _ = self._tcp.accept()
                with connection, connection.makefile("rb") as stream:
                    query = stream.read(struct.unpack(">H", stream.read(2))[0])
                    reply = self.reply(query, 65535)
                    if reply:
                        connection.sendall(struct.pack(">H", len(reply)) + reply)
            except (OSError, struct.error):
                if self._stopped:
                    return

    def reply(self, query, limit):
        """The bytes to send; None for silence. Truncated where they do not fit."""
        name, end = self._name(query)
        question = query[12:end + 4]
        self.asked.append(name)
        if name in self.addresses:
            wanted = struct.unpack(">H", query[end:end + 2])[0] == A
            found = self.addresses[name] if wanted else []
            return self._header(query, NO_ERROR, len(found)) + question + b"".join(
                struct.pack(">HHHIH", 0xc00c, A, IN, 0, 4) + socket.inet_aton(address)
                for address in found)
        found = self.records.get(name, NO_SUCH_NAME)
        if found is None:
            return None
        code, texts = (found, []) if isinstance(found, int) else (NO_ERROR, found)
        answers = b"".join(self._record(text) for text in texts)
        whole = self._header(query, code, len(texts)) + question + answers
        if len(whole) <= limit:
            return whole
        return self._header(query, code, 0, truncated=True) + question

    @staticmethod
    def _name(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii"))
            at += 1 + query[at]
        return ".".join(labels).lower(), at + 1

    @staticmethod
    def _header(query, code, answers, truncated=False):
        flags = 0x8180 | (0x0200 if truncated else 0) | code
        return query[:2] + struct.pack(">HHHHH", flags, 1, answers, 0, 0)

    @staticmethod
    def _record(text):
        data = text.encode("utf-8")
        strings = [data[i:i + 255] for i in range(0, len(data), 255)] or [b""]
        content = b"".join(bytes([len(part)]) + part for part in strings)
        return b"\xc0\x0c" + struct.pack(">HHIH", TXT, IN, 60, len(content)) + content
