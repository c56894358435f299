"""A list is made for one deployment: closed categories, whole entries, fresh grounds, two people where it matters.

P1 to P5 and P39 of what the law and the police's own rules ask for.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from overt.domain.policy import OPEN_ENDED, Policy
from overt.domain.retention import RetentionRules
from overt.faces.mark import served
from overt.services.drafts import ListRefused, NoDraft, approve, take
from overt.services.erase import erase_draft
from overt.services.installation import Installation
from overt.services.list_import import ImportReport
from overt.services.people import SecondPersonNeeded
from overt.services.policies import POLICIES, load_policy
from overt.services.sealed_lists import open_list, seal_list
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyFace, paint
from tests.drafting import MADE_BY, UK, Team, imported, listed, team
from tests.installations import PASSPHRASE, in_memory
from tests.unit.services.keeping import entered

HOUR_S = 3600.0
CLOSED = {
    *("wanted-by-court", "suspected-of-offence", "bail-or-court-condition", "missing-at-risk", "risk-of-harm"),
    *("associate", "witness", "victim"),
}
TRIAL = {"volunteer", "decoy"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def installation(clock: FixedClock) -> Installation:
    return in_memory(clock)


@pytest.fixture
def people(installation: Installation) -> Team:
    return team(installation)


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> Policy:
    return load_policy(request.param)


def of_two(installation: Installation, people: Team, folder: Path, **change: str) -> ImportReport:
    """A list of dan, whom uk-police takes without a question, and of eve, who differs."""
    return imported(installation, listed(folder, ["dan", "eve"], eve=change), people.ann)


@pytest.mark.parametrize("category", ["other", "intelligence", "person of interest", "Wanted-by-court", ""])
def test_p01_everybody_listed_has_a_category_of_the_closed_list(
    category: str, installation: Installation, people: Team, tmp_path: Path
) -> None:
    assert set(UK.categories) == CLOSED | TRIAL
    (left_out,) = of_two(installation, people, tmp_path / "list", category=category).left_out
    assert left_out.entry == "eve"
    assert left_out.rule == ("categories" if category else "entry_fields")


def test_p01_no_policy_leaves_its_categories_open(policy: Policy) -> None:
    assert not OPEN_ENDED.intersection(policy.rules.categories)
    assert policy.rules.categories


@pytest.mark.parametrize(
    "field", ["category", "ground", "serious", "age", "source", "picture_date", "ground_checked_at", "expires"]
)
def test_p02_an_entry_with_a_field_missing_is_not_enrolled(
    field: str, installation: Installation, people: Team, tmp_path: Path
) -> None:
    report = of_two(installation, people, tmp_path / "list", **{field: ""})
    (left_out,) = report.left_out
    assert "entry_fields" in left_out.rule
    assert field in left_out.why
    assert report.entries == 1


def test_p02_every_policy_asks_for_ground_source_date_expiry_and_response(policy: Policy) -> None:
    assert {"ground", "source", "picture_date", "expires", "response"} <= set(policy.rules.entry_fields)


def test_p03_a_list_older_than_24_hours_is_not_taken(
    installation: Installation, clock: FixedClock, people: Team, tmp_path: Path
) -> None:
    draft = of_two(installation, people, tmp_path / "list").draft  # grounds were checked an hour ago
    clock.advance(23 * HOUR_S)
    assert take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY).references == ("dan", "eve")
    clock.advance(1)
    with pytest.raises(ListRefused, match="ground_age_max_h"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    clock.advance(HOUR_S)
    with pytest.raises(NoDraft):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_p03_a_list_is_one_deployments(installation: Installation, people: Team, tmp_path: Path) -> None:
    draft = of_two(installation, people, tmp_path / "list").draft
    taken = take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    sealed = seal_list(installation, entered(installation), taken, PASSPHRASE, rules=RetentionRules())
    erase_draft(installation, draft, "taken")
    with pytest.raises(NoDraft):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert open_list(installation, sealed.row, PASSPHRASE)[1].references == ("dan", "eve")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"age": "13-17"}, "under-18"),
        ({"age": "under-13"}, "under-13"),
        ({"source": "family"}, "foreign-source"),
        ({"source": "public-appeal"}, "foreign-source"),
        ({"picture_date": "2021-11-22"}, "old-picture"),
    ],
)
def test_p04_children_and_pictures_from_elsewhere_need_a_second_persons_approval(
    change: dict[str, str], code: str, installation: Installation, people: Team, tmp_path: Path
) -> None:
    report = of_two(installation, people, tmp_path / "list", **change)
    (waiting,) = report.waiting
    assert (waiting.entry, waiting.needs) == ("eve", (code,))
    with pytest.raises(ListRefused, match=f"eve needs the approval of a second person .{code}"):
        take(installation, report.draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    with pytest.raises(SecondPersonNeeded):
        approve(installation, report.draft, 1, reason="it is fine", passphrase=PASSPHRASE, by=people.ann)
    approve(installation, report.draft, 1, reason="her life is at risk", passphrase=PASSPHRASE, by=people.ben)
    taken = take(installation, report.draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert taken.fields[1]["approval"] == "her life is at risk"


@pytest.mark.parametrize("quirk", ["blurred", "dark", "flat", "turned"])
def test_p05_a_poor_picture_is_refused_and_told(
    quirk: str, installation: Installation, people: Team, tmp_path: Path
) -> None:
    faces = {"dan": ToyFace(person=1), "eve": ToyFace(person=2, quirk=quirk)}
    report = imported(installation, listed(tmp_path / "list", faces), people.ann)
    (left_out,) = report.left_out
    assert (left_out.entry, left_out.rule) == ("eve", "pictures")


def test_p05_the_age_of_a_picture_is_kept_with_it(installation: Installation, people: Team, tmp_path: Path) -> None:
    draft = of_two(installation, people, tmp_path / "list", picture_date="2024-05-01").draft
    taken = take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert [fields["picture_date"] for fields in taken.fields] == ["2026-11-01", "2024-05-01"]


def test_p05_no_picture_of_an_alert_becomes_the_picture_of_a_list(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    """Not by what its owner says of it, nor by the picture itself, when its band is cut off and it is saved anew."""
    folder = listed(tmp_path / "list", ["dan", "eve", "fay"], eve={"source": "Alert of LFR, High Street"})
    shown = Image.fromarray(served(paint(ToyFace(person=9)), ["alert 0193527e", "possible match"])[:, :, ::-1])
    width, height = (round(side * 0.6**0.5) for side in shown.size)
    shown.crop((0, 0, width, height)).resize((width // 2, height // 2)).save(folder / "fay.jpg", quality=60)
    (folder / "fay.png").unlink()
    report = imported(installation, folder, people.ann)
    assert [(one.entry, one.rule) for one in report.left_out] == [("eve", "sources"), ("fay", "pictures")]
    assert "it comes from an alert of live facial recognition" in report.left_out[1].why


@pytest.mark.parametrize("category", ["missing-at-risk", "victim"])
@pytest.mark.parametrize("response", ["arrest", "speak"])
def test_p39_who_is_missing_is_met_with_help_only(
    category: str, response: str, installation: Installation, people: Team, tmp_path: Path
) -> None:
    (left_out,) = of_two(
        installation, people, tmp_path / "list", category=category, response=response, offence=""
    ).left_out
    assert (left_out.entry, left_out.rule) == ("eve", "welfare_only")
    allowed = of_two(installation, people, tmp_path / "other", category=category, response="welfare", offence="")
    assert allowed.clean


def test_p39_who_is_missing_has_an_end_of_their_own(
    installation: Installation, clock: FixedClock, people: Team, tmp_path: Path
) -> None:
    draft = of_two(
        installation,
        people,
        tmp_path / "list",
        category="missing-at-risk",
        response="welfare",
        expires="2026-11-22T12:00:00Z",
    ).draft
    taken = take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    sealed = seal_list(installation, entered(installation), taken, PASSPHRASE, rules=RetentionRules())
    clock.advance(3 * HOUR_S)
    due = installation.store.read(lambda work: work.lists.due_entries(clock.now_us()))
    assert due == [(sealed.row.id, 1)]
    assert open_list(installation, sealed.row, PASSPHRASE)[1].references == ("dan", "")
