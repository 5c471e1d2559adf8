"""The three snippets of /forms/{form}/embed in a page of another origin with strict rules."""

import pytest
from selenium.webdriver.common.keys import Keys

from steps import mails_to
from visitor import Visitor
from waiting import wait_until

SERVED = {"html": "pasted", "script": "script", "iframe": "iframe"}
THANKS = {"de": "Vielen Dank!", "en": "Thank you!"}
FORM = ".jawort-form"


def policy(shop, kind):
    """What each snippet needs and no more; whatever would be else is reported by the browser."""
    ours = f"http://127.0.0.1:{shop.port}"
    needs = {"html": f"form-action 'self' {ours}",
             "iframe": f"frame-src {ours}; script-src {ours}",
             "script": f"script-src {ours}; connect-src {ours}; form-action {ours}; "
                       "require-trusted-types-for 'script'; trusted-types 'none'"}[kind]
    return f"default-src 'none'; base-uri 'none'; {needs}"


def put_page(site, shop, kind, language="en", form="embedded", snippet=None):
    """A page of that site with the snippet in it; answers its URL."""
    snippet = snippet or Visitor(shop.port).get(
        f"/forms/{form}/embed?as={kind}&lang={language}&page={site.origin}/{form}").text
    page = (f"<!DOCTYPE html><html lang={language}><meta charset=utf-8><title>A neighbour</title>"
            "<meta name=viewport content='width=device-width'><body bgcolor=white text=black>"
            f"<main><h1>Join</h1>\n{snippet}</main>")
    return site.put_file(f"/{form}", "text/html", page.encode("utf-8"), policy(shop, kind))


def form_version(shop, form):
    return Visitor(shop.port).get(f"/forms/{form}", Accept="application/json").json["version"]


def change_wording(shop, old, new):
    text = shop.definitions.read_text(encoding="utf-8")
    assert old in text
    shop.definitions.write_text(text.replace(old, new), encoding="utf-8")
    shop.apply(str(shop.definitions))


class Embedded:
    """What a person does in an embedded form, whichever way it was embedded."""

    def __init__(self, browser, kind, scripts=True):
        self.browser, self.kind, self.scripts = browser, kind, scripts

    def form_is_there(self):
        if self.kind == "script" and self.scripts:
            wait_until(lambda: self.browser.find_all(FORM), "the component shows its form")

    def send(self, address):
        """Types, ticks and presses; waits until something came of it."""
        browser = self.browser
        browser.type("input[name=email]", address)
        browser.click("input[name=consent]")
        self.press()

    def press(self):
        if self.kind == "script" and self.scripts:
            self.browser.click(f"{FORM} button")
        else:
            self.browser.press("form > div > button, form > button")


def sign_up(browser, shop, relay, kind, address, scripts=True):
    """Answers what the visitor reads then, and what was recorded."""
    embedded = Embedded(browser, kind, scripts)
    if kind == "iframe":
        with browser.inside("iframe"):
            embedded.send(address)
            text = browser.text
    else:
        embedded.form_is_there()
        embedded.send(address)
        if kind == "script" and scripts:
            wait_until(lambda: browser.find_all(".jawort-sent"), "the thanks")
        text = browser.text
    wait_until(lambda: mails_to(relay, address), "a mail")
    return text, shop.contact(address)["history"][0]["facts"]


@pytest.mark.parametrize("language", THANKS)
@pytest.mark.parametrize("kind", SERVED)
def test_sign_up(kind, language, browser, shop, partner, relay):
    address = f"snippet-{kind}-{language}@example.org"
    browser.become(language="fr", width=360)
    browser.open(put_page(partner, shop, kind, language))
    text, facts = sign_up(browser, shop, relay, kind, address)
    assert THANKS[language] in text
    assert facts["served"] == SERVED[kind]
    assert (facts["version_stated"], facts["language"]) == ("true", language)
    mail = mails_to(relay, address)[0].part("plain")
    assert partner.origin in mail, "the mail says on which site it was"
    assert browser.complaints() == [], "nothing was against the page's own rules"


@pytest.mark.parametrize("kind", SERVED)
def test_without_scripts(kind, browser, shop, partner, relay):
    """The script's form is then the plain one, and the frame keeps a height that is enough."""
    address = f"unscripted-{kind}@example.org"
    browser.become(width=360)
    with browser.without_scripts():
        browser.open(put_page(partner, shop, kind))
        if kind == "iframe":
            assert browser.find("iframe").rect["height"] > 600
        text, facts = sign_up(browser, shop, relay, kind, address, scripts=False)
    assert "Thank you!" in text
    assert facts["served"] == {**SERVED, "script": "pasted"}[kind]


def test_script_that_cannot_be_loaded(browser, shop, partner, relay):
    """The plain form stands there and works; so it does while our script is on its way."""
    snippet = Visitor(shop.port).get("/forms/embedded/embed?as=script&lang=en").text
    before, script = snippet.split("<script", 1)
    browser.open(put_page(partner, shop, "script",
                          snippet=f"{before}<script{script.replace('embed.js', 'elsewhere.js')}"))
    assert browser.find_all(FORM) == []
    text, facts = sign_up(browser, shop, relay, "script", "unloaded@example.org", scripts=False)
    assert "Thank you!" in text and facts["served"] == "pasted"


def test_what_was_typed_before_the_script_came_stays(browser, shop, partner):
    """But no tick: it was for a wording that is gone from the page."""
    with browser.slow_network(3000):
        browser.open(put_page(partner, shop, "script", form="everything"))
        browser.click("input[name=consent]")
        browser.type("input[name=first_name]", "Early")
        assert browser.find_all(FORM) == [], "it was the plain form"
        wait_until(lambda: browser.find_all(FORM), "the form")
    assert browser.property_of("input[name=first_name]", "value") == "Early"
    assert browser.focused().endswith("-first_name"), "the focus is where it was"
    assert not browser.find("input[name=consent]").is_selected()


def test_script_in_a_page_of_a_stranger(browser, shop, stranger):
    """It shows nothing of ours there: the pasted form stays, and is refused."""
    browser.open(put_page(stranger, shop, "script"))
    wait_until(lambda: any("CORS" in line for line in browser.complaints()), "the refusal")
    assert browser.find_all(FORM) == []
    Embedded(browser, "script", scripts=False).send("strange@example.org")
    assert browser.heading == "That did not work"
    assert not shop.knows("strange@example.org")


@pytest.mark.parametrize("language", THANKS)
def test_script_shows_errors_beside_the_fields(language, browser, shop, partner, relay, axe):
    address = f"mended-{language}@example.org"
    browser.become(language, width=360)
    browser.open(put_page(partner, shop, "script", language, "everything"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    browser.check_page()
    browser.check_with_axe(axe)
    browser.type("[name=telephone]", "none")
    browser.type("[name=email]", "mended@example")
    browser.click(f"{FORM} button")
    expected = {"de": "Bitte prüfen Sie Ihre Angaben", "en": "Please check what you entered"}
    message = wait_until(lambda: browser.find(".jawort-message").text, "a message")
    assert message == expected[language]
    assert browser.find(".jawort-message").get_attribute("role") == "alert"
    assert browser.focused().startswith("input#") and browser.focused().endswith("-email")
    for name in ("email", "first_name", "telephone", "consent"):
        assert browser.find(f"[name={name}]").get_attribute("aria-invalid") == "true", name
        assert len(browser.described_by(f"[name={name}]")[0]) > 20, name
    assert len(browser.find_all("[aria-invalid]")) == 4, "only what is wrong is called wrong"
    assert browser.property_of("[name=telephone]", "value") == "none", "what was typed stays"
    browser.check_page()
    browser.check_with_axe(axe)

    browser.find("[name=telephone]").clear()
    browser.type("[name=email]", Keys.END + ".org")
    browser.find("[name=email]").clear()
    browser.type("[name=email]", address)
    browser.type("[name=first_name]", "Zoë")
    browser.click("[name=wheelchair]")
    browser.find("[name=country] option[value=FR]").click()
    browser.click("[name=consent][value=newsletter]")
    browser.click(f"{FORM} button")
    wait_until(lambda: browser.find_all(".jawort-sent"), "the thanks")
    assert browser.focused() == "div.jawort-sent"
    browser.check_page()
    browser.check_with_axe(axe)
    assert browser.complaints() == []
    consents = {c["purpose"]: c["status"] for c in shop.contact(address)["consents"]}
    assert consents == {"newsletter": "pending"}, "and no box that was not ticked"

    mail = wait_until(lambda: mails_to(relay, address), "a mail")[0]
    browser.open(f"http://127.0.0.1:{shop.port}{mail.confirm_path}")
    browser.press("button")
    fields = {name: field["value"] for name, field in shop.contact(address)["fields"].items()}
    assert (fields["first_name"], fields["wheelchair"], fields["country"]) == ("Zoë", "true", "FR")


def test_script_by_keyboard(browser, shop, partner, relay):
    browser.open(put_page(partner, shop, "script"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    stops = browser.tab_stops()
    names = [stop.split("-", 2)[-1] for stop in stops if stop.startswith("input")]
    assert names == ["email", "consent-newsletter"], "past the trap"
    browser.tab_to(next(stop for stop in stops if stop.endswith("-email")))
    browser.press_keys("script-keys@example.org")
    browser.tab_to(next(stop for stop in stops if stop.endswith("-newsletter")))
    browser.press_keys(Keys.SPACE, Keys.ENTER)
    wait_until(lambda: browser.find_all(".jawort-sent"), "the thanks")
    wait_until(lambda: mails_to(relay, "script-keys@example.org"), "a mail")


def test_script_solves_the_sum(browser, shop, partner, relay):
    """A mistake does not cost another one; two presses are one post."""
    browser.open(put_page(partner, shop, "script", form="guarded"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    browser.type("input[name=email]", "summed@example")
    browser.click(f"{FORM} button")
    wait_until(lambda: browser.find(".jawort-message").text, "a message")
    browser.find("input[name=email]").clear()
    browser.type("input[name=email]", "summed@example.org")
    browser.click("input[name=consent]")
    browser.click(f"{FORM} button")
    wait_until(lambda: browser.find_all(".jawort-sent"), "the thanks")
    facts = shop.contact("summed@example.org")["history"][0]["facts"]
    assert "proof_of_work" in facts["checks"].split()
    assert len([url for url in browser.requests() if url.endswith("/challenge")]) == 1
    assert browser.complaints() == []


def test_script_that_was_too_quick(browser, shop, partner):
    browser.open(put_page(partner, shop, "script", form="patient"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    Embedded(browser, "script").send("hasty@example.org")
    message = wait_until(lambda: browser.find(".jawort-message").text, "a message")
    assert "That was so quick that we ask back" in message
    assert browser.focused() == "p.jawort-message"
    assert not shop.knows("hasty@example.org")


def test_script_says_what_else_went_wrong(browser, shop, strict_shop, partner):
    """Over the limit, and the server gone: in the form's language, and nothing typed is lost."""
    first = Visitor(shop.port).post_json("/forms/limited", {"email": "first@example.org"})
    assert first.status == 202
    browser.open(put_page(partner, shop, "script", "de", form="limited"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    Embedded(browser, "script").send("second@example.org")
    message = wait_until(lambda: browser.find(".jawort-message").text, "a message")
    assert "sehr viele Anfragen" in message

    browser.open(put_page(partner, strict_shop, "script"))
    wait_until(lambda: browser.find_all(FORM), "the form")
    strict_shop.stop()
    Embedded(browser, "script").send("third@example.org")
    message = wait_until(lambda: browser.find(".jawort-message").text, "a message")
    assert "Please try again in a few minutes" in message
    assert browser.focused() == "p.jawort-message"
    assert browser.property_of("input[name=email]", "value") == "third@example.org"
    assert browser.find("input[name=consent]").is_selected()


@pytest.mark.parametrize("kind", SERVED)
def test_page_of_the_sites_own_afterwards(kind, browser, shop, partner):
    """In the whole window, also out of a frame."""
    partner.put("/thanks", "<h1>Thanks from the site</h1>")
    browser.open(put_page(partner, shop, kind, form="thanked"))
    embedded = Embedded(browser, kind)
    embedded.form_is_there()
    if kind == "iframe":
        browser.driver.switch_to.frame(browser.find("iframe"))
    browser.type("input[name=email]", f"thanked-{kind}@example.org")
    browser.click("input[name=consent]")
    browser.click("form button")
    browser.driver.switch_to.default_content()
    wait_until(lambda: browser.url == f"{partner.origin}/thanks", "the page of the site")
    assert browser.heading == "Thanks from the site"
    assert shop.knows(f"thanked-{kind}@example.org")


def test_script_shows_the_wording_of_now(browser, strict_shop, partner, relay):
    """The snippet is of yesterday; what is recorded is what was shown, with scripts and without."""
    snippet = Visitor(strict_shop.port).get("/forms/embedded/embed?as=script&lang=en").text
    old = form_version(strict_shop, "embedded")
    change_wording(strict_shop, "send me its letter by e-mail", "send me its monthly letter")
    new = form_version(strict_shop, "embedded")
    assert old != new and new not in snippet

    url = put_page(partner, strict_shop, "script", snippet=snippet)
    browser.open(url)
    wait_until(lambda: browser.find_all(FORM), "the form")
    assert "its monthly letter" in browser.find(FORM).text
    _, facts = sign_up(browser, strict_shop, relay, "script", "now@example.org")
    assert facts["form_version"] == new
    with browser.without_scripts():
        browser.open(url)
        assert "its letter by e-mail" in browser.text
        _, facts = sign_up(browser, strict_shop, relay, "script", "then@example.org", scripts=False)
    assert facts["form_version"] == old
    assert "its letter by e-mail" in strict_shop.consent("then@example.org")["wording"]


# --- the frame ---


def height_of(browser):
    return browser.find("iframe").rect["height"]


def content_height(browser):
    with browser.inside("iframe"):
        return browser.find("body").rect["height"]


def test_frame_is_as_tall_as_what_is_in_it(browser, shop, partner):
    browser.become(width=360)
    browser.open(put_page(partner, shop, "iframe", form="everything"))
    # Its border is the page's business, and there is none.
    wait_until(lambda: abs(height_of(browser) - content_height(browser)) < 2, "the frame fits")
    before = height_of(browser)
    with browser.inside("iframe"):
        browser.skip_own_checks()
        browser.press("button")
        assert browser.focused() == "div.summary"
        browser.check_page()
    wait_until(lambda: height_of(browser) > before + 100, "it grows with the messages")
    browser.become(width=800)
    wait_until(lambda: height_of(browser) < before, "and shrinks in a wider window")
    assert abs(height_of(browser) - content_height(browser)) < 2
    # Our script sets the focus instead, as was seen above.
    assert [line for line in browser.complaints() if "Blocked autofocusing" not in line] == []


def test_frame_solves_the_sum(browser, shop, partner, relay):
    browser.open(put_page(partner, shop, "iframe", form="guarded"))
    text, facts = sign_up(browser, shop, relay, "iframe", "framed-sum@example.org")
    assert "Thank you!" in text
    assert "proof_of_work" in facts["checks"].split()
    assert browser.complaints() == []


def test_frame_tells_its_height_to_the_forms_sites(browser, shop, partner):
    """And nothing else; who may not frame the form is not among those that are told."""
    listener = "<script>heard = []; addEventListener('message', (e) => heard.push(e.data))</script>"
    snippet = Visitor(shop.port).get("/forms/embedded/embed?as=iframe&lang=en").text
    frame = snippet.split("<script")[0]
    browser.open(partner.put("/allowed", listener + frame))
    wait_until(lambda: browser.driver.execute_script("return heard.length"), "its height")
    heard = browser.driver.execute_script("return heard")
    assert all(set(each) == {"type", "height", "loaded"} for each in heard), heard
    page = Visitor(shop.port).get("/forms/embedded", Sec_Fetch_Dest="iframe").text
    assert f'data-origins="{partner.origin}"' in page
    assert "frame.js" not in Visitor(shop.port).get("/forms/embedded").text


def test_visitor_of_a_frame_is_not_trapped(browser, shop, partner):
    browser.open(put_page(partner, shop, "iframe"))
    with browser.inside("iframe"):
        links = [link for link in browser.find_all("a[href^=http]")]
        outside = [link for link in links if f":{shop.port}/" not in link.get_attribute("href")]
        assert len(outside) == 3, "privacy notice twice, legal notice once"
        assert all(link.get_attribute("target") == "_blank" for link in outside)
        browser.follow(browser.find("header a"))
        assert browser.language == "de", "the other language comes in the frame"
        assert browser.find("input[name=served]").get_attribute("value") == "iframe"
        assert browser.find("input[name=page]").get_attribute("value").startswith(partner.origin)
