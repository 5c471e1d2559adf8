"""Many clients that post at once, and remember what they were answered."""

import http.client
import itertools
import threading

from visitor import Visitor


class Load:
    """Threads that post addresses of their own until told to stop, or until nobody answers."""

    def __init__(self, port, threads=8, prefix="load"):
        self.answered = []  # addresses whose post was answered 202 or 303
        self.cut = []  # answers that began and did not end
        self.unexpected = []
        self._port, self._prefix = port, prefix
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._post, args=(number % 2 == 0,))
                         for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def count(self):
        with self._lock:
            return len(self.answered)

    def end(self):
        """Waits until all threads have found that nobody answers any more."""
        for thread in self._threads:
            thread.join()

    def stop(self):
        self._stop.set()
        self.end()

    def _next_address(self):
        with self._lock:
            return f"{self._prefix}-{next(self._numbers)}@example.org"

    def _post(self, kept_open):
        while not self._stop.is_set():
            if not self._round(kept_open):
                return

    def _round(self, kept_open):
        """Some posts on one connection; False when the server has gone."""
        visitor = Visitor(self._port)
        try:
            if not kept_open:
                return self._one(visitor)
            with visitor:
                while not self._stop.is_set():
                    self._one(visitor)
            return True
        except ConnectionRefusedError:
            return False
        except ConnectionError:
            return True  # not answered, so nothing is promised; a new connection will tell
        except (http.client.IncompleteRead, http.client.BadStatusLine):
            self.cut.append("an answer was cut")
            return True

    def _one(self, visitor):
        address = self._next_address()
        answer = visitor.post("/forms/open", {"email": address, "first_name": "Load",
                                              "consent": "newsletter"})
        with self._lock:
            if answer.status in (202, 303):
                self.answered.append(address)
            elif answer.status != 503:
                self.unexpected.append(answer.status)
        return True
