"""The figures. Each is measured beside its limit in the same run; none is judged here."""

import collections
import contextlib
import functools
import os
import shutil
import time

from installation import FORM_PATH, Installation
from load import CONNECTIONS, confirmation_paths, post_forms, visit_links
from many import address_of_copy, fill
from paced import percentile, round_trips, send_paced
from partners import (RecordingSink, Unmeasurable, nginx, rsa_signatures, silent_relay, smtp_sink,
                      smtp_source, wait_until)
from proof import hash_leaves, time_dossiers, time_verification

SENDERS = 8  # the default of [smtp] connections
POSTS_PER_SECOND = 300  # the pace of the promise about latency
BURST = 200  # posts within a tenth of a second


class Figure:
    """One row of the table. `higher_is_better` tells what the ratio and the goal mean."""

    def __init__(self, name, what, value, unit, limit=None, limit_what="", goal=None,
                 goal_text="", **details):
        self.name, self.what, self.value, self.unit = name, what, value, unit
        self.limit, self.limit_what = limit, limit_what
        self.ratio = value / limit if limit else None
        self.goal, self.goal_text = goal, goal_text  # goal: met or not, None where there is none
        self.details = details


class Sizes:
    """How much is measured."""

    def __init__(self, long_run):
        self.rounds = 3 if long_run else 2
        self.seconds = 10 if long_run else 3  # of posts, per round
        self.limit_seconds = 5 if long_run else 2  # of nginx, per round
        self.drain_seconds = 60 if long_run else 8
        self.source_mails = 100_000 if long_run else 10_000  # of smtp-source, per round
        self.people = 200_000 if long_run else 15_000  # who open and press
        self.paced_seconds = 60 if long_run else 10
        self.few, self.many = 10_000, 2_000_000 if long_run else 200_000  # already confirmed
        self.many_seconds = 20 if long_run else 4  # of posts into each of the two
        self.many_presses = 20_000 if long_run else 5_000
        self.dossiers = 20  # of each of the two
        self.leaves = 1_000_000


class once:
    """A property that is made when it is first asked for; what went wrong is kept as well."""

    def __init__(self, make):
        self.make, self.made = make, {}

    def __get__(self, bench, _=None):
        if bench not in self.made:
            try:
                self.made[bench] = self.make(bench), None
            except Unmeasurable as error:
                self.made[bench] = None, error
        value, error = self.made[bench]
        if error:
            raise error
        return value


class Bench:
    """What several figures need is made once, when the first of them needs it."""

    def __init__(self, folder, sizes, say):
        self.folder, self.sizes, self.say = folder, sizes, say
        self.peak_bytes = 0
        self.end_bytes = 0

    def _installation(self, name):
        return Installation(os.path.join(self.folder, name))

    def _note_memory(self, house):
        now, peak = house.memory()
        self.end_bytes, self.peak_bytes = now, max(self.peak_bytes, peak)

    # --- durable form posts ---

    @once
    def _posted(self):
        """An installation whose queue is full, and how it became so: (house, runs, limits). The
        relay keeps silent meanwhile: what is measured is the way from the form to the disk."""
        house, sizes = self._installation("posts"), self.sizes
        runs, limits = [], []
        with nginx(self.folder) as static, silent_relay() as relay, house.serving(relay):
            version = house.form_version()
            for number in range(sizes.rounds):
                limits.append(post_forms(static, version, "n", sizes.limit_seconds))
                runs.append(with_cpu(house, post_forms, house.port, version, f"p{number}",
                                     sizes.seconds))
            self._note_memory(house)
        rows = house.ask("SELECT (SELECT count(*) FROM contact), (SELECT count(*) FROM outbox),"
                         "(SELECT count(*) FROM event WHERE type = 'form_submitted')")
        answers = sum(run["answers"] for run in runs)
        if min(rows) < answers:
            raise Unmeasurable(f"{answers} posts were answered, but the database holds {rows[0]} "
                               f"contacts, {rows[1]} mails, {rows[2]} events")
        return house, runs, limits

    def posts(self):
        _, runs, limits = self._posted
        value, limit = mean_rate(runs), mean_rate(limits)
        return Figure("posts", "durable form posts, 64 connections", value, "/s", limit,
                      "nginx, static 200", value / limit >= 0.25, "≥ 0.25",
                      answers=sum(run["answers"] for run in runs), **spread(runs, limits))

    # --- the queue, drained ---

    @once
    def _drained(self):
        """What came of sending the mails of `_posted`: (mails/s and more, limits, bytes per mail,
        seconds from start to ready, queue at the start)."""
        house, sizes = self._posted[0], self.sizes
        queued, size = house.ask("SELECT count(*), avg(length(CAST(message AS BLOB))) FROM mail "
                                 "JOIN outbox ON mail_id = id WHERE state <> 'sent'")
        with smtp_sink(self.folder) as relay:
            limits = [smtp_source(relay, SENDERS, sizes.source_mails, int(size))]
            with house.serving(relay) as ready_seconds:
                drain = with_cpu(house, drain_queue, house, queued, sizes.drain_seconds)
                self._note_memory(house)
            limits.append(smtp_source(relay, SENDERS, sizes.source_mails, int(size)))
        return drain, limits, int(size), ready_seconds, queued

    def mails(self):
        drain, limits, size, _, _ = self._drained
        value, limit = drain["per_second"], sum(limits) / len(limits)
        return Figure("mails", f"confirmation mails from the queue, {SENDERS} connections", value,
                      "/s", limit, "smtp-source", value / limit >= 0.5, "≥ 0.5",
                      mails=drain["answers"], bytes_per_mail=size,
                      cpu_us_each=drain["cpu_us_each"], limit_rounds=limits)

    def signed(self):
        """The same with DKIM: a queue of its own, drained by senders that sign with RSA-2048."""
        house, sizes = self._installation("signed"), self.sizes
        signing = house.dkim_key("bench1")
        with silent_relay() as relay, house.serving(relay):
            post_forms(house.port, house.form_version(), "s", sizes.seconds)
        queued, = house.ask("SELECT count(*) FROM outbox WHERE state <> 'sent'")
        limits = [rsa_signatures(sizes.limit_seconds)]
        with smtp_sink(self.folder) as relay, house.serving(relay, **signing):
            drain = with_cpu(house, drain_queue, house, queued, sizes.drain_seconds)
            self._note_memory(house)
        limits.append(rsa_signatures(sizes.limit_seconds))
        value, limit = drain["per_second"], sum(limits) / len(limits)
        return Figure("signed", f"the same, signed with RSA-2048, {SENDERS} connections", value,
                      "/s", limit, "openssl speed rsa2048, all cores", None,
                      "≥ 0.6 for newsletters", mails=drain["answers"],
                      cpu_us_each=drain["cpu_us_each"],
                      signature_us=os.cpu_count() / limit * 1e6, limit_rounds=limits)

    # --- durable confirmations ---

    @once
    def _invited(self):
        """(an installation of which all confirmation mails are out, file of their links)."""
        self.say(f"{self.sizes.people} people sign up and get their mail")
        house, dump = self._installation("people"), os.path.join(self.folder, "mails.")
        with smtp_sink(self.folder, dump) as relay, house.serving(relay):
            run = post_forms(house.port, house.form_version(), "q", 0, self.sizes.people)
            wait_until(lambda: house.mails_accepted() >= run["requests"], "all mails are out",
                       60 + self.sizes.people / 50, pause=0.1)
            self._note_memory(house)
        links = os.path.join(self.folder, "links")
        paths = confirmation_paths(dump)
        os.remove(dump)
        if len(paths) < run["requests"]:
            raise Unmeasurable(f"{run['requests']} people signed up, {len(paths)} links came")
        with open(links, "w", encoding="ascii") as file:
            file.writelines(path + "\n" for path in paths)
        return house, links

    @once
    def _confirmed(self):
        """Everybody has opened and pressed: (house, openings, presses, limits, how many)."""
        (house, links), sizes = self._invited, self.sizes
        self.say("they open their links and press the button")
        with nginx(self.folder) as static, silent_relay() as relay, house.serving(relay):
            openings = visit_links(house.port, "GET", links)
            limits = [visit_links(static, "POST", links, sizes.limit_seconds)]
            presses = with_cpu(house, visit_links, house.port, "POST", links)
            limits.append(visit_links(static, "POST", links, sizes.limit_seconds))
            self._note_memory(house)
        confirmed, = house.ask("SELECT count(*) FROM consent WHERE status = 'confirmed'")
        if confirmed < presses["requests"] - CONNECTIONS:  # those that wrk did not wait for
            raise Unmeasurable(f"{presses['requests']} buttons were pressed, but "
                               f"{confirmed} consents are confirmed")
        return house, openings, presses, limits, confirmed

    def confirmations(self):
        _, openings, presses, limits, confirmed = self._confirmed
        value, limit = presses["per_second"], mean_rate(limits)
        return Figure("confirmations", "durable confirmations, 64 connections", value, "/s", limit,
                      "nginx, static 200", value / limit >= 0.25, "≥ 0.25", confirmed=confirmed,
                      openings_per_second=openings["per_second"], **spread([presses], limits))

    # --- from the form to the relay ---

    def latency(self):
        """A steady pace, and then a burst, whose mails must not be left lying when it is over."""
        house = self._installation("latency")
        with RecordingSink() as sink, house.serving(sink.port):
            body_of = functools.partial(form_body, house.form_version())
            pairs = round_trips(sink.port, 500)
            steady = send_paced(house.port, FORM_PATH, body_of, POSTS_PER_SECOND,
                                self.sizes.paced_seconds, "steady")
            with contextlib.suppress(Unmeasurable):  # mails that are missing are counted below
                wait_until(lambda: house.mails_accepted() >= len(steady), "mails", pause=0.1)
            burst = send_paced(house.port, FORM_PATH, body_of, BURST / 0.1, 0.1, "burst")
            with contextlib.suppress(Unmeasurable):
                sent = len(steady) + len(burst)
                wait_until(lambda: house.mails_accepted() >= sent, "mails", pause=0.1)
            self._note_memory(house)
            at_relay = sink.end()
        took, took_in_burst = seconds_to_relay(steady, at_relay), seconds_to_relay(burst, at_relay)
        answered = [post.answered_at - post.at for post in steady]
        p99 = percentile(took, 99) * 1e3
        return Figure("latency", f"form post → relay's 250 at {POSTS_PER_SECOND}/s, p99", p99, "ms",
                      percentile(pairs, 99) * 1e3, "two round trips to the sink, p99", p99 <= 250,
                      "≤ 250 ms", p50_ms=percentile(took, 50) * 1e3,
                      answer_p50_ms=percentile(answered, 50) * 1e3,
                      answer_p99_ms=percentile(answered, 99) * 1e3, posts=len(steady),
                      limit_p50_ms=percentile(pairs, 50) * 1e3, burst_of=len(burst),
                      burst_p99_ms=percentile(took_in_burst, 99) * 1e3)

    # --- size ---

    def disk(self):
        """Of an installation in which everybody has confirmed, after a checkpoint."""
        house, confirmed = self._confirmed[0], self._confirmed[4]
        messages, = house.ask("SELECT sum(length(CAST(message AS BLOB))) FROM mail")
        contacts, = house.ask("SELECT count(*) FROM contact")
        if confirmed < contacts * 0.99:
            raise Unmeasurable(f"only {confirmed} of {contacts} contacts are confirmed")
        total = os.path.getsize(house.database)
        value = (total - messages) / confirmed
        tables = {name: round(size / confirmed) for name, size in house.table_bytes().items()
                  if size / confirmed >= 1}
        return Figure("disk", "on disk per confirmed contact, without the mail's bytes", value, "B",
                      goal=value <= 2048, goal_text="≤ 2 KiB", with_mail=round(total / confirmed),
                      mail=round(messages / confirmed), contacts=contacts, tables=tables)

    def start(self):
        """With a full queue to be taken up again."""
        _, _, _, seconds, queued = self._drained
        return Figure("start", f"start to ready with {queued} contacts and mails in the queue",
                      seconds, "s", goal_text="≤ 1 s at 10 million",
                      goal=seconds <= 1 if queued >= 10_000_000 else None)

    # --- many contacts ---

    def _with_confirmed(self, people):
        """Speed where so many people have confirmed before."""
        self.say(f"with {people} people who have confirmed")
        folder = os.path.join(self.folder, f"confirmed-{people}")
        house, dump = self._installation(f"confirmed-{people}"), os.path.join(folder, "mails.")
        with smtp_sink(folder, dump) as relay:
            with house.serving(relay):
                self._invite(house, dump, "first", 1)
                visit_links(house.port, "POST", self._links(dump, folder))
            fill(house.database, people)
            with house.serving(relay) as ready_seconds:
                self._invite(house, dump, "later", self.sizes.many_presses)
                links = self._links(dump, folder)
                presses = with_cpu(house, visit_links, house.port, "POST", links)
                dossiers = self._dossiers(house, people)
        with silent_relay() as relay, house.serving(relay):
            posts = with_cpu(house, post_forms, house.port, house.form_version(), "many",
                             self.sizes.many_seconds)
        size = os.path.getsize(house.database)
        shutil.rmtree(folder, ignore_errors=True)
        return Crowd((posts, presses), ready_seconds, size, dossiers)

    @once
    def _few(self):
        return self._with_confirmed(self.sizes.few)

    @once
    def _many(self):
        return self._with_confirmed(self.sizes.many)

    def _dossiers(self, house, people):
        """Of people at the end of the log, who pressed themselves, and of copies all over it."""
        number = self.sizes.dossiers
        later, = house.ask_beside("SELECT group_concat(email) FROM (SELECT email FROM contact"
                                  " ORDER BY id DESC LIMIT ?)", number // 2)
        copies = [address_of_copy(1 + people * n // number) for n in range(number // 2)]
        return time_dossiers(house, later.split(","), copies)

    def _invite(self, house, dump, name, people):
        run = post_forms(house.port, house.form_version(), name, 0, people)
        wait_until(lambda: house.mails_accepted() >= run["requests"], "all mails are out",
                   60 + people / 50, pause=0.1)

    @staticmethod
    def _links(dump, folder):
        links = os.path.join(folder, "links")
        with open(links, "w", encoding="ascii") as file:
            file.writelines(path + "\n" for path in confirmation_paths(dump))
        os.remove(dump)
        return links

    def many(self):
        """The slower of posts and presses, against the same with few people in the database."""
        sizes = self.sizes
        few, many = self._few, self._many
        pairs = [[run["per_second"] for run in runs] for runs in zip(few.runs, many.runs)]
        what, (limit, value) = min(zip(("posts", "confirmations"), pairs),
                                   key=lambda figure: figure[1][1] / figure[1][0])
        cpu = [[run["cpu_us_each"] for run in runs] for runs in zip(few.runs, many.runs)]
        return Figure("many", f"{what} with {sizes.many:,} contacts", value, "/s", limit,
                      f"with {sizes.few:,}",
                      value / limit >= 0.8 if sizes.many >= 10_000_000 else None,
                      "≥ 0.8 at 10 million", posts=pairs[0], confirmations=pairs[1],
                      posts_cpu_us_each=cpu[0], confirmations_cpu_us_each=cpu[1],
                      start_seconds=[few.ready_seconds, many.ready_seconds],
                      bytes_per_contact=many.size / sizes.many)

    # --- proof ---

    def tree(self):
        """Bytes per second of leaves like those of people who have confirmed."""
        self.say(f"hashing {self.sizes.leaves:,} leaves")
        run = hash_leaves(self._confirmed[0], self.folder, self.sizes.leaves)
        mebi = run["bytes"] / 1024 / 1024
        value, limit = mebi / run["tree_seconds"], mebi / run["raw_seconds"]
        return Figure("tree", f"leaf hashes and tree of {run['entries']:,} entries", value, "MiB/s",
                      limit, "SHA-256 of the same bytes", value / limit >= 0.25, "≥ 0.25",
                      bytes_per_leaf=run["bytes"] / run["entries"],
                      entries_per_second=run["entries"] / run["tree_seconds"])

    def verify(self):
        """`ledger verify`, tables included, where everybody has opened and confirmed."""
        run = time_verification(self._confirmed[0])
        value = run["events"] / run["seconds"]
        return Figure("verify", f"ledger verify of {run['events']:,} events", value, "/s",
                      goal=value >= 200_000, goal_text="≥ 200,000/s",
                      cpu_us_each=run["cpu_seconds"] / run["events"] * 1e6)

    def dossier(self):
        """From the start of the verb to the file; the median of some people."""
        few, many = self._few.dossiers, self._many.dossiers
        took, before = (percentile(run["ms"], 50) for run in (many, few))
        return Figure("dossier", f"dossier of one contact out of {self.sizes.many:,}", took, "ms",
                      before, f"out of {self.sizes.few:,}", took <= 100, "≤ 100 ms",
                      slowest_ms=max(many["ms"]), first_ms=many["first_ms"],
                      cpu_ms_each=many["cpu_ms"],
                      kibibytes=many["bytes"] / 1024, dossiers=len(many["ms"]))

    def memory(self):
        """The greatest of all servers that ran before; alone, of posting and sending."""
        if not self.peak_bytes:
            _ = self._drained
        mebi = 1024 * 1024
        return Figure("memory", "resident memory at its peak", self.peak_bytes / mebi, "MiB",
                      at_the_end_mib=self.end_bytes / mebi)


FIGURES = ("posts", "mails", "signed", "confirmations", "latency", "disk", "start", "many", "tree",
           "verify", "dossier", "memory")

# An installation in which many people have confirmed. runs: of posts and of presses.
Crowd = collections.namedtuple("Crowd", "runs ready_seconds size dossiers")


def mean_rate(runs):
    return sum(run["per_second"] for run in runs) / len(runs)


def spread(runs, limits):
    """Details of wrk's runs. Hung up on: connections that the server closed under a request."""
    return {"cpu_us_each": sum(run["cpu_us_each"] for run in runs) / len(runs),
            "p50_ms": max(run["p50_ms"] for run in runs),
            "p99_ms": max(run["p99_ms"] for run in runs),
            "hung_up_on": sum(run["broken"] for run in runs),
            "rounds": [run["per_second"] for run in runs],
            "limit_rounds": [run["per_second"] for run in limits]}


def with_cpu(house, measure, *arguments):
    """The run with the server's processor time per answer, in microseconds."""
    before = house.cpu_seconds()
    run = measure(*arguments)
    run["cpu_us_each"] = (house.cpu_seconds() - before) / run["answers"] * 1e6
    return run


def seconds_to_relay(posts, at_relay):
    """From the moment at which each post was due to the relay's 250 for its mail."""
    failures = {post.failure or f"status {post.status}" for post in posts if post.status != 303}
    arrived = [at_relay[post.address] - post.at for post in posts if post.address in at_relay]
    if failures or len(arrived) < len(posts):
        raise Unmeasurable(f"of {len(posts)} posts {len(arrived)} mails came; "
                           f"{', '.join(sorted(failures)) or 'all posts were accepted'}")
    return arrived


def form_body(version, address):
    return (f"email={address.replace('@', '%40')}&first_name=Anna&company_fax="
            f"&consent=newsletter&lang=de&version={version}")


def drain_queue(house, queued, longest):
    """The mails that leave until none is left, or for so many seconds; and how many per second,
    counted from the first that is seen at the relay."""
    first = None
    deadline = time.monotonic() + longest
    while True:
        taken, at = house.mails_accepted(), time.monotonic()
        if taken and first is None:
            first = taken, at
        if taken >= queued or at > deadline:
            break
        time.sleep(0.05)
    if first is None or taken <= first[0]:
        raise Unmeasurable(f"{taken} of {queued} mails were out after {longest} s")
    return {"answers": taken, "per_second": (taken - first[0]) / (at - first[1])}
