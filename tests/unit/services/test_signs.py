"""Signs of a deployment: made of the record alone, recorded with the digest of each file, and shown again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from overt.domain.envelope import Envelope, Limit
from overt.domain.roles import NotAllowed, Role
from overt.faces.pack import Pack, default_pack
from overt.ledger import verify, verify_public
from overt.ledger.entry import Entry
from overt.ledger.head import key_begins
from overt.notices import paper
from overt.notices.notice import Bound, Measured, Notice
from overt.notices.paper import NoPdf, can_make_pdf
from overt.notices.papers import Order, sheets
from overt.notices.register import Site as Register
from overt.notices.wording import shipped
from overt.recognition.threshold import threshold_for
from overt.services import record
from overt.services.acting import NoPolicy
from overt.services.publish import publish
from overt.services.publish_ledger import write_public_ledger
from overt.services.record import newest
from overt.services.signs import NothingToSay, NoticeOver, Told, made_of, make, notice_of
from overt.services.verification import NotVerified, mark_of, verify_all
from overt.settings import COMPLAINTS, load_settings
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.needs import needs_part

PACK = default_pack()
TOLD = Told(
    controller="Example Police", complaints="Complaints, 1 Some Street.", public_address="https://lfr.example.org/"
)
WINTER = timezone(timedelta(hours=1), "CET")
EN = shipped()["en"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    return site.enter(site.case(place="Station Road"))


@pytest.fixture
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise NoPdf("PDF needs the package WeasyPrint, which is not installed.")

    monkeypatch.setattr(paper, "_weasyprint", missing)


def said(site: Site, row: DeploymentRow, pack: Pack = PACK, told: Told = TOLD) -> Notice:
    return notice_of(site.installation, row, pack, told, WINTER)


def test_everything_on_a_sign_comes_from_the_record(site: Site, row: DeploymentRow) -> None:
    found = said(site, row)
    head = newest(site.installation.store).head
    assert (found.place, found.kind, found.purpose, found.use_case) == ("Station Road", "operation", "trial", "hotspot")
    assert (found.cameras, found.pictures, found.area) == (1, 2, site.case().deployment.area)
    assert (found.opens.tzname(), found.closes - found.opens) == ("CET", timedelta(hours=7.5))
    assert (found.controller, found.complaints) == ("Example Police", "Complaints, 1 Some Street")
    assert found.page == f"https://lfr.example.org/public/{row.id}"
    assert (found.entries, found.root) == (head.size, head.root.hex())
    assert head.mark.startswith(found.mark)
    rules = site.case().policy.rules
    assert found.not_the_person_s == rules.not_the_person_s
    assert (found.possible_match_h, found.list_after_end_h) == (rules.possible_match_h, rules.list_after_end_h)


def test_the_very_head_on_paper_is_checked_by_everybody_against_todays_ledger(
    site: Site, row: DeploymentRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notice = said(site, row)
    site.enter(site.case(name="afterwards"))
    register = publish(site.installation, site.by(Role.AUDITOR)).register
    public, whole = tmp_path / "ledger.txt", tmp_path / "ledger.export"
    with public.open("wb") as file:
        write_public_ledger(site.installation.store, register, file.write)
    with whole.open("wb") as file:
        record.export(site.installation.store, file.write)
    size, _, root = notice.mark.partition(":")
    assert int(size) < register["ledger"]["head"]["size"]
    wrong = [f"{size}:{root[:at]}{'0' if root[at] != '0' else '1'}{root[at + 1 :]}" for at in (0, 7, 15)]
    key = key_begins(site.installation.public_key)
    for script, export in ((verify_public, public), (verify, whole)):
        arguments = [str(export), site.installation.public_key, "--expect"]
        assert script.main([*arguments, notice.mark]) == 0
        assert capsys.readouterr().out.startswith("Verified: ")
        for one in wrong:
            assert script.main([*arguments, one]) == 1
            assert "not those of the head that you expect" in capsys.readouterr().out
        assert script.main([*arguments, notice.mark[:-1]]) == 2
        assert "copy them all" in capsys.readouterr().err
    assert verify_all(site.installation, None, mark_of(notice.mark)).noted == mark_of(notice.mark)
    for one in wrong:
        with pytest.raises(NotVerified, match="written anew"):
            verify_all(site.installation, None, mark_of(one))
    page = Register(register).file("check.html").content.decode()
    assert key in page
    assert all(key in one.html() for one in sheets(notice, EN, Order(large_print=True)) if "leaflet" in one.name)


def test_what_was_measured_is_that_of_the_pack_at_the_threshold_of_the_list(site: Site, row: DeploymentRow) -> None:
    found = said(site, row).measured
    assert PACK.calibration is not None
    threshold = threshold_for(PACK.calibration, 2, 0.0005)
    assert found.rate is not None
    assert (found.rate.rows, found.rate.passages) == (2, 1000)
    assert found.rate.per_1000.value == pytest.approx(1000 * threshold.far_expected)
    assert found.rate.here is not None
    assert found.rate.here.high == pytest.approx(1000 * threshold.far_high)
    assert found.group is not None
    assert (found.group.name, found.group.times.value) == ("Indian", 1.607)
    assert found.dark is not None
    assert (found.dark.amber, found.dark.red, found.dark.people) == (30.7, 22.1, 300)
    assert found.crowd is None


def test_what_was_not_measured_is_none(site: Site, row: DeploymentRow) -> None:
    bare = replace(PACK, calibration=None, envelope=None)
    assert said(site, row, bare).measured == Measured(rate=None, group=None, dark=None, crowd=None)
    assert PACK.calibration is not None
    alone = said(site, row, replace(PACK, calibration=PACK.calibration.of_one_comparison())).measured
    assert alone.group is None
    assert alone.rate is not None
    unplanned = replace(row, terms={**row.terms, "expected_passages": None})
    found = said(site, unplanned).measured.rate
    assert found is not None
    assert (found.here, found.passages) == (None, 0)


@pytest.mark.parametrize(
    "terms", [{"rows": 0}, {"wanted_far": None}, {"wanted_far": 1e-100}], ids=["rows", "far", "none"]
)
def test_without_a_list_or_a_threshold_there_is_no_rate(
    terms: dict[str, object], site: Site, row: DeploymentRow
) -> None:
    assert said(site, replace(row, terms={**row.terms, **terms})).measured.rate is None


def test_darkness_of_the_zone_counts_where_that_of_faces_was_not_measured(site: Site, row: DeploymentRow) -> None:
    assert PACK.envelope is not None
    limits = (
        Limit(quantity="zone_light", amber=26.9, red=None, condition="darkness", people=7),
        Limit(quantity="in_view", amber=12, red=20, condition="crowd", people=9),
    )
    envelope = Envelope(limits=limits, source="streets", date=PACK.envelope.date)
    found = said(site, row, replace(PACK, envelope=envelope)).measured
    assert found.dark == Bound(amber=26.9, red=None, people=7)
    assert found.crowd == Bound(amber=12, red=20, people=9)


def test_a_deployment_that_is_over_has_no_signs(site: Site) -> None:
    case = site.case()
    ended = site.over(case, site.authorised(case))
    with pytest.raises(NoticeOver, match="is over"):
        said(site, ended)


def test_neither_has_one_whose_window_is_closed(site: Site, row: DeploymentRow) -> None:
    site.clock.advance(7 * 3600)
    with pytest.raises(NoticeOver):
        said(site, row)


def test_a_deployment_without_a_place_says_nothing(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(NothingToSay, match="does not say where High Street is"):
        said(site, replace(row, terms={}))


def test_all_that_the_settings_do_not_say_is_named(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(NothingToSay, match="controller, complaints, public_address") as error:
        said(site, row, told=Told.of(load_settings()))
    assert error.value.code == "nothing-to-say"
    assert "OVERT_CONTROLLER" in error.value.todo
    with pytest.raises(NothingToSay, match=r": complaints\."):
        said(site, row, told=replace(TOLD, complaints=COMPLAINTS))


def test_without_its_policy_it_is_refused(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(NoPolicy):
        said(site, replace(row, policy_digest=""))


@pytest.mark.usefixtures("no_pdf")
def test_each_language_is_an_entry_with_the_digest_of_each_file(site: Site, row: DeploymentRow) -> None:
    by, told = site.by(Role.LIST_MANAGER), []
    notice = said(site, row)
    order = Order(large_print=True, ahead_m=(50, 100))
    languages = [*shipped().values(), EN]
    files = make(site.installation, by, notice, languages, order, progress=lambda *at: told.append(at))
    assert told == [(at, 18) for at in range(1, 19)]
    assert len(files) == 18
    assert all(one.name.endswith(".html") for one in files)
    entries = [
        Entry.from_bytes(one.entry) for one in site.installation.store.read(lambda work: list(work.ledger.rows()))
    ]
    recorded = [one for one in entries if one.kind == "notices.made"]
    assert [one.facts["language"] for one in recorded] == ["cy", "en"]
    for one in recorded:
        assert (one.actor, one.deployment) == (by.id, row.id)
        mine = [file for file in files if f".{one.facts['language']}." in file.name]
        assert one.facts["files"] == tuple(file.name for file in mine)
        assert one.facts["digests"] == tuple(f"sha256:{hashlib.sha256(file.content).hexdigest()}" for file in mine)


@pytest.mark.usefixtures("no_pdf")
def test_what_hung_there_can_be_made_again(site: Site, row: DeploymentRow) -> None:
    notice = said(site, row)
    pirate = replace(EN, code="xx")
    files = make(site.installation, site.by(Role.LIST_MANAGER), notice, [EN, pirate], Order(ahead_m=(20,)))
    site.clock.advance(60)
    mine, other = made_of(site.installation, row)
    assert (mine.language, mine.notice, mine.order) == ("en", notice, Order(ahead_m=(20,)))
    assert (mine.by, mine.at_us) == (site.by(Role.LIST_MANAGER).id, site.clock.now_us() - 60_000_000)
    again = {f"{name}.html": sheet.html().encode() for name, sheet in mine.again.items()}
    assert again == {one.name: one.content for one in files if ".en." in one.name}
    assert mine.digests == {one.name: one.digest for one in files if ".en." in one.name}
    assert (other.language, other.again) == ("xx", {})


def test_with_pango_each_paper_is_a_pdf_too_the_same_again(site: Site, row: DeploymentRow) -> None:
    needs_part(not can_make_pdf(), "needs WeasyPrint and Pango")
    files = make(site.installation, site.by(Role.AUTHORISING_OFFICER), said(site, row), [EN], Order())
    assert [one.name.rpartition(".")[2] for one in files] == ["html", "pdf"] * 6
    (made,) = made_of(site.installation, row)
    again = paper.to_pdf(made.again["leaflet.en"].html()).content
    assert f"sha256:{hashlib.sha256(again).hexdigest()}" == made.digests["leaflet.en.pdf"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_nobody_else_makes_them_and_nothing_is_recorded(role: Role, site: Site, row: DeploymentRow) -> None:
    before = newest(site.installation.store).head.size
    with pytest.raises(NotAllowed, match=r"notices\.make"):
        make(site.installation, site.by(role), said(site, row), [EN], Order())
    assert newest(site.installation.store).head.size == before
    assert made_of(site.installation, row) == []
