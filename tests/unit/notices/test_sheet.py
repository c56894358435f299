"""Papers: hostile words stay words, accounts get short names, and what is looked at is what is written."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from overt.domain.roles import Role
from overt.notices.account import account_html, account_part
from overt.notices.notification import DOCUMENTS, notification_html, notification_part
from overt.notices.record import record_html, record_part
from overt.notices.sheet import (
    Accounts,
    code_words,
    ended_words,
    minutes_words,
    moment,
    style,
    style_digest,
    value_words,
)
from overt.services.deployment_record import Whom, make_record
from overt.services.notifications import REFERENCES, make_notification, make_year
from overt.services.outcomes import alert_record
from tests.recorded import COMPLAINTS, SECRETS, Recorded, policy_of_row, recorded

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)> &amp; {{ 7919*7907 }} \"'"
DIGEST = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("papers"), texts=HOSTILE)


@pytest.fixture(scope="module")
def told(made: Recorded) -> dict[str, Any]:
    found: dict[str, Any] = make_record(made.installation, made.by(Role.AUDITOR), made.row).told
    return found


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")], attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(text: str) -> str:
    """What it says; that it has no script, no picture and no address is looked at."""
    tags = Tags(text)
    assert not tags.found & {"script", "img", "link", "a", "iframe", "form", "object"}
    return re.sub(r"\s+", " ", "".join(tags.words))


def papers_of(made: Recorded, told: dict[str, Any]) -> dict[str, str]:
    officer = made.by(Role.AUTHORISING_OFFICER)
    use = make_notification(made.installation, officer, made.row, Whom.DATA_PROTECTION).told
    year = make_year(made.installation, officer, 2026, Whom.MARKET_SURVEILLANCE).told
    alerts = {
        alert: alert_record(made.installation, alert, policy_of_row(made.site, made.row).rules)
        for alert in (made.right, made.rejected, made.waits)
    }
    where = {"complaints": COMPLAINTS, "public_key": made.installation.public_key}
    return {
        "record": record_html(told, DIGEST),
        "use": notification_html(use, DIGEST),
        "year": notification_html(year, DIGEST),
        **{alert: account_html(record, **where) for alert, record in alerts.items()},
    }


def test_hostile_words_stay_words_on_every_paper(made: Recorded, told: dict[str, Any]) -> None:
    for name, text in papers_of(made, told).items():
        said = read(text)
        assert "62615533" not in said, name
        assert not [secret for secret in SECRETS if secret in text], name
    said = read(record_html(told, DIGEST))
    assert "<script>alert(1)</script>" in said
    assert "{{ 7919*7907 }}" in said


def test_a_part_says_what_the_document_says(made: Recorded, told: dict[str, Any]) -> None:
    use = make_notification(made.installation, made.by(Role.AUDITOR), made.row, Whom.DATA_PROTECTION).told
    record = alert_record(made.installation, made.right, policy_of_row(made.site, made.row).rules)
    where = {"complaints": COMPLAINTS, "public_key": made.installation.public_key}
    for whole, alone in (
        (record_html(told, DIGEST), record_part(told, DIGEST)),
        (notification_html(use, DIGEST), notification_part(use, DIGEST)),
        (account_html(record, **where), account_part(record, **where)),
    ):
        assert alone in whole
        assert "<html" not in alone
        assert style() in whole


def test_documents_are_called_what_an_authority_calls_them(made: Recorded) -> None:
    assert set(DOCUMENTS) == set(REFERENCES)
    use = make_notification(made.installation, made.by(Role.AUDITOR), made.row, Whom.DATA_PROTECTION).told
    assert "Data protection impact assessment: " in read(notification_html(use, DIGEST))


def test_the_record_tells_its_accounts_once_by_their_ids(made: Recorded, told: dict[str, Any]) -> None:
    said = read(record_html(told, DIGEST))
    auditor = made.by(Role.AUDITOR).id
    assert said.count(auditor) == 1
    assert "made 2026-11-22" in said
    assert "by account A1" in said
    for part in (
        "Verdicts, in order",
        "7.0 s after the pictures were opened",
        "partly upheld",
        "no end recorded",
        DIGEST,
    ):
        assert part in said, part


def test_an_empty_record_says_so(told: dict[str, Any]) -> None:
    bare = json.loads(json.dumps(told))
    bare |= {"said": None, "policy": None, "list": None, "authority": [], "alerts": [], "uses": [], "reviews": []}
    bare |= {
        "pauses": [],
        "halts": [],
        "clock": [],
        "heartbeats": [],
        "also": [],
        "complaints": [],
        "cameras": [],
        "people": [],
    }
    bare |= {"papers": [], "documents": [], "findings": [], "looks": {"purpose": {}, "account": {}}, "copies": []}
    said = read(record_html(bare, DIGEST))
    for part in ("Nobody has signed it.", "No list was sealed for it.", "It was never watched.", "No review is filed."):
        assert part in said


def test_the_account_of_an_alert_names_nobody_and_answers_the_questions(made: Recorded) -> None:
    record = alert_record(made.installation, made.right, policy_of_row(made.site, made.row).rules)
    text = account_html(record, complaints=COMPLAINTS, public_key=made.installation.public_key)
    said = read(text)
    for part in (
        f"there {HOSTILE}, camera camera 0",
        "compared 3 shots",
        "The face in the passage is dark.",
        "Alerts begin at a score of 0.5123; this one had 0.7123.",
        "about 0.12 in 1,000 passages",
        "somebody acting as operator said: worth a look, 7 seconds after opening the pictures",
        "somebody acting as engagement officer",
        "Held up for 4 minutes.",
        "1 slip about it was given",
        "erased by themselves at 2026-11-23",
        "the person whom it is about",
        COMPLAINTS,
        f"entry {record['ledger_entry']} of a ledger",
        "What Overt cannot tell",
    ):
        assert part in said, part
    accounts = made.installation.store.read(lambda work: work.accounts.all())
    assert not [one for one in accounts if one.id in text or one.name in said]


def test_the_account_says_what_was_erased_what_waits_and_what_is_missing(made: Recorded) -> None:
    rules = policy_of_row(made.site, made.row).rules
    where = {"complaints": COMPLAINTS, "public_key": made.installation.public_key}
    gone = alert_record(made.installation, made.rejected, rules)
    said = read(account_html(gone, **where))
    assert f"Receipt: {gone['erasure']}" in said
    assert "have no trace of them either" in said
    assert "It is not recorded that anybody was spoken to." in said
    waits = read(account_html(alert_record(made.installation, made.waits, rules), **where))
    assert "not told before everybody who has to decide has" in waits
    assert "not told yet" in waits
    nothing = {**gone, "decisions": [], "cautions": ["threshold extrapolated"], "ledger_entry": None, "erased_at": None}
    nothing |= {"pictures": "erasing", "not_decided_in_time": gone["at"], "outcomes": [], "holds": [], "disclosed": []}
    said = read(account_html(nothing, **where))
    for part in ("Nobody gave a verdict.", "beyond what was measured", "does not have this alert", "are being erased"):
        assert part in said, part
    assert "counted as not verified" in said


def test_how_things_are_written() -> None:
    who = Accounts()
    assert [who("b"), who("a"), who("b"), who("system"), who(None)] == ["A1", "A2", "A1", "Overt itself", "nobody"]
    assert who.all() == [("A1", "b"), ("A2", "a")]
    assert moment("2026-11-22T09:00:03.123Z") == "2026-11-22 09:00:03 UTC"
    assert moment(None) == code_words(None) == ""
    assert code_words("not-the_person") == "not the person"
    assert code_words("01a2027b-d680-7d39-8a9e-82eb624df415") == "01a2027b-d680-7d39-8a9e-82eb624df415"
    assert [ended_words(one) for one in ("Yes. ", "yes", "Why?")] == ["Yes.", "yes.", "Why?"]
    assert [value_words(one) for one in (True, False, None, [], ["a", 1], 1234, 0.5)] == [
        *("yes", "no", "none", "none", "a, 1", "1,234", "0.5")
    ]
    assert minutes_words(90_000) == "1.5 min"
    assert len(style_digest()) == 12
