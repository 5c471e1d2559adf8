"""What machines of the operator can ask: health, readiness, metrics, the log."""

import os
import re

from jawort import REPOSITORY
from signing_up import OPEN, confirmed, sign_up
from visitor import Visitor
from waiting import wait_until


def samples(text):
    """{series: value} of the Prometheus text format, checked line by line."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} stands in two places"
            types[name] = kind
        elif not line.startswith("# HELP "):
            series, value = line.rsplit(" ", 1)
            assert re.fullmatch(r'[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})?', series)
            assert series.split("{")[0] in types, series
            assert series not in found
            found[series] = float(value)
    assert set(types.values()) <= {"counter", "gauge"}
    return found


def test_health(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    for port in (jawort.port, jawort.admin_port):
        for path in ("/healthz", "/readyz"):
            answer = Visitor(port).get(path)
            assert answer.status == 200 and len(answer.body) < 20, "no detail"
    assert Visitor(jawort.admin_port).get("/metrics").status == 200
    assert Visitor(jawort.port).get("/metrics").status == 404, "not for visitors"
    assert Visitor(jawort.admin_port).get("/forms/open").status == 404, "not for the operator"
    assert Visitor(jawort.admin_port).get("/confirm/x").status == 404


def test_metrics(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    admin = Visitor(jawort.admin_port)
    confirmed(jawort, relay, "anna@example.org")
    jawort.wait_for_mail(state="sent")
    Visitor(jawort.port).get("/no/such/page")
    answer = admin.get("/metrics")
    assert answer.header("content-type").startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    assert found['jawort_form_posts_total{outcome="mailed"}'] == 1
    assert found['jawort_mail_attempts_total{verdict="accepted"}'] == 1
    assert found['jawort_http_requests_total{route="-",status="4xx"}'] == 1
    assert found['jawort_http_requests_total{route="/confirm/{token}",status="2xx"}'] == 1
    sign_up(jawort, "ben@example.org")
    assert samples(admin.get("/metrics").text)['jawort_form_posts_total{outcome="mailed"}'] == 2


def test_alerts_ask_for_what_there_is(new_jawort, relay):
    """Each metric and label of examples/alerts.yml, once there was something to count."""
    with open(os.path.join(REPOSITORY, "examples", "alerts.yml"), encoding="utf-8") as file:
        wanted = set(re.findall(r'(jawort_[a-z_]+(?:\{[a-z]+="[a-z]+"\})?)', file.read()))
    assert len(wanted) > 8
    jawort = new_jawort({"smtp.url": relay.url, "limits.confirmation_mails": "100 per PT1H"},
                        [OPEN]).start()
    confirmed(jawort, relay, "anna@example.org")
    text = Visitor(jawort.admin_port).get("/metrics").text
    served = set(samples(text)) | set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    counted_when_wrong = {"jawort_mails_uncertain_total", "jawort_ledger_failures_total",
                          'jawort_form_posts_total{outcome="failed"}'}
    of_webhooks = {"jawort_webhook_oldest_waiting_seconds",  # test_webhooks.py has them
                   "jawort_webhook_deliveries_total"}
    assert wanted - served <= counted_when_wrong | of_webhooks


def test_log_lines(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "log.level": "debug"}, [OPEN]).start()
    answer = Visitor(jawort.port).get("/forms/open")
    request = wait_until(lambda: jawort.log.events("request"), "the request is logged")[0]
    assert (request["method"], request["route"], request["status"]) == ("GET", "/forms/{form}", 200)
    assert request["request_id"] == answer.header("x-request-id")
    jawort.stop()
    assert jawort.log.events("stopping") and jawort.log.events("stopped")
