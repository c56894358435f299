"""The pages of findings, of reviews and of the panel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from overt.console.notices import panel_due
from overt.domain.roles import Role
from overt.services.panel import sign_countersignature
from overt.services.people import INSTALLATION_POLICY, Account, new_paper
from overt.store.errors import StoreUnavailable
from tests.authority import public
from tests.consoles import console_of, house_in, session_of, visiting
from tests.deployed import REVIEW, Site
from tests.people import person

FOUND, ANSWER = "The <signs> could not be read.", "There are new signs at every corner."
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
DAY_S = 24 * 3600


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "home").mkdir(mode=0o700)
    found = Site(tmp_path)
    found.by(Role.OVERSIGHT)
    found.installation.store.write(lambda work: work.record("installation.made"))
    return found


@contextmanager
def browsing(site: Site, account: Account) -> Iterator[TestClient]:
    app = console_of(house_in(site.installation, site.folder))
    with visiting(app, session_of(site.installation, account)) as browser:
        yield browser


def test_a_finding_is_filed_answered_and_shown_with_its_day(site: Site) -> None:
    with browsing(site, site.by(Role.OVERSIGHT)) as olivia:
        assert "Nothing was found so far" in olivia.get("/oversight/findings").text
        assert "/oversight/findings" in olivia.get("/oversight").text
        short = olivia.post("/oversight/findings", data={"name": "Signs", "text": "too short"})
        assert short.status_code == 422
        assert "too short" in short.text
        led = olivia.post("/oversight/findings", data={"name": "Signs", "text": FOUND})
        assert led.headers["location"] == "/oversight/findings?done=found"
        page = olivia.get("/oversight/findings").text
        assert "The &lt;signs&gt; could not be read." in page
        assert "Due by" in page
        assert "Answer it" not in page
        assert olivia.post("/oversight/findings/answer", data={"text": ANSWER}).status_code == 403
    site.clock.advance(93 * DAY_S)
    with browsing(site, site.by(Role.AUTHORISING_OFFICER)) as anna:
        page = anna.get("/oversight/findings").text
        assert "Overdue since" in page
        assert "File a finding" not in page
        finding = page.partition('name="finding" value="')[2].partition('"')[0]
        short = anna.post("/oversight/findings/answer", data={"finding": finding, "text": "in four words only"})
        assert short.status_code == 422
        assert "in four words only" in short.text
        led = anna.post("/oversight/findings/answer", data={"finding": finding, "text": ANSWER})
        assert led.headers["location"] == "/oversight/findings?done=answered"
        page = anna.get("/oversight/findings").text
        assert ANSWER in page
        assert "it was due" in page
    with browsing(site, person(site.installation, "sue", Role.SUPPLIER)) as sue:
        assert "authorising officers answer them" in sue.get("/oversight/findings").text


def test_reviews_are_listed_with_their_days_and_written_by_officers(site: Site) -> None:
    case = site.case()
    with browsing(site, site.by(Role.AUDITOR)) as ada:
        assert "No deployment that was watched is over yet" in ada.get("/oversight/reviews").text
    row = site.over(case, site.authorised(case), reviewed=False)
    with browsing(site, site.by(Role.AUDITOR)) as ada:
        page = ada.get("/oversight/reviews").text
        assert row.name in page
        assert "Due by" in page
        assert "Write its review" not in page
    site.clock.advance(32 * DAY_S)
    with browsing(site, site.by(Role.AUTHORISING_OFFICER)) as anna:
        page = anna.get("/oversight/reviews").text
        assert "Overdue since" in page
        assert f"/deployments/{row.id}/review" in page
        anna.post(f"/deployments/{row.id}/review", data={"text": REVIEW})
        page = anna.get("/oversight/reviews").text
        assert REVIEW in page
        assert "it was due" in page


def test_what_is_still_to_be_counted_is_listed_with_its_day_and_where_it_is_said(site: Site) -> None:
    case = site.case(rules={"leaflets_counted": True, "officers_counted": True})
    row = site.over(case, site.authorised(case))
    said = "Not said yet: how many leaflets were given out; how many people worked for it, and how long. Due by"
    with browsing(site, site.by(Role.AUDITOR)) as ada:
        page = ada.get("/oversight/reviews").text
        assert said in page
        assert "Say it" not in page
        assert "Owed</span>" in page
    site.clock.advance(32 * DAY_S)
    with browsing(site, site.by(Role.AUTHORISING_OFFICER)) as anna:
        page = anna.get("/oversight/reviews").text
        assert f'href="/figures/{row.id}#cost"' in page
        assert "Overdue</span>" in page
        assert "Overdue since" in page
        assert 'id="cost"' in anna.get(f"/figures/{row.id}").text
        anna.post(f"/figures/{row.id}/leaflets", data={"leaflets": "40"})
        page = anna.get("/oversight/reviews").text
        assert "Not said yet: how many people worked for it, and how long." in page
        anna.post(f"/figures/{row.id}/officers", data={"officers": "4", "hours": "1.5"})
        page = anna.get("/oversight/reviews").text
        assert "Not said yet" not in page
        assert "Reviewed</span>" in page
    other = site.case("Market", rules={"leaflets_counted": True}, area=((51.6, 0.0), (51.6, 0.0006), (51.6004, 0.0006)))
    site.over(other, site.authorised(other))
    with browsing(site, site.by(Role.AUDITOR)) as ada:
        assert "Not said yet: how many leaflets were given out. Due by" in ada.get("/oversight/reviews").text


def ruled(site: Site, **changes: object) -> Site:
    """Under other rules for the installation."""
    papers = site.installation.store.read(lambda work: work.papers.all(INSTALLATION_POLICY))
    site.clock.advance(1)
    other = new_paper(site.installation, INSTALLATION_POLICY, content={**papers[-1].content, **changes})
    site.installation.store.write(lambda work: work.papers.add(other))
    return site


def test_the_panel_is_pinned_signs_elsewhere_and_is_due_again(site: Site) -> None:
    ruled(site, policy="uk-police")
    boss = site.by(Role.ADMINISTRATOR)
    with browsing(site, boss) as ann:
        page = ann.get("/oversight/panel").text
        assert "every 90 days" in page
        assert "First the administrators pin the panel" in page
        assert ann.post("/oversight/panel/key", data={"key": "none"}).status_code == 422
        led = ann.post("/oversight/panel/key", data={"key": public(KEY)})
        assert led.headers["location"] == "/oversight/panel?done=panel-pinned"
        assert ann.post("/oversight/panel/approve", data={"key": public(KEY)}).status_code == 422
    with browsing(site, site.by(Role.OVERSIGHT)) as olivia:
        page = olivia.get("/oversight/panel").text
        assert public(KEY) in page
        assert "Propose the key" not in page
        taken = olivia.get("/oversight/panel/statement")
        assert "attachment" in taken.headers["content-disposition"]
        signature = sign_countersignature(KEY, taken.content).hex()
        for digits, files in (("no digits", {"statement": ("s.json", taken.content)}), (signature, {})):
            answer = olivia.post("/oversight/panel/countersign", data={"signature": digits}, files=files or None)
            assert answer.status_code == 422
            assert digits in answer.text
        files = {"statement": ("s.json", taken.content)}
        led = olivia.post("/oversight/panel/countersign", data={"signature": signature}, files=files)
        assert led.headers["location"] == "/oversight/panel?done=countersigned"
        assert "never; the installation" not in olivia.get("/oversight/panel").text
    for days, words in ((75, ""), (2, "has to countersign this installation"), (14, "Nothing new starts:")):
        site.clock.advance(days * DAY_S)
        with browsing(site, site.by(Role.OPERATOR)) as olga:
            page = olga.get("/alerts").text
            assert ("countersign" in page) is bool(words)
            assert words in page
            assert "hand in what it signed" in olga.get("/oversight/panel").text


def test_a_key_waits_for_another_administrator(site: Site) -> None:
    ruled(site, two_administrators=True)
    with browsing(site, site.by(Role.ADMINISTRATOR)) as ann:
        led = ann.post("/oversight/panel/key", data={"key": public(KEY)})
        assert led.headers["location"] == "/oversight/panel?done=panel-proposed"
        page = ann.get("/oversight/panel").text
        assert "You proposed the key that waits" in page
        assert "does not ask for it" in page
    with browsing(site, person(site.installation, "ben", Role.ADMINISTRATOR)) as ben:
        page = ben.get("/oversight/panel").text
        assert "Approve the key that waits" in page
        assert f'<input type="hidden" name="key" value="ed25519:{public(KEY)}">' in page
        for other in ({}, {"key": "ab" * 32}):
            assert ben.post("/oversight/panel/approve", data=other).status_code == 422
        led = ben.post("/oversight/panel/approve", data={"key": f"ed25519:{public(KEY)}"})
        assert led.headers["location"] == "/oversight/panel?done=panel-pinned"


def test_before_anything_is_recorded_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    site = Site(tmp_path)
    with browsing(site, site.by(Role.OPERATOR)) as olga:
        assert "does not ask for it" in olga.get("/oversight/panel").text


def test_a_store_that_is_away_tells_nothing_of_the_panel(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(look: object) -> object:
        raise StoreUnavailable("The disk is away.")

    monkeypatch.setattr(site.installation.store, "read", away)
    assert panel_due(house_in(site.installation, site.folder)) is None
