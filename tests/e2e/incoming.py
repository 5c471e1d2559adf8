"""Mails that come in: the samples of the parser, made to be about a mail that was really sent."""

import os
import subprocess

from jawort import BINARY, REPOSITORY, clean_environment
from waiting import PATIENCE

SAMPLES = os.path.join(REPOSITORY, "tests", "fuzz", "corpus", "mail_report")
SAMPLE_TOKEN = b"aefu2hadpaaw5cnmyoo3rvnkxegbaaaaaaaaaaaaaaaaaaaa"
DOMAIN = "bounce.sommer.example"


def sample(name, return_path):
    """The sample as bytes, about the mail with that return path."""
    with open(os.path.join(SAMPLES, name), "rb") as file:
        data = file.read()
    token = return_path.split("@")[0].removeprefix("b-").encode()
    assert len(token) == len(SAMPLE_TOKEN), return_path
    return data.replace(SAMPLE_TOKEN, token)


def ingest(jawort, data, *arguments, environment=None):
    """The finished process of `ingest-bounce` with that mail on standard input."""
    return subprocess.run([BINARY, "ingest-bounce", "--config", jawort.config, *arguments],
                          input=data, capture_output=True, timeout=PATIENCE, check=False,
                          env=environment or clean_environment())


def history(jawort, address):
    return [event["type"] for event in jawort.contact(address)["history"]]
