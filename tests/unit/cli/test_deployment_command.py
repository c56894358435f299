"""`overt deployment`: from the file to a signed authority, its end and its review; and how it refuses."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from overt import bootstrap
from overt.bootstrap import make_installation, open_installation
from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.terms import STARTED
from overt.settings import load_settings
from overt.store.ports import Work
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyReader
from tests.authority import OFFICER, SECOND, write_entries
from tests.deployed import REVIEW, Site
from tests.installations import home_in
from tests.people import PASSWORD, administrators, person
from tests.preparing import TRR, measured
from tests.unit.cli.test_accounts_cli import Overt

PHRASE = "correct horse battery"
MANAGER, OPERATOR, AUDITOR = "max", "olga", "ada"
WRONG = "wrong horse battery"


@dataclass
class Desk:
    """A machine with an installation, its people, and a deployment file that its policy allows."""

    overt: Overt
    site: Site
    home: Path
    file: Path
    keys: Path

    def entered(self) -> str:
        """The id of the deployment, entered."""
        self.overt.login(MANAGER)
        return self.overt.fine("deployment", "new", self.file, lines=(PHRASE,)).strip()

    def signed(self) -> str:
        found = self.entered()
        self.overt.login(OFFICER)
        self.authorise("--key", self.keys / "anna.pem")
        return found

    def authorise(self, *options: str | Path, lines: tuple[str, ...] = (PASSWORD, PHRASE)) -> str:
        code, out, err = self.overt("deployment", "authorise", self.file, *options, lines=lines)
        assert (code, out) == (0, ""), err
        return err

    def not_authorised(self, *options: str | Path, lines: tuple[str, ...] = (PASSWORD, PHRASE)) -> str:
        return self.overt.refused("deployment", "authorise", self.file, *options, lines=lines)

    def shown(self, which: str | Path | None = None) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.overt.fine("deployment", "show", which or self.file, "--json"))
        return found

    def do(self, act: Callable[[Installation], object]) -> None:
        with open_installation(load_settings()) as installation:
            act(installation)

    def watched(self, deployment: str) -> None:
        """As if an operator had watched it for a while."""

        def note(installation: Installation) -> None:
            def change(work: Work) -> None:
                row = work.deployments.get(deployment)
                by = work.accounts.by_name(OPERATOR)
                assert row is not None
                assert by is not None
                file_paper(installation, work, STARTED, by=by.id, row=row)

            installation.store.write(change)

        self.do(note)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    home_in(tmp_path, monkeypatch)
    monkeypatch.setattr(bootstrap, "portrait_readers", lambda _: ToyReader())
    overt, keys, files = Overt(capsys), tmp_path / "keys", tmp_path / "files"
    keys.mkdir()
    files.mkdir()
    public = {
        name: overt.fine("account", "keygen", keys / f"{name}.pem", lines=(PHRASE,)).strip().removeprefix("ed25519:")
        for name in ("anna", "olaf")
    }
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation, "consent")
        officer = {"rank": "superintendent"}
        person(installation, OFFICER, Role.AUTHORISING_OFFICER, key=public["anna"], **officer)
        person(installation, SECOND, Role.AUTHORISING_OFFICER, key=public["olaf"], **officer)
        for name, role in ((MANAGER, Role.LIST_MANAGER), (OPERATOR, Role.OPERATOR), (AUDITOR, Role.AUDITOR)):
            person(installation, name, role)
    site = Site(files, clock=FixedClock(SystemClock().now_us()))
    return Desk(overt, site, tmp_path / "home", site.case().path, keys)


def test_from_the_file_to_the_review(desk: Desk) -> None:
    overt = desk.overt
    overt.login(MANAGER)
    code, out, err = overt("deployment", "new", desk.file, lines=(PHRASE,))
    assert code == 0
    deployment = out.strip()
    assert "High Street is entered with 2 entries; its list is sealed." in err
    assert f"It waits for {OFFICER} to sign it" in err
    assert (desk.shown()["state"], desk.shown()["signed_by"]) == ("new", [])
    overt.login(OFFICER)
    assert "false alert" in overt.fine("deployment", "plan", desk.file)
    planned = json.loads(overt.fine("deployment", "plan", desk.file, "--json"))
    assert (planned["plan"]["rows"], planned["broken"]) == (2, [])
    assert "High Street is authorised. An operator runs it" in desk.authorise("--key", desk.keys / "anna.pem")
    shown = desk.shown()
    assert (shown["deployment"], shown["state"], shown["signed_by"]) == (deployment, "authorised", [OFFICER])
    assert f"signed by {OFFICER}" in overt.fine("deployment", "show", desk.file)
    desk.watched(deployment)
    assert "is not over" in overt.refused("deployment", "review", desk.file, "--text", REVIEW)
    overt.login(OPERATOR)
    code, out, err = overt("deployment", "end", desk.file)
    assert (code, out) == (0, "")
    assert "Its review is due within 31 days." in err
    shutil.rmtree(desk.site.folder)  # as its list has to be; what is over is reviewed by its id
    overt.login(OFFICER)
    assert "at least 5 words" in overt.refused("deployment", "review", deployment, "--text", "It went well.")
    overt.fine("deployment", "review", deployment, "--text", REVIEW)
    assert desk.shown(deployment)["state"] == "ended"
    assert "is filed" in overt.refused("deployment", "review", deployment, "--text", REVIEW)


def test_leaflets_and_officers_are_counted(desk: Desk) -> None:
    overt = desk.overt
    deployment = desk.entered()
    overt.login(OFFICER)
    assert "never watched" in overt.refused("deployment", "count", deployment, "--leaflets", "4")
    desk.authorise("--key", desk.keys / "anna.pem")
    desk.watched(deployment)
    for half in ((), ("--officers", "4"), ("--hours", "2"), ("--leaflets", "4", "--hours", "2")):
        code, _, err = overt("deployment", "count", deployment, *half)
        assert code == 2
        assert "--officers together with --hours" in " ".join(err.replace("│", " ").split())
    _, _, err = overt("deployment", "count", deployment, "--leaflets", "40")
    assert "High Street: 40 leaflets given out." in err
    _, _, err = overt("deployment", "count", deployment, "--leaflets", "0", "--officers", "4", "--hours", "1.5")
    assert "High Street: 0 leaflets given out." in err
    assert "High Street: 4 people worked for it, 1.5 hours each on average." in err
    _, _, err = overt("deployment", "count", deployment, "--officers", "1", "--hours", "2")
    assert "High Street: 1 person worked for it, 2 hours each on average." in err
    assert "0 leaflets given out." in overt.fine("figures")
    overt.login(OPERATOR)
    overt.refused("deployment", "count", deployment, "--leaflets", "4")


def test_a_measurement_and_a_trial_are_filed_and_a_draft_says_which_are(desk: Desk, tmp_path: Path) -> None:
    overt, files = desk.overt, [tmp_path / f"{name}.json" for name in ("older", "newer", "trial")]
    desk.file = desk.site.case(kind="trial").path
    deployment = desk.signed()
    desk.watched(deployment)
    overt.login(OPERATOR)
    overt.fine("deployment", "end", deployment)
    report = {"deployment": deployment, "rehearsal": False, "simulated": False, "walks": {"listed": 9}, "trr": TRR}
    rate = {"num": 2, "den": 9, "value": 0.22, "low": 0.03, "high": 0.6}
    for at_us, file in enumerate(files[:2]):
        read = json.loads(measured("identify", at_us * 1_000_000))
        at = [{"threshold": 0.1, "tpir": rate, "fpir": rate}]
        file.write_text(json.dumps({**read, "list": 1000, "at": at}), "utf-8")
    files[2].write_text(json.dumps(report), "utf-8")
    desk.do(lambda installation: person(installation, "eve", Role.EVALUATOR))
    overt.login("eve")
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert overt.fine("before", "evaluation", files[1]).strip() == digests[1]
    code, out, err = overt("before", "trial", deployment, files[2])
    assert (code, out.strip()) == (0, digests[2])
    assert "the trial High Street, 9 walks of listed volunteers" in err
    draft = tmp_path / "draft.md"
    overt.fine("before", "assessment", "equality", "--out", draft, *(f"--figures={file}" for file in files[:2]))
    said = draft.read_text("utf-8")
    assert f"{digests[1][:16]}..., filed here" in said
    assert f"{digests[0][:16]}..., NOT filed here" in said


def test_the_end_says_what_is_due_then(desk: Desk) -> None:
    overt = desk.overt
    desk.file = desk.site.case(rules={"leaflets_counted": True, "officers_counted": True}).path
    deployment = desk.signed()
    overt.login(OPERATOR)
    code, _, err = overt("deployment", "end", deployment)
    assert code == 0
    assert f"overt deployment count {deployment} --leaflets NUMBER." in err
    assert f"overt deployment count {deployment} --officers NUMBER --hours HOURS." in err


def test_it_is_signed_on_another_machine(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.entered()
    desk.overt.login(OFFICER)
    drawn = tmp_path / "drawn-up"
    assert "what is to be signed" in desk.authorise("--draw-up", drawn, lines=())
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("OVERT_HOME", str(tmp_path / "nowhere"))
        code, out, err = desk.overt("deployment", "sign", drawn, "--key", desk.keys / "anna.pem", lines=(PHRASE,))
        assert code == 0
        assert "Compare it with what overt deployment show says" in err
        assert not (tmp_path / "nowhere").exists()
    assert str(desk.shown()["digest"]) in err
    assert "Name a new file" in desk.not_authorised("--draw-up", drawn, lines=())
    signature = out.strip()
    other = f"{int(signature[0], 16) ^ 1:x}{signature[1:]}"
    given = ("--statement", drawn, "--signature")
    assert "not by the key" in desk.not_authorised(*given, other, lines=(PASSWORD,))
    assert "hexadecimal" in desk.not_authorised(*given, "no signature", lines=(PASSWORD,))
    missing = ("--statement", tmp_path / "missing", "--signature", signature)
    assert "cannot be read" in desk.not_authorised(*missing, lines=(PASSWORD,))
    noise = tmp_path / "noise"
    noise.write_bytes(b"{}")
    assert "no authority" in desk.not_authorised("--statement", noise, "--signature", signature, lines=(PASSWORD,))
    assert "is authorised" in desk.authorise(*given, signature, lines=(PASSWORD,))
    assert desk.shown()["state"] == "authorised"


def test_nothing_but_a_statement_is_signed(desk: Desk, tmp_path: Path) -> None:
    key = ("--key", desk.keys / "anna.pem")
    assert "cannot be read" in desk.overt.refused("deployment", "sign", tmp_path / "missing", *key, lines=(PHRASE,))
    assert "no authority" in desk.overt.refused("deployment", "sign", desk.file, *key, lines=(PHRASE,))


def test_a_wrong_password_or_key_or_person_signs_nothing(desk: Desk, tmp_path: Path) -> None:
    overt, key = desk.overt, ("--key", desk.keys / "anna.pem")
    desk.entered()
    assert "authority.sign" in desk.not_authorised(*key)  # the list manager
    overt.login(OFFICER)
    assert "password is wrong" in desk.not_authorised(*key, lines=(WRONG, PHRASE))
    time.sleep(1.1)  # what one refusal costs
    assert "none was given" in desk.not_authorised(*key, lines=())
    assert "does not open" in desk.not_authorised(*key, lines=(PASSWORD, WRONG))
    assert "not by the key" in desk.not_authorised("--key", desk.keys / "olaf.pem")
    assert "cannot be read" in desk.not_authorised("--key", tmp_path / "missing.pem")
    overt.login(SECOND)
    assert "does not name you" in desk.not_authorised("--key", desk.keys / "olaf.pem")
    assert desk.shown()["signed_by"] == []


KEY, STATEMENT = ("--key", "k"), ("--statement", "s", "--signature", "ab")


@pytest.mark.parametrize("options", [(), (*KEY, "--draw-up", "d"), STATEMENT[:2], STATEMENT[2:], (*KEY, *STATEMENT)])
def test_one_way_of_signing_is_chosen(desk: Desk, options: tuple[str, ...]) -> None:
    assert "give --key, or --draw-up" in desk.not_authorised(*options)


def test_two_officers_sign_one_after_the_other(desk: Desk) -> None:
    rules = {"refused_places": ["assembly", "worship"], "second_officer_places": ["clinic", "court", "school"]}
    nearby = [{"kind": "court", "what": "the county court"}]
    desk.file = desk.site.case("Court Square", nearby=nearby, authority={"second_officer": SECOND}, rules=rules).path
    deployment = desk.entered()
    desk.overt.login(OFFICER)
    assert f"it waits for {SECOND}, with reasons" in desk.authorise("--key", desk.keys / "anna.pem")
    desk.overt.login(SECOND)
    key = ("--key", desk.keys / "olaf.pem")
    assert "second_officer_places" in desk.not_authorised(*key)
    assert "is authorised" in desk.authorise(*key, "--reasons", "It is seen from the other side only.")
    assert desk.shown(deployment)["signed_by"] == [OFFICER, SECOND]
    desk.overt.fine("deployment", "permit", deployment, "--reference", "order 17 of the court")
    desk.overt.login(OPERATOR)
    assert "authority.sign" in desk.overt.refused("deployment", "permit", deployment, "--reference", "order 18")


def test_what_runs_is_stopped_whatever_became_of_its_files(desk: Desk) -> None:
    deployment = desk.signed()
    desk.file.write_text(desk.file.read_text() + "# edited\n")
    assert "not entered as it stands now" in desk.overt.refused("deployment", "show", desk.file)
    assert "not entered as it stands now" in desk.overt.refused("deployment", "cancel", desk.file, "--reason", "no")
    desk.file.unlink()
    assert "no deployment file" in desk.overt.refused("deployment", "end", desk.file)
    desk.overt.login(OPERATOR)
    assert "authority.cancel" in desk.overt.refused("deployment", "cancel", deployment, "--reason", "no")
    desk.overt.login(OFFICER)
    assert "says why" in desk.overt.refused("deployment", "cancel", deployment, "--reason", " ")
    code, _, err = desk.overt("deployment", "cancel", deployment, "--reason", "no ground is left")
    assert (code, err) == (0, "High Street is cancelled.\n")
    assert desk.shown(deployment)["signed_by"] == []
    assert "over already" in desk.overt.refused("deployment", "cancel", deployment, "--reason", "no ground is left")
    code, _, err = desk.overt("deployment", "cancel", deployment.upper(), "--reason", "never lawful", "--erase")
    assert (code, err) == (0, "High Street is cancelled; its list and its alerts are erased.\n")
    assert not list((desk.home / "keyring").glob("list-*"))
    assert "over already" in desk.overt.refused("deployment", "end", deployment)


def test_a_deployment_that_there_is_not_is_named(desk: Desk) -> None:
    desk.overt.login(OFFICER)
    nothing = "0193527e-8a00-7000-8000-000000000001"
    assert f"no deployment {nothing}" in desk.overt.refused("deployment", "end", nothing)
    for command in ("plan", "show", "end"):
        assert "not entered as it stands now" in desk.overt.refused("deployment", command, desk.file)
        assert "no deployment file" in desk.overt.refused("deployment", command, desk.file.with_name("other.toml"))


def test_what_breaks_a_rule_is_refused_by_its_name(desk: Desk) -> None:
    desk.overt.login(MANAGER)
    file = desk.site.case("Market", purpose="revenge").path
    said = desk.overt.refused("deployment", "new", file, lines=(PHRASE,))
    assert "(purposes)" in said
    assert "too short" in desk.overt.refused("deployment", "new", desk.file, lines=("short",))
    desk.overt.fine("deployment", "new", desk.file, lines=(PHRASE,))
    assert "entered already" in desk.overt.refused("deployment", "new", desk.file, lines=(PHRASE,))
    desk.overt.login(OPERATOR)
    assert "deployment.new" in desk.overt.refused("deployment", "new", desk.file, lines=(PHRASE,))


def test_without_signing_in_nothing_is_done(desk: Desk) -> None:
    (desk.home / "session").unlink(missing_ok=True)
    for command in (
        ("new", desk.file),
        ("show", desk.file),
        ("plan", desk.file),
        ("authorise", desk.file, "--key", desk.keys / "anna.pem"),
        ("cancel", desk.file, "--reason", "no"),
        ("end", desk.file),
        ("review", desk.file, "--text", REVIEW),
        ("permit", desk.file, "--reference", "order 17"),
        ("count", "0193527e-8a00-7000-8000-000000000001", "--leaflets", "4"),
    ):
        assert "overt login" in desk.overt.refused("deployment", *command, lines=(PASSWORD, PHRASE))


def test_a_list_of_real_pictures_is_entered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("OVERT_HOME", str(desk.home))
    monkeypatch.setenv("OVERT_MASTER_KEY_FILE", str(desk.home.parent / "master.key"))
    case = desk.site.case("Museum")
    folder = case.deployment.folder
    assert folder is not None
    shutil.rmtree(folder)
    folder.mkdir()
    Image.fromarray(data.astronaut()).save(folder / "eileen.png")
    write_entries(folder, desk.site.clock.now_us(), expires=str(desk.site.moment(24)))
    desk.file = case.path
    deployment = desk.entered()
    assert desk.shown(deployment)["state"] == "new"
