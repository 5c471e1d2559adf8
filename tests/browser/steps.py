"""Steps that the tests with `jawort serve` begin with, and the pages that can be reached there."""

import os
import subprocess

from jawort import clean_environment, path_of
from mails import Mail
from visitor import Visitor
from waiting import wait_until

DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "definitions.toml")


def mails_to(relay, address):
    return [Mail(message.data, message.recipients[0]) for message in relay.messages()
            if message.recipients == [address]]


def sign_up(shop, relay, address, purposes=("newsletter",), language="en", form="two"):
    """By a post; answers the mail that then comes."""
    before = len(mails_to(relay, address))
    answer = Visitor(shop.port).post(f"/forms/{form}", {
        "email": address, "consent": list(purposes), "lang": language})
    assert answer.status == 303, answer.text
    return wait_until(lambda: mails_to(relay, address)[before:], f"a mail to {address}")[0]


def days_later(days):
    """An environment in which a server believes that so many days have gone by."""
    answer = subprocess.run(["faketime", "-m", "-f", f"+{days}d", "env", "-0"], check=True,
                            capture_output=True, encoding="utf-8")
    faked = dict(line.split("=", 1) for line in answer.stdout.split("\0") if "=" in line)
    return clean_environment(LD_PRELOAD=faked["LD_PRELOAD"], FAKETIME=faked["FAKETIME"],
                             FAKETIME_DONT_FAKE_MONOTONIC="1")


class Place:
    """The pages of one server, as the person with this language reaches them. Each method opens
    one page; `browser` shows it then."""

    def __init__(self, browser, shop, relay, name, language):
        self.browser, self.shop, self.relay = browser, shop, relay
        self.name, self.language = name, language
        self.url = f"http://127.0.0.1:{shop.port}"

    def address(self, page):
        return f"{page}.{self.name}@example.org"

    def _mail(self, page, purposes=("newsletter",)):
        return sign_up(self.shop, self.relay, self.address(page), purposes, self.language)

    def _open(self, path):
        self.browser.open(self.url + path)

    def _confirmed(self, page):
        mail = self._mail(page)
        self._open(mail.confirm_path)
        self.browser.press("button")
        return mail

    def form(self):
        self._open("/forms/everything")

    def form_with_errors(self):
        self._open("/forms/everything")
        self.browser.skip_own_checks()
        self.browser.type("#email", "anna@example")
        self.browser.type("#field-telephone", "none")
        self.browser.press("button")

    def sent(self):
        self._open(f"/forms/two/sent?lang={self.language}")

    def confirm(self):
        self._open(self._mail("confirm").confirm_path)

    def confirm_two(self):
        self._open(self._mail("confirm-two", ("newsletter", "events")).confirm_path)

    def confirm_none(self):
        self._open(self._mail("confirm-none", ("newsletter", "events")).confirm_path)
        for box in self.browser.find_all("input[type=checkbox]"):
            box.click()
        self.browser.press("button")

    def confirmed(self):
        self._confirmed("confirmed")

    def denied(self):
        self._open(self._mail("denied").confirm_path + "#not-me")
        self.browser.press("#not-me button")

    def superseded(self):
        first = self._mail("superseded")
        self._mail("superseded")
        self._open(first.confirm_path)

    def revoke(self):
        self._confirmed("revoke")
        self._open(self.shop.revocation_path(self.address("revoke")))

    def revoked(self):
        self._confirmed("revoked")
        self._open(self.shop.revocation_path(self.address("revoked")))
        self.browser.press("button")

    def on_no_list(self):
        link = self._mail("on-no-list")
        path = self.shop.revocation_path(self.address("on-no-list"))
        self._open(link.confirm_path)
        self.browser.press("#not-me button")
        self._open(path)

    def preferences(self):
        self._confirmed("preferences")
        self._open(self.preferences_path("preferences"))

    def preferences_saved(self):
        self._confirmed("preferences-saved")
        self._open(self.preferences_path("preferences-saved"))
        self.browser.find("#purpose-newsletter").click()
        self.browser.find("#purpose-events").click()
        self.browser.press("button")

    def preferences_path(self, name):
        return path_of(self.shop.ask("link", "preferences", self.address(name), "--purpose",
                                     "newsletter")["url"])

    def unsubscribe(self):
        self._open(f"/unsubscribe?lang={self.language}")

    def unsubscribe_with_errors(self):
        self.unsubscribe()
        self.browser.skip_own_checks()
        self.browser.type("#email", "anna@example")
        self.browser.press("button")

    def unsubscribe_sent(self):
        self.unsubscribe()
        self.browser.type("#email", self.address("unsubscribe-sent"))
        self.browser.press("button")

    def not_found(self):
        self._open("/confirm/AAAA")


PAGES = ["form", "form_with_errors", "sent", "confirm", "confirm_two", "confirm_none", "confirmed",
         "denied", "superseded", "revoke", "revoked", "on_no_list", "preferences",
         "preferences_saved", "unsubscribe", "unsubscribe_with_errors", "unsubscribe_sent",
         "not_found"]
