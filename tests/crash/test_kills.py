"""Kills under load: the short form, and with --long all of them (`./dev crash`)."""

import pytest

from campaign import Campaign


def kill(folder, seed, kills):
    with Campaign(folder, seed, every=max(kills // 10, 10)) as campaign:
        while campaign.kills < kills:
            campaign.one_life()
        campaign.drain()
        return campaign


def test_a_few_kills(tmp_path):
    campaign = kill(tmp_path, 1, 20)
    assert campaign.people.answers > 20 and len(campaign.relay.copies) > 20


@pytest.mark.long
def test_a_thousand_kills(tmp_path):
    campaign = kill(tmp_path, 2, 1000)
    assert campaign.people.answers > 20000
