"""Stamps are UTC; dates are the controller's calendar."""

import datetime
import zoneinfo

import pytest

from signing_up import OPEN, confirmed
from visitor import Visitor


def local_date(stamp, zone):
    at = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return at.astimezone(zoneinfo.ZoneInfo(zone)).date().isoformat()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])  # 25 hours apart
def test_dates(zone, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "consent.time_zone": zone}, [OPEN]).start()
    before = datetime.datetime.now(datetime.timezone.utc)
    mail = confirmed(jawort, relay, "anna@example.org")
    Visitor(jawort.port).one_click(jawort.revocation_path("anna@example.org"))
    after = datetime.datetime.now(datetime.timezone.utc)
    consent = jawort.consent("anna@example.org")
    for name in ("opt_in", "confirmed", "revoked"):
        at = datetime.datetime.fromisoformat(consent[f"{name}_at"].replace("Z", "+00:00"))
        assert before - datetime.timedelta(milliseconds=1) <= at <= after
        assert consent[f"{name}_date"] == local_date(consent[f"{name}_at"], zone)
    date = mail.message["Date"].datetime
    assert date.astimezone(datetime.timezone.utc) == datetime.datetime.fromisoformat(
        consent["opt_in_at"].replace("Z", "+00:00")).replace(microsecond=0)
    year, month, day = consent["opt_in_date"].split("-")
    assert f"Wann: {day}.{month}.{year}," in mail.part("plain"), "as one writes it in German"
