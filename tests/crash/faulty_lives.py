"""Lives of a Campaign that end by a fault: at a write, a flush, a step of the conversation with the
relay, in start and in stop."""

import itertools
import os
import signal
import threading
import time

from campaign import Violation
from faults import Fault, database_files, error_at
from installation import CALM, PATIENCE, Manners, Visitor, clean_environment, started

WRITES = ("pwrite64", "fdatasync", "ftruncate")
ALL_WRITES = "pwrite64,fdatasync,fsync,ftruncate,unlink,rename"
PATIENT = Manners(go_delays=(PATIENCE,))  # nothing goes out
QUIET = 0.4  # seconds without a word to the relay after which it has been told all
LONGEST = 3  # seconds for which a fault is waited for under load


class FaultyLives:
    def __init__(self, campaign):
        self.campaign, self.jawort = campaign, campaign.jawort
        self.trace = os.path.join(campaign.folder, "strace.log")

    def under_load(self, fault):
        """People act until the server ends. False when the fault was never reached."""
        campaign = self.campaign
        with campaign.faulty_life(str(fault)):
            self.jawort.launch(tracer=fault.tracer(self.trace))
            if started(self.jawort):
                watch = Watch(self.jawort)
                campaign.people.begin(self.jawort.port)
                self._wait_for_end()
                campaign.stop_people()
                watch.end()
            struck = self._end(fault)
            if struck and "error" in fault.effect:
                self.check_silence(error_at(self.trace))
                if self.jawort.ready():
                    watch.check(campaign)
        return struck

    def at_start(self, fault):
        """As often as the calls of a start allow; the last life left a log to recover."""
        with self.campaign.faulty_life(str(fault)):
            self.jawort.launch(tracer=fault.tracer(self.trace))
            started(self.jawort)
            struck = self._end(fault)
        return struck

    def at_stop(self, fault):
        with self.campaign.faulty_life(str(fault)):
            self.jawort.launch(tracer=fault.tracer(self.trace))
            if started(self.jawort):
                self.campaign.people.sign_up(self.jawort.port, 3)
                self.jawort.signal_stop()
                self._wait_for_end(PATIENCE)
            struck = self._end(fault)
        return struck

    def at_the_relay(self, fault, mails=3):
        """Mails wait; the server finds them at its start and sends them, and nobody else talks to
        it: all traced calls are the conversation with the relay."""
        campaign, relay = self.campaign, self.campaign.relay
        relay.manners = PATIENT
        with campaign.faulty_life("mails wait"):
            self.jawort.start()
            campaign.people.sign_up(self.jawort.port, mails)
            self._end(None)
        relay.manners = CALM
        with campaign.faulty_life(str(fault)):
            # Calls are counted per thread: one sender alone talks to the relay.
            self.jawort.launch(clean_environment(JAWORT_SMTP__CONNECTIONS="1"),
                               fault.tracer(self.trace))
            if started(self.jawort):
                since = time.monotonic()
                self._wait_for_end(LONGEST, lambda: time.monotonic() > QUIET + max(
                    since, relay.heard_at))
            struck = self._end(fault)
        return struck

    # --- ends ---

    def _wait_for_end(self, seconds=LONGEST, enough=lambda: False):
        began = time.monotonic()
        while self.jawort.process.poll() is None and not enough():
            waited = time.monotonic() - began
            # An error may have struck just now, and a stop takes its time.
            if waited > seconds + PATIENCE or waited > seconds and error_at(self.trace) is None:
                return
            time.sleep(0.01)

    def _end(self, fault):
        """Kills what still runs. Answers whether the fault struck."""
        process, campaign = self.jawort.process, self.campaign
        by_itself = process.poll() is not None
        process.kill()
        status = process.wait(PATIENCE)
        self.jawort.log.end()
        if fault and "error" in fault.effect:
            struck = error_at(self.trace) is not None
            fits = not struck or by_itself and status > 0
        else:
            struck = fault is not None and by_itself and status == -signal.SIGKILL
            fits = struck or not by_itself or status == 0
        campaign.expect(fits, f"exit: {fault} {'struck' if struck else 'did not strike'}, and it "
                        f"ended {'by itself' if by_itself else 'by us'} with status {status}")
        return struck

    def check_silence(self, struck_at):
        """Who came after the error was promised nothing."""
        since = struck_at - time.time() + time.monotonic()
        late = [act for person in self.campaign.people.everybody.values() for act in person.acts
                if act.life == self.campaign.people.life and act.sent_at > since
                and act.kind not in ("open", "erase") and act.status in (200, 202, 303)]
        self.campaign.expect(not late, f"fault: {len(late)} acts were accepted after the error")


class Watch:
    """Asks /readyz all the time."""

    def __init__(self, jawort):
        self.answers = []  # (sent at, status)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(jawort.admin_port,), daemon=True)
        self._thread.start()

    def _run(self, port):
        try:
            while not self._over.is_set():
                sent_at = time.monotonic()
                self.answers.append((sent_at, Visitor(port).get("/readyz").status))
                self._over.wait(0.005)
        except (OSError, ValueError):
            return

    def end(self):
        self._over.set()
        self._thread.join()

    def check(self, campaign):
        """After somebody was told that the store has failed, nobody was told that it is ready."""
        told = [act.answered_at for person in campaign.people.everybody.values()
                for act in person.acts if act.life == campaign.people.life
                and act.status is None and act.answered_at]
        if told:
            since = min(told)
            wrong = [at for at, status in self.answers if at > since and status == 200]
            campaign.expect(not wrong, f"fault: ready {len(wrong)} times after the error")


def steps(last):
    """1, 2, 3 … and then wider: every n-th call up to `last`."""
    number = 1
    while number <= last:
        yield number
        number += 1 if number < 12 else max(1, number // 6)


def until_missed(act, faults, misses=2):
    """Each fault in turn, until `misses` in a row were never reached. Answers how many struck."""
    struck = missed = 0
    for fault in faults:
        if act(fault):
            struck, missed = struck + 1, 0
        else:
            missed += 1
        if missed >= misses:
            break
    return struck


def kinds_of_faults(lives, last):
    """[(name, how a life goes, faults in the order of their number)]."""
    files = database_files(lives.jawort)
    found = []
    for call, effect in itertools.product(WRITES, ("signal=KILL", "error=EIO", "error=ENOSPC")):
        if effect == "error=ENOSPC" and call != "pwrite64":
            continue
        found.append((f"{effect} {call}", lives.under_load,
                      [Fault(call, effect, str(n), files) for n in steps(last)]))
    found.append(("error=EIO+ pwrite64", lives.under_load,
                  [Fault("pwrite64", "error=EIO", f"{n}+", files) for n in steps(last)]))
    kill = "signal=KILL"
    found.append(("start", lives.at_start,
                  [Fault(f"{ALL_WRITES},openat", kill, str(n), files) for n in steps(last)]))
    found.append(("checkpoint at stop", lives.at_stop,
                  [Fault(ALL_WRITES, kill, str(n), files[:1]) for n in steps(last)]))
    for call in ("sendto", "recvfrom"):
        found.append((f"conversation {call}", lives.at_the_relay,
                      [Fault(call, kill, str(n)) for n in range(1, min(last, 60))]))
    return found
