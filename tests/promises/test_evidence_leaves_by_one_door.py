"""Pictures leave an installation sealed, by one door, and nothing else that leaves it has a picture in it.

Everything that goes out is searched for two canary pictures, of the list and of a passage, and for anything that
begins as a picture does: every answer of the console to every role that may have it, but those whose very purpose is
that somebody looks at a face; what the commands print and write; the ledger, the figures, the backup; the register,
the papers for the street, the answers to those who ask whether they were listed. Each search is shown to find what is
planted.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
import typer
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from overt import bootstrap
from overt.bootstrap import open_installation
from overt.cli.errors import ending
from overt.cli.main import build
from overt.console.doors import Door, Doors, doors_of, only
from overt.console.pages import alerts
from overt.console.visitor import COOKIE
from overt.domain.complaining import Kind
from overt.domain.decision import Verdict
from overt.domain.retention import DAY_US
from overt.domain.roles import Action, Role
from overt.domain.time import SECOND_US
from overt.engine.clock import SystemClock
from overt.ledger.entry import Fact
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.papers import USUAL_M, Order
from overt.notices.wording import shipped
from overt.services import signs
from overt.services.backup import back_up
from overt.services.complaints import file_complaint
from overt.services.desk import alert_facts
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.evidence_file import read_evidence
from overt.services.installation import Installation, create
from overt.services.listed import commit
from overt.services.sessions import sign_in
from overt.settings import load_settings
from overt.store.ports import Work
from overt.store.records import DeploymentRow, Subject
from overt.testing.memory_store import MemoryStore
from overt.vault.recipient import open_sealed
from overt.vault.seal import new_key, seal
from tests import stores
from tests.consoles import session_of, visiting
from tests.installations import home_in
from tests.needs import needs_part
from tests.people import PASSWORD, administrators, person
from tests.promises.doors import admitted
from tests.promises.pictures import canary, found_in
from tests.stores import watch_list
from tests.unit.console.api import seeded as seeding
from tests.unit.console.api.seeded import Seeded, seeded
from tests.unit.services.handed_over import CASE, KEY, PUBLIC, WHY, over
from tests.unit.services.keeping import RULES, raised
from tests.unit.services.policed import policed
from tests.unit.services.verdicts import TWO, decided

LISTED, SEEN = canary(1), canary(2)
CANARIES: Final = (LISTED, SEEN)
NO_PDF: Final = "needs WeasyPrint and Debian's libpango"
PAPER: Final = "<html lang=en><title>A paper</title><p>Words.{}</p></html>"


@dataclass(frozen=True)
class Place:
    made: Seeded
    ids: dict[str, str]
    files: dict[str, tuple[str, ...]]

    def paths(self, door: Door) -> list[str]:
        """What is asked for by a door: of one that hands out files, each of them."""
        which = next((name for name in self.files if f"{{{name}}}" in door.path), "")
        return [self._path(door, self.ids | {which.partition(":")[0]: one}) for one in self.files.get(which, ("0",))]

    @staticmethod
    def _path(door: Door, ids: dict[str, str]) -> str:
        parts = [part.strip("{}").partition(":")[0] for part in door.path.split("/")]
        given = [part.startswith("{") for part in door.path.split("/")]
        return "/".join(ids.get(part, "0") if is_id else part for part, is_id in zip(parts, given, strict=True))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A console with alerts whose pictures are the canaries, a complaint, a register, papers for the street."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(seeding, "PROBE", SEEN)
        patched.setattr(seeding, "LISTED", LISTED)
        patched.setattr(seeding, "drafted", lambda _: stores.uuid(0xDEAD))  # its entries have nothing to be shown
        patched.setattr(alerts, "HOLD_ON_S", alerts.LOOK_EVERY_S)
        made = seeded(tmp_path_factory.mktemp("place"))
        made.app.state.feed.close()
        lists = made.installation.store.read(lambda work: work.lists.all())
        ids = {
            "deployment": made.deployment.id,
            "alert": made.alerts[0],
            "draft": made.draft,
            "watch_list": lists[0].id,
            "name": "high-street",
        }
        ids["made"], papers = papers_of(made)
        with ThreadPoolExecutor(1) as apart:  # a browser of another test may have a loop in this thread
            pages = tuple(sorted(apart.submit(asyncio.run, made.house.public_site.paths()).result()))
        assert f"{made.deployment.id}/index.html" in pages
        files = {"page:path": pages, "file": papers}
        yield Place(made=made, ids=ids, files=files)


def papers_of(made: Seeded) -> tuple[str, tuple[str, ...]]:
    """The id of the signs and leaflets that are made of a deployment now, and the names of their files."""
    installation, by = made.installation, made.by(Role.AUTHORISING_OFFICER)
    alert = made.alerts[0]
    file_complaint(installation, by, reference="C/2026/17", kinds=[Kind.STOPPED], alert=alert)
    with pytest.MonkeyPatch.context() as without_pdf:
        without_pdf.setattr(signs, "can_make_pdf", lambda: "not here")
        make_papers(made)
    newest = signs.made_of(installation, made.deployment)[0]
    return newest.id, tuple(newest.digests)


def make_papers(made: Seeded) -> list[signs.File]:
    """The signs and leaflets of a deployment as it is now, as `overt notice make` writes them."""
    installation, by = made.installation, made.by(Role.AUTHORISING_OFFICER)
    told = signs.Told(controller="Example Police", complaints="1 Some Street", public_address="https://lfr.example.org")
    notice = signs.notice_of(installation, made.deployment, bootstrap.chosen_pack(made.house.settings), told)
    order = Order(large_print=True, ahead_m=(USUAL_M,))
    return signs.make(installation, by, notice, [shipped()["en"]], order)


@contextmanager
def undone(installation: Installation) -> Iterator[None]:
    store = installation.store
    assert isinstance(store, MemoryStore)
    before = store._tables
    yield
    store._tables = before


def is_picture(kind: str, content: bytes) -> bool:
    """Of SVG, which is drawn in words, only what has a picture of pixels in it."""
    return kind.startswith("image/") and (not kind.startswith("image/svg+xml") or b"<image" in content.lower())


def answers(place: Place, role: Role) -> Iterator[tuple[str, bytes]]:
    """Whatever a role gets by asking; not by the doors where a face is looked at, which no program opens."""
    installation = place.made.installation
    account = place.made.by(role)
    with visiting(place.made.app) as client:
        for door in doors_of(place.made.app):
            if door.method != "GET" or door.rule.emits_face or role not in admitted(door):
                continue
            for path in place.paths(door):
                with undone(installation):
                    client.cookies.clear()
                    client.cookies.set(COOKIE, session_of(installation, account))
                    answer = client.get(path)
                assert answer.status_code < 500 or answer.status_code == 503, path
                assert answer.status_code == 200 or not path.endswith(tuple(place.files.get("file", ()))), path
                assert not is_picture(answer.headers.get("content-type", ""), answer.content), path
                yield f"{role} {path}", answer.content


COPIES: Final = [
    *((whom, form) for whom in ("oversight", "data-protection") for form in ("page", "html", "json")),
    pytest.param("oversight", "pdf", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("whom", "form"), COPIES)
def test_no_copy_of_a_record_has_a_picture_or_a_reference_in_it(place: Place, whom: str, form: str) -> None:
    if form == "pdf":
        needs_part(not can_make_pdf(), NO_PDF)
    installation = place.made.installation
    with visiting(place.made.app, session_of(installation, place.made.by(Role.AUDITOR))) as client:
        data = {"whom": whom, "form": form}
        answer = client.post(f"/deployments/{place.made.deployment.id}/record", data=data)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-") == (form == "pdf")
    assert found_in(answer.content, CANARIES) == set()
    for secret in (seeding.REFERENCE, seeding.SECOND_REFERENCE, seeding.WORDS, "10.0.0."):
        assert secret not in answer.text


@pytest.mark.long
def test_no_paper_for_the_street_has_a_picture_in_it(place: Place) -> None:
    needs_part(not can_make_pdf(), NO_PDF)
    with undone(place.made.installation):
        papers = make_papers(place.made)
    assert {Path(paper.name).suffix for paper in papers} == {".html", ".pdf"}
    for paper in papers:
        assert found_in(paper.content, CANARIES) == set(), paper.name


@pytest.mark.parametrize("reference", [seeding.REFERENCE, "nobody-of-this-list"])
def test_no_answer_to_who_asks_whether_they_were_listed_has_a_picture_in_it(place: Place, reference: str) -> None:
    installation, clock, row = place.made.installation, place.made.site.clock, place.made.deployment
    over_s = (row.closes_us + DAY_US - clock.now_us()) / SECOND_US
    with undone(installation):
        clock.advance(over_s)
        with visiting(place.made.app, session_of(installation, place.made.by(Role.AUDITOR))) as client:
            data = {"reference": reference, "identity": "papers-shown"}
            answer = client.post(f"/deployments/{row.id}/listed", data=data)
        clock.advance(-over_s)
    assert answer.status_code == 200
    assert "on this list" in answer.text
    (file,) = re.findall(r"data:application/json;base64,([A-Za-z0-9+/=]+)", answer.text)
    for content in (answer.content, base64.b64decode(file)):
        assert found_in(content, CANARIES) == set()
        assert seeding.SECOND_REFERENCE.encode() not in content, "another person's reference"


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.parametrize("role", Role)
def test_no_answer_of_the_console_has_a_picture_in_it(place: Place, role: Role) -> None:
    """Pages, print views, the API, the metrics, the events, the ledger."""
    found = {what: in_it for what, content in answers(place, role) if (in_it := found_in(content, CANARIES))}
    assert found == {}


def test_no_door_that_shows_a_face_is_an_auditors_or_a_programs(place: Place) -> None:
    faces = [door for door in doors_of(place.made.app) if door.rule.emits_face]
    assert "/alerts/{alert}/disclose" in {door.path for door in faces}
    for door in faces:
        assert not door.rule.by_token, door.path
        for role in (Role.AUDITOR, Role.OVERSIGHT, Role.EVALUATOR, Role.ADMINISTRATOR, Role.SUPPLIER):
            assert role not in admitted(door), f"{role} {door.path}"
    leaves = [door.path for door in faces if Role.AUTHORISING_OFFICER in admitted(door)]
    assert leaves == ["/alerts/{alert}/disclose"], "pictures leave by one door"


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("as it is", lambda: Response(b"x" + LISTED)),
        ("in base64", lambda: JSONResponse({"picture": base64.b64encode(b"x" + SEEN).decode()})),
        ("in base64 for addresses", lambda: JSONResponse({"picture": base64.urlsafe_b64encode(SEEN).decode()})),
        ("in hexadecimal", lambda: JSONResponse({"picture": SEEN.hex().upper()})),
    ],
)
def test_a_planted_picture_is_found(tmp_path: Path, how: str, answer: object) -> None:
    """The search would notice a door that gave one away."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alerts, "HOLD_ON_S", alerts.LOOK_EVERY_S)
        made = seeded(tmp_path, alerts=1)
        made.app.state.feed.close()
        planted = Doors()

        @planted.get("/planted", only(Action.LEDGER_EXPORT))
        def leak(request: Request) -> Response:
            assert request
            assert callable(answer)
            found: Response = answer()
            return found

        planted.add_to(made.app)
        place = Place(made=made, ids={}, files={})
        leaked = dict(answers(place, Role.AUDITOR))[f"{Role.AUDITOR} /planted"]
    assert f"the picture, {how}" in found_in(leaked, CANARIES)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "GIF"])
def test_any_other_picture_is_found_by_how_it_begins(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (3, 5, 7)).save(out, kind)
    content = out.getvalue()
    for carried in (content, b'{"a":"' + base64.b64encode(content) + b'"}', content.hex().encode()):
        if kind != "GIF" or carried is content:
            assert found_in(b"before " + carried, ()), kind
    assert found_in(b"<img src='data:image/png;base64,AA'>", ())
    assert not found_in(b"no picture, 0123456789abcdef, /9j, RIFF", ())


@pytest.mark.long
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_is_planted_in_a_pdf_is_found(kind: str) -> None:
    needs_part(not can_make_pdf(), NO_PDF)
    out = io.BytesIO()
    Image.open(io.BytesIO(SEEN)).save(out, kind, quality=90)
    picture = base64.b64encode(SEEN if kind == "JPEG" else out.getvalue()).decode()
    planted = to_pdf(PAPER.format(f"<img src='data:image/{kind.lower()};base64,{picture}' alt='A face'>"))
    found = found_in(planted.content, CANARIES)
    assert "pixels in a PDF" in found
    assert kind == "PNG" or "the picture, as it is" in found
    assert found_in(to_pdf(PAPER.format("")).content, CANARIES) == set()


# What the commands write


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in a folder, with the canaries in an alert that was decided; an officer is signed in."""
    home_in(tmp_path, monkeypatch)
    settings = load_settings()
    settings.make_home()
    create(bootstrap.place(settings), clock=SystemClock(), random_bytes=os.urandom)
    with open_installation(settings) as installation:
        administrators(installation)
        for name, role in (("alan", Role.AUTHORISING_OFFICER), ("aude", Role.AUDITOR), ("olga", Role.OPERATOR)):
            person(installation, name, role)
        row = policed(installation)
        alert = pictured(installation)
        answerable(installation, row)
        accounts = {row.name: row.id for row in installation.store.read(lambda work: work.accounts.all())}
        decided(installation, alert, Verdict.WORTH_A_LOOK, account=accounts["olga"], rules=RULES, policy=TWO)
        over(installation, alert)
    (tmp_path / "alert").write_text(alert)
    return tmp_path


def pictured(installation: Installation) -> str:
    like = installation.store.read(lambda work: work.alerts.get(raised(installation)))
    assert like is not None
    new, key = installation.new_id(), new_key(installation.random_bytes)
    evidence = AlertEvidence(
        reference="canary", pictures=(AlertPicture(jpeg=SEEN, captured_us=0, quality=0.5),), listed=LISTED
    )
    row = replace(like, id=new, sealed=seal(key, f"alert:{new}", evidence.to_bytes(), installation.random_bytes))
    facts: dict[str, Fact] = alert_facts(row, 0)

    def change(work: Work) -> None:
        work.alerts.add(row)
        work.record("alert.raised", deployment=row.deployment, facts=facts)

    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.ALERT, new), key)
        installation.store.write(change)
    return new


def answerable(installation: Installation, row: DeploymentRow) -> None:
    """Whoever was on the deployment's list can be told so."""
    kept = watch_list(deployment=row.id)
    answers = commit(installation, row, kept.id, ("canary", "bob"), until_us=row.closes_us + 366 * DAY_US)

    def change(work: Work) -> None:
        work.lists.add(kept, [])
        answers.record(work)

    with installation.keyring.creating():
        installation.keyring.put(f"listed-{kept.id}", answers.secret.secret)
        installation.store.write(change)


def run(who: str, *words: str | Path, typed: str = "") -> int:
    with pytest.MonkeyPatch.context() as patched:
        with open_installation(load_settings()) as installation:
            token = sign_in(installation, who, PASSWORD, new_password=lambda: PASSWORD).token
        patched.setenv("OVERT_SESSION", token)
        patched.setattr("sys.stdin", io.StringIO(typed))
        app: typer.Typer = build()
        try:
            return ending(lambda: app([str(one) for one in words]))
        except SystemExit as end:
            return int(end.code or 0)


@pytest.mark.long
@pytest.mark.timeout(500)
def test_no_command_prints_or_writes_a_picture_but_sealed(
    commands: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    alert = (commands / "alert").read_text()
    ledger, backup, sealed = commands / "ledger.txt", commands / "copy.overt", commands / "evidence.overt"
    site = commands / "site"
    with open_installation(load_settings()) as installation:
        (deployment,) = (row.id for row in installation.store.read(lambda work: work.deployments.all()))
    disclosing = ("alert", "disclose", alert, "--to=court", "--because", WHY)
    for who, words in (
        ("aude", ("ledger", "export", ledger)),
        ("aude", ("ledger", "prove", "0")),
        ("aude", ("ledger", "head", "--json")),
        ("aude", ("ledger", "verify")),
        ("aude", ("figures", "--json")),
        ("aude", ("alert", "list", "--all", "--json")),
        ("olga", ("alert", "show", alert, "--json")),
        ("alan", (*disclosing, "--json")),
        ("alan", disclosing),
        ("alan", ("list", "show", "--json")),
        ("aude", ("account", "list", "--json")),
        ("aude", ("finding", "list", "--json")),
        ("alan", (*disclosing, "--paper", commands / "account.html")),
        ("aude", ("complaint", "file", "C/17", "--about=stopped", "--alert", alert)),
        ("aude", ("complaint", "list", "--json")),
        ("aude", ("deployment", "record", deployment, "--out", commands / "records")),
        ("alan", ("deployment", "record", deployment, "--for=data-protection", "--out", commands / "records")),
        ("alan", ("deployment", "year", "2026", "--for=market-surveillance", "--out", commands / "records")),
        ("aude", ("publish", "--out", site)),
        ("aude", ("publish", "--export", commands / "public.txt")),
        ("aude", ("listed", "outputs", deployment, "--out", commands / "outputs.txt")),
    ):
        # This list was put into the store past the ledger, and whoever publishes is told so.
        assert run(who, *words) == int(words[:2] == ("publish", "--out")), words
    asking = ("listed", "answer", deployment, "--identity=papers-shown", "--out")
    assert run("aude", *asking, commands / "yes.json", typed="canary\n") == 0
    assert run("aude", *asking, commands / "no.json", typed="nobody-of-this-list\n") == 0
    with_pictures = ("--case", CASE, "--second", "aude", "--sealed-for", PUBLIC, "--out", sealed)
    assert run("alan", *disclosing, *with_pictures, typed=f"{PASSWORD}\n") == 0
    with open_installation(load_settings()) as installation:
        account = next(row.id for row in installation.store.read(lambda work: work.accounts.all()) if row.name == "ann")
        back_up(bootstrap.place(load_settings()), installation, backup, by=account)
        public_key = installation.public_key
    out, err = capfdbinary.readouterr()
    assert json.loads(out.splitlines()[0])
    assert found_in(out + err, CANARIES) == set()
    assert found_in(ledger.read_bytes(), CANARIES) == set()
    assert json.loads((commands / "yes.json").read_bytes())["listed"], "the one answer in which the reference stands"
    assert found_in((commands / "yes.json").read_bytes(), CANARIES) == set()
    public = [path for path in site.rglob("*") if path.is_file()]
    assert {path.suffix for path in public} >= {".html", ".json", ".csv", ".xml", ".txt"}
    written = [commands / name for name in ("account.html", "public.txt", "outputs.txt", "no.json")]
    papers = [*written, *public, *(commands / "records").iterdir()]
    assert {path.suffix for path in papers} >= {".html", ".json"}
    for path in papers:
        content = path.read_bytes()
        assert found_in(content, CANARIES) == set(), path.name
        assert b"canary" not in content, f"the reference, in {path.name}"
    for encrypted in (backup, sealed, *(path for path in (commands / "home").rglob("*") if path.is_file())):
        assert found_in(encrypted.read_bytes(), CANARIES, marks=False) == set(), encrypted.name
    opened = read_evidence(open_sealed(KEY, sealed.read_bytes()), public_key)
    assert set(CANARIES) <= set(opened.parts.values()), "they are what left, and only here"
