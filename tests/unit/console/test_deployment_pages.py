"""The deployments' pages: from a draft to a signed authority, to its start and end; and who may do what."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from overt.bootstrap import Ready
from overt.console import runs
from overt.domain.errors import Stopped
from overt.domain.roles import Role
from overt.domain.terms import RULES_OF_TERMS
from overt.ledger.entry import Fact
from overt.services.cameras import BookedCamera
from overt.services.conditions import CONDITIONS_PAPER
from overt.services.deployment_files import draft_path, drafts, folder_of, kept_path, read_draft
from overt.services.ending import end
from overt.services.evaluations import evaluations_filed
from overt.services.self_checks import CHECKS
from overt.services.statement import sign
from overt.store.records import DeploymentState
from tests.authority import KEY, OFFICER, SECOND, SECOND_KEY, write_policy
from tests.deployed import SQUARE, Site, becomes
from tests.installations import PASSPHRASE, kinds
from tests.people import PASSWORD
from tests.preparing import TRIAL_SHA256
from tests.unit.console.deploying import REFERENCE, Browser, Console

MANAGER, OFFICER_ROLE, OPERATOR, AUDITOR = (
    *(Role.LIST_MANAGER, Role.AUTHORISING_OFFICER, Role.OPERATOR, Role.AUDITOR),
)
KEY_WORDS = "the words of the key"


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.fixture
def quiet_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs do nothing until they are stopped; the ids of those that were begun."""
    begun: list[str] = []

    def run(ready: Ready, viewer: object, stop: threading.Event, *beside: object) -> None:
        begun.append(ready.keeping.deployment)
        stop.wait(30)

    monkeypatch.setattr(runs, "run_watch", run)
    return begun


def pem(key: Ed25519PrivateKey = KEY) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(KEY_WORDS.encode()))


def entered(console: Console, **changes: str) -> str:
    """The path of an entered deployment."""
    manager = console.as_(MANAGER)
    path = manager.draft(**console.filled(console.list_imported(), **changes))
    led = manager.led(f"{path}/enter", {"passphrase": PASSPHRASE})
    assert led.endswith("?done=entered")
    return led.partition("?")[0]


def signs(
    browser: Browser, path: str, *, password: str = PASSWORD, key: bytes | None = None, **more: str
) -> tuple[int, str]:
    answer = browser.post(
        f"{path}/sign",
        {"password": password, "passphrase": KEY_WORDS, **more},
        {"key": ("key.pem", pem() if key is None else key)},
    )
    return answer.status_code, answer.headers.get("location", answer.text)


def people_know(console: Console, at: str) -> None:
    """The notice is published, and somebody has looked at the signs: said on the deployment's own pages."""
    notice = {"where": "on the town's site", "since": console.moment(-48)}
    assert console.as_(OFFICER_ROLE).led(f"{at}/notice", notice) == f"{at}?done=notice"
    signs = {"where": "by the station", "metres": "20", "state": "well"}
    assert console.as_(OPERATOR).led(f"{at}/signs", signs) == f"{at}?done=signs"


def authorised(console: Console, **changes: str) -> str:
    path = entered(console, **changes)
    assert signs(console.as_(OFFICER_ROLE), path)[0] == 303
    return path


def state(console: Console, path: str) -> DeploymentState:
    row = console.installation.store.read(lambda work: work.deployments.get(path.rpartition("/")[2]))
    assert row is not None
    return row.state


def test_an_empty_console_says_what_to_do_first(console: Console) -> None:
    said = console.as_(MANAGER).get("/deployments").text
    assert "Nothing is deployed yet" in said
    assert 'href="/deployments/drafts"' in said
    other = console.as_(AUDITOR).get("/deployments").text
    assert "A list manager writes the first draft" in other
    assert 'href="/deployments/drafts"' not in other


def test_from_a_draft_to_the_review(console: Console, quiet_run: list[str]) -> None:
    manager, officer, operator = (console.as_(role) for role in (MANAGER, OFFICER_ROLE, OPERATOR))
    path = manager.draft(**console.filled(console.list_imported()))
    assert "What the policy asks and is not so yet" not in manager.get(path).text
    check = manager.get(f"{path}/enter")
    assert f"All {len(RULES_OF_TERMS)} rules are met" in check.text
    assert manager.post(f"{path}/enter", {"passphrase": "wrong horse battery"}).status_code == 422
    at = manager.led(f"{path}/enter", {"passphrase": PASSPHRASE}).partition("?")[0]
    assert drafts(console.house.settings.home) == []
    assert kept_path(console.house.settings.home, at.rpartition("/")[2]) is not None
    assert "Waiting for a signature" in manager.get("/deployments").text
    assert f"waits for {OFFICER} to sign" in manager.get(at).text

    assert f"{at}/sign" in officer.get("/deployments").text
    plan = officer.get(f"{at}/plan").text
    assert "deployment.planned" in kinds(console.installation)
    assert "false alerts to expect in 8,000 passages" in plan
    assert "<svg" in plan
    assert "style=" not in plan
    sheet = officer.get(f"{at}/sign").text
    assert "Expected false alerts" in sheet
    assert "It waits for a signature" in operator.get(f"{at}/start").text
    assert operator.post(f"{at}/start", {"passphrase": PASSPHRASE}).status_code == 422

    assert signs(officer, at, password="another password")[0] == 422
    console.clock.advance(2)  # a refusal costs a wait
    assert signs(officer, at, key=b"no key")[0] == 422
    assert signs(officer, at, key=pem(SECOND_KEY))[0] == 422
    assert state(console, at) is DeploymentState.NEW
    assert signs(officer, at) == (303, f"{at}?done=signed")
    assert state(console, at) is DeploymentState.AUTHORISED
    assert pem().decode().splitlines()[1] not in "".join(console.seen)

    refused = operator.post(f"{at}/start", {"passphrase": PASSPHRASE})
    assert "(notice_published_h)" in refused.text
    assert "(signs_before_zone_m)" in refused.text
    people_know(console, at)
    wrong = operator.post(f"{at}/start", {"passphrase": "wrong horse battery"})
    assert wrong.status_code == 422
    assert "There is a problem" in wrong.text
    assert operator.led(f"{at}/start", {"passphrase": PASSPHRASE}) == f"{at}?done=started"
    assert quiet_run == [at.rpartition("/")[2]]
    running = operator.get(at).text
    assert "Watched from here" in running
    assert "Stop this run" in running
    assert "Being watched now" in operator.get("/deployments").text
    assert operator.post(f"{at}/start", {"passphrase": PASSPHRASE}).status_code == 422
    assert operator.led(f"{at}/stop") == f"{at}?done=stopped"
    assert kinds(console.installation)[-1] == "watch.stopped"
    assert "The last run from here is over" in operator.get(at).text
    assert operator.post(f"{at}/stop").status_code == 409

    assert officer.post(f"{at}/cancel", {"reason": " "}).status_code == 422
    assert officer.led(f"{at}/cancel", {"reason": "no longer needed"}) == f"{at}?done=cancelled"
    assert state(console, at) is DeploymentState.CANCELLED
    assert "no longer needed" in officer.get(at).text
    assert operator.post(f"{at}/start", {"passphrase": PASSPHRASE}).status_code == 422
    assert officer.led(f"{at}/cancel", {"reason": "never lawful", "erase": "true"}) == f"{at}?done=cancelled-erased"
    assert "not kept" in officer.get(at).text
    assert REFERENCE not in "".join(console.seen)


def test_what_was_typed_stays_and_every_fault_stands_beside_it(console: Console) -> None:
    manager = console.as_(MANAGER)
    odd = {"deployment.area": "here and there", "deployment.expected_passages": "many", "camera.0.url": "ftp://x"}
    path = manager.draft(
        **console.filled("", **odd, **{"authority.valid_until": "tomorrow", "deployment.nearby": "school"})
    )
    said = manager.get(path).text
    for typed in ("here and there", "many", "ftp://x", "tomorrow", "school:"):
        assert typed in said
    assert said.count("<strong>Fault:</strong>") >= 5
    assert "to fill in" in said
    assert "[deployment]" not in said
    refused = manager.post(f"{path}/enter", {"passphrase": PASSPHRASE})
    assert refused.status_code == 422
    assert "faults" in refused.text


def test_rows_are_added_and_taken_away_without_a_script(console: Console) -> None:
    home = console.house.settings.home
    console.house.book.save(BookedCamera(name="tower", url="rtsp://10.0.0.9/b", serial="T"))
    manager = console.as_(MANAGER)
    path = manager.draft()
    name = path.rpartition("/")[2]
    assert "#cameras" in manager.keep(path, {"camera.0.name": "north"}, do="add-camera")
    assert manager.keep(path, {"camera.0.name": "north", "camera.1.name": ""}, do="add-camera:0").endswith("#cameras")
    cameras = read_draft(home, name).raw["camera"]
    assert [one.get("name") for one in cameras] == ["north", None, "tower"]
    assert cameras[2]["serial"] == "T"
    (home / "cameras.toml").write_text("[")
    assert "tower" not in manager.get(path).text.partition("add-camera")[2]
    manager.keep(path, {"camera.0.name": "north", "camera.1.name": "", "camera.2.name": "tower"}, do="remove-camera:1")
    assert [one.get("name") for one in read_draft(home, name).raw["camera"]] == ["north", "tower"]
    assert "#documents" in manager.keep(path, {}, do="add-document")
    for nonsense in ("remove-camera:99", "remove-camera:x", "add-everything", "remove-policy:0", "add-camera:77777777"):
        manager.keep(path, {"camera.0.name": "north"}, do=nonsense)
    assert manager.keep(path, {}, do="check") == f"{path}/enter"


def test_nobodys_change_is_lost(console: Console) -> None:
    one, other = console.as_(MANAGER), console.as_(MANAGER)
    path = one.draft()
    version = one.version(path)
    other.keep(path, {"deployment.name": "theirs"})
    late = one.post(path, {"deployment.name": "mine", "version": version})
    assert late.status_code == 422
    assert "mine" in late.text
    assert read_draft(console.house.settings.home, path.rpartition("/")[2]).title == "theirs"
    text = one.post(f"{path}/text", {"text": "# mine", "version": version})
    assert text.status_code == 422
    assert "# mine" in text.text


def test_a_finished_file_is_brought_and_corrected_as_text(console: Console) -> None:
    manager = console.as_(MANAGER)
    path = manager.led("/deployments/drafts/new/upload", files={"file": ("../../x.toml", b"[deployment\n")})
    assert re.fullmatch(r"/deployments/drafts/[a-z0-9-]+", path)
    assert "no TOML" in manager.get(path).text
    assert manager.post(path, {"version": manager.version(f"{path}/text")}).status_code == 422
    version = manager.version(f"{path}/text")
    manager.led(f"{path}/text", {"text": '[deployment]\nname = "<b>bold</b>"\n', "version": version})
    said = manager.get(path).text
    assert "&lt;b&gt;bold" in said
    assert "<b>bold" not in said
    assert manager.led(f"{path}/remove") == "/deployments?done=draft-removed"
    assert manager.get(path).status_code == 404


@pytest.mark.parametrize(
    "content", [b"x" * 70_000, b"\xff\xff", ".".join("a" * 9000).encode() + b" = 1"], ids=["large", "no text", "bomb"]
)
def test_a_hostile_file_is_not_taken(console: Console, content: bytes) -> None:
    answer = console.as_(MANAGER).post("/deployments/drafts/new/upload", files={"file": ("x.toml", content)})
    assert answer.status_code == 422
    assert drafts(console.house.settings.home) == []


@pytest.mark.parametrize("name", ["..%2f..%2fhome", "a%00", "%2e%2e", "A", "x" * 90, "a.draft.toml"])
def test_a_path_in_a_name_leads_nowhere(console: Console, name: str) -> None:
    manager = console.as_(MANAGER)
    for path in (f"/deployments/drafts/{name}", f"/deployments/drafts/{name}/text", f"/deployments/{name}"):
        assert manager.get(path).status_code == 404


def test_nested_lists_and_large_forms_fail_softly(console: Console) -> None:
    manager = console.as_(MANAGER)
    path = manager.led("/deployments/drafts/new/upload", files={"file": ("x", b"x = " + b"[" * 60_000)})
    assert manager.get(path).status_code == 200
    many = {f"camera.{number}.name": "n" for number in range(500)}
    path = manager.draft()
    manager.keep(path, many)
    assert "at most 128" in manager.get(path).text or "Fault" in manager.get(path).text
    assert manager.post(path, {"deployment.why_here": "w" * 300_000}).status_code == 413
    assert (
        manager.post(path, {"deployment.why_here": "w" * 70_000, "version": manager.version(path)}).status_code == 422
    )


def test_what_the_policy_refuses_is_told_by_its_name(console: Console) -> None:
    manager = console.as_(MANAGER)
    path = manager.draft(**console.filled(console.list_imported(), **{"authority.valid_until": console.moment(20)}))
    assert "lasts 21 hours" in manager.get(path).text
    said = manager.get(f"{path}/enter").text
    assert f"1 rule of {len(RULES_OF_TERMS)} is not met" in said
    assert "max_hours" in said
    assert "For a lawyer" in said
    refused = manager.post(f"{path}/enter", {"passphrase": PASSPHRASE})
    assert refused.status_code == 422
    assert "(max_hours)" in refused.text


def test_a_list_that_breaks_the_policy_is_told_on_a_door_from_which_a_reference_may_come(console: Console) -> None:
    home = folder_of(console.house.settings.home)
    home.mkdir()
    write_policy(
        home / "stern.toml", {"min_serious_share": 1.0, "sources": ["family"], "trusted_sources": []}, of="uk-police"
    )
    manager = console.as_(MANAGER)
    path = manager.draft(**console.filled(console.list_imported(), **{"deployment.policy": "stern.toml"}))
    refused = manager.post(f"{path}/enter", {"passphrase": PASSPHRASE})
    assert refused.status_code == 422
    assert REFERENCE in refused.text
    assert REFERENCE not in refused.text.partition("<title>")[2].partition("</title>")[0]


def test_two_officers_sign_where_the_authority_names_two(console: Console) -> None:
    path = entered(console, **{"authority.second_officer": SECOND, "deployment.nearby": "school: St Mary's"})
    first, second = console.as_(OFFICER_ROLE), console.as_("second")
    assert "does not wait for your signature" in second.get(f"{path}/sign").text
    assert signs(second, path, key=pem(SECOND_KEY))[0] == 422
    assert signs(first, path) == (303, f"{path}?done=signed-first")
    assert "Waiting for the second signature" in first.get(path).text
    assert "Why you agree" in second.get(f"{path}/sign").text
    assert signs(second, path, key=pem(SECOND_KEY))[0] == 422
    done = signs(second, path, key=pem(SECOND_KEY), reasons="It is closed on Sundays.")
    assert done == (303, f"{path}?done=signed")


def test_what_is_signed_can_be_signed_elsewhere(console: Console) -> None:
    path, officer = entered(console), console.as_(OFFICER_ROLE)
    statement = officer.client.get(f"{path}/statement")
    assert statement.headers["content-disposition"].startswith("attachment")
    made = sign(KEY, statement.content).hex()
    handed = {"password": PASSWORD, "signature": "zz"}
    files = {"statement": ("a.json", statement.content)}
    assert officer.post(f"{path}/signature", handed, files).status_code == 422
    assert (
        officer.post(f"{path}/signature", {**handed, "signature": made}, {"statement": ("a", b"{}")}).status_code == 422
    )
    assert officer.led(f"{path}/signature", {**handed, "signature": made}, files=files) == f"{path}?done=signed"


def test_who_is_not_the_officer_does_not_sign(console: Console) -> None:
    path = entered(console)
    assert signs(console.as_("second"), path, key=pem(SECOND_KEY))[0] == 422
    for role in (MANAGER, OPERATOR, AUDITOR, "administrator"):
        assert signs(console.as_(role), path)[0] == 403


def test_an_operator_ends_it_and_the_officer_reviews_it(console: Console, quiet_run: list[str]) -> None:
    path = authorised(console)
    operator, officer = console.as_(OPERATOR), console.as_(OFFICER_ROLE)
    assert officer.post(f"{path}/review", {"text": "It did what it was for."}).status_code == 422
    people_know(console, path)
    operator.led(f"{path}/start", {"passphrase": PASSPHRASE})
    site_started(console, path)
    operator.led(f"{path}/stop")
    assert "An authorising officer may also" in operator.get(f"{path}/end").text
    assert operator.led(f"{path}/end") == f"{path}?done=ended"
    assert operator.post(f"{path}/end").status_code == 422
    assert "Its review is due" in operator.get("/deployments").text
    assert f"{path}/review" in officer.get("/deployments").text
    assert officer.post(f"{path}/review", {"text": "Yes."}).status_code == 422
    assert officer.led(f"{path}/review", {"text": "It did what it was for."}) == f"{path}?done=reviewed"
    assert "It did what it was for." in officer.get(path).text
    assert "nothing that is filed is changed" in officer.get(f"{path}/review").text


@pytest.mark.parametrize("by", ["end", "cancel"])
def test_it_is_said_to_be_over_once_nothing_runs_under_it(
    console: Console, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """A run stops by itself, for its own reason; here a moment later."""
    stopped: list[bool] = []

    def run(ready: Ready, viewer: object, stop: threading.Event, *beside: object) -> None:
        def over() -> bool:
            row = console.installation.store.read(lambda work: work.deployments.get(ready.keeping.deployment))
            return row is not None and row.state in (DeploymentState.ENDED, DeploymentState.CANCELLED)

        becomes(over, True)
        time.sleep(0.2)
        stopped.append(stop.is_set())
        raise Stopped("The authority is over.")

    monkeypatch.setattr(runs, "run_watch", run)
    path = authorised(console)
    people_know(console, path)
    console.as_(OPERATOR).led(f"{path}/start", {"passphrase": PASSPHRASE})
    console.as_(OFFICER_ROLE).led(f"{path}/{by}", {"reason": "It is too dark."})
    found = console.house.runs.of(path.rpartition("/")[2])
    assert found is not None
    assert (found.over, found.why, stopped) == (True, "The authority is over.", [False])


def test_a_run_is_begun_with_what_it_rests_on(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, Fact]] = []

    def run(ready: Ready, *beside: object) -> None:
        assert ready.keeping.rests_on is not None
        begun.append(dict(console.installation.store.write(ready.keeping.rests_on)))

    monkeypatch.setattr(runs, "run_watch", run)
    path = authorised(console)
    people_know(console, path)
    console.as_(OPERATOR).led(f"{path}/start", {"passphrase": PASSPHRASE})
    becomes(lambda: len(begun), 1)
    (facts,) = begun
    answers = console.installation.store.read(lambda work: work.papers.all(CONDITIONS_PAPER))
    assert (facts["trial_report"], facts["conditions"]) == (TRIAL_SHA256, answers[-1].id)
    filed = console.installation.store.read(evaluations_filed)
    assert set(facts["evaluations"]) == {one.evaluation.sha256 for one in filed}  # type: ignore[arg-type]


def site_started(console: Console, path: str) -> None:
    """As a run leaves it in the record once it scans."""
    from overt.services.acting import file_paper
    from overt.services.terms import STARTED
    from overt.store.ports import Work

    def change(work: Work) -> None:
        row = work.deployments.get(path.rpartition("/")[2])
        assert row is not None
        file_paper(console.installation, work, STARTED, by=console.people[OPERATOR].id, row=row)

    console.installation.store.write(change)


def test_an_outside_authorisation_is_filed_afterwards(console: Console) -> None:
    path, officer = entered(console), console.as_(OFFICER_ROLE)
    assert officer.post(f"{path}/permit", {"reference": " "}).status_code == 422
    assert officer.get(f"{path}/permit").status_code == 200
    assert officer.led(f"{path}/permit", {"reference": "order 17"}) == f"{path}?done=permitted"


def test_what_was_entered_elsewhere_is_shown_and_says_so(console: Console, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    site = Site(folder, clock=console.clock)
    site.installation = console.installation
    case = site.case(area=SQUARE)
    row = site.enter(case)
    path = f"/deployments/{row.id}"
    officer = console.as_(OFFICER_ROLE)
    said = officer.get(path).text
    assert "Its file lies elsewhere" in said
    assert "overt watch FILE" in said
    assert "its file lies elsewhere" in officer.get("/deployments").text
    assert signs(officer, path)[0] == 422
    assert officer.client.get(f"{path}/statement").status_code == 409
    assert "lies elsewhere" in officer.get(f"{path}/sign").text
    assert "false alerts to expect" in officer.get(f"{path}/plan").text
    site.sign(case, row)
    assert "lies elsewhere" in console.as_(OPERATOR).get(f"{path}/start").text
    assert console.as_(OPERATOR).post(f"{path}/start", {"passphrase": PASSPHRASE}).status_code == 422
    site.begin(case, row)
    with site.standing(case, row):
        assert "Watched elsewhere" in console.as_(OPERATOR).get(path).text
    end(console.installation, site.by(OPERATOR), row, case.policy.retention())
    assert "Over" in officer.get(path).text


def test_a_file_that_was_changed_since_is_neither_signed_nor_started(console: Console) -> None:
    path = entered(console)
    kept = kept_path(console.house.settings.home, path.rpartition("/")[2])
    assert kept is not None
    whole = kept.read_text()
    kept.write_text(whole + "# changed\n")
    officer = console.as_(OFFICER_ROLE)
    assert "cannot be signed or started as it stands" in officer.get(path).text
    assert signs(officer, path)[0] == 422
    kept.write_text("nonsense")
    assert "cannot be signed or started as it stands" in officer.get(path).text
    assert officer.get(f"{path}/plan").status_code == 200
    kept.write_text(whole)
    assert signs(officer, path)[0] == 303


def test_before_and_after_its_window_nothing_starts(console: Console) -> None:
    hours = {"authority.valid_from": console.moment(2), "authority.valid_until": console.moment(4)}
    path, operator = authorised(console, **hours), console.as_(OPERATOR)
    assert "Nothing is scanned before" in operator.get(f"{path}/start").text
    assert "once its window opens" in operator.get("/deployments").text
    assert operator.post(f"{path}/start", {"passphrase": PASSPHRASE}).status_code == 422
    console.clock.advance(5 * 3600)
    assert "It is over" in operator.get(f"{path}/start").text
    assert operator.post(f"{path}/start", {"passphrase": PASSPHRASE}).status_code == 422
    assert "Its window closed" in operator.get(path).text


def test_what_was_entered_while_its_page_was_lost_is_put_away(console: Console) -> None:
    manager = console.as_(MANAGER)
    path = manager.draft(**console.filled(console.list_imported()))
    home, name = console.house.settings.home, path.rpartition("/")[2]
    text = draft_path(home, name).read_text()
    at = manager.led(f"{path}/enter", {"passphrase": PASSPHRASE}).partition("?")[0]
    draft_path(home, name).write_text(text)
    assert manager.get(f"{path}/enter").headers["location"] == f"{at}?done=entered"
    assert drafts(home) == []


def test_another_one_like_it_is_a_new_draft(console: Console) -> None:
    path, manager = entered(console), console.as_(MANAGER)
    assert "Write another one like this" in manager.get(path).text
    assert "Write another one like this" not in console.as_(OPERATOR).get(path).text
    draft = manager.led(f"/deployments/drafts/new/like/{path.rpartition('/')[2]}")
    assert "they were seen here" in manager.get(draft).text
    assert manager.post("/deployments/drafts/new/like/..").status_code in (404, 405)
    assert console.as_(OPERATOR).post(f"/deployments/drafts/new/like/{path.rpartition('/')[2]}").status_code == 403


def test_passwords_of_cameras_are_shown_to_nobody_but_who_writes_them(console: Console) -> None:
    path = authorised(console)
    before = len(console.seen)
    for role in (MANAGER, OFFICER_ROLE, OPERATOR, AUDITOR, "administrator"):
        console.as_(role).get(path)
    pages = "".join(console.seen[before:])
    assert "10.0.0.5" in pages
    assert "hidden@" not in pages
    assert "viewer" not in pages


WRITES: set[str] = {MANAGER}
SIGNS: set[str] = {OFFICER_ROLE}
STARTS: set[str] = {OPERATOR}
ENDS: set[str] = {OFFICER_ROLE, OPERATOR}
PLANS: set[str] = {OFFICER_ROLE, MANAGER, OPERATOR, AUDITOR, Role.EVALUATOR, Role.OVERSIGHT}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR] + ["administrator"])
def test_each_door_is_for_its_roles_alone(console: Console, role: str) -> None:
    path = entered(console)
    draft = console.as_(MANAGER).draft()
    visitor = console.as_(role)
    doors: list[tuple[str, set[str]]] = [
        ("/deployments", set(Role) | {"administrator"}),
        (path, set(Role) | {"administrator"}),
        ("/deployments/drafts", WRITES),
        (draft, WRITES),
        (f"{draft}/text", WRITES),
        (f"{draft}/enter", WRITES),
        (f"{path}/plan", PLANS),
        (f"{path}/sign", SIGNS),
        (f"{path}/statement", SIGNS),
        (f"{path}/start", STARTS),
        (f"{path}/end", ENDS),
        (f"{path}/review", SIGNS),
        (f"{path}/permit", SIGNS),
    ]
    for address, may in doors:
        assert visitor.get(address).status_code == (200 if role in may else 403), address
    acts = [
        ("/deployments/drafts", WRITES),
        (draft, WRITES),
        (f"{draft}/text", WRITES),
        (f"{draft}/remove", WRITES),
        (f"{draft}/enter", WRITES),
        (f"{path}/start", STARTS),
        (f"{path}/stop", ENDS),
        (f"{path}/end", ENDS),
        (f"{path}/cancel", SIGNS),
        (f"{path}/review", SIGNS),
        (f"{path}/permit", SIGNS),
        (f"{path}/sign", SIGNS),
        (f"{path}/signature", SIGNS),
    ]
    for address, may in acts:
        if role not in may:
            assert visitor.post(address, {"passphrase": "x"}).status_code == 403, address
    assert state(console, path) is DeploymentState.NEW
    assert (draft in visitor.get("/deployments").text) == (role in WRITES)


def test_who_is_not_signed_in_is_led_to_the_door(console: Console) -> None:
    path = entered(console)
    nobody = console.as_(AUDITOR)
    nobody.client.cookies.clear()
    for address in ("/deployments", path, f"{path}/plan", "/deployments/drafts"):
        assert nobody.get(address).headers["location"].startswith("/sign-in")
    assert nobody.post(f"{path}/stop").status_code == 401


def test_there_is_no_deployment_of_another_id(console: Console) -> None:
    for which in ("nonsense", "01a22795-e3c4-73ec-9462-6e0606aa56bb", "<script>"):
        assert console.as_(AUDITOR).get(f"/deployments/{which}").status_code == 404


def test_the_promises_are_looked_at_before_a_start_and_a_broken_one_refuses_it(
    console: Console, quiet_run: list[str]
) -> None:
    at, operator = authorised(console), console.as_(OPERATOR)
    people_know(console, at)
    home = console.house.settings.home
    home.chmod(0o755)
    refused = operator.post(f"{at}/start", {"passphrase": PASSPHRASE})
    assert refused.status_code == 422
    assert "is open to other accounts. (keys-are-ours)" in refused.text
    assert quiet_run == []
    count = len(CHECKS)
    said = operator.get(at).text
    assert f"Only {count - 1} of {count} promises kept before the last start" in said
    home.chmod(0o700)
    console.clock.advance(1)
    operator.led(f"{at}/start", {"passphrase": PASSPHRASE})
    assert f"{count} of {count} promises kept" in operator.get(at).text
    assert f"{count} of {count} promises kept" in operator.get(f"/live/{at.rpartition('/')[2]}").text
    assert kinds(console.installation).count("promises.checked") == 2
    operator.led(f"{at}/stop")
