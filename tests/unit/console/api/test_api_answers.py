"""What the API answers, door by door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from overt.console.api.shapes import part
from overt.console.doors import doors_of
from overt.domain.roles import Role
from overt.ledger.head import public_key_from_text
from overt.ledger.verify import verify
from tests.deployed import quick_passphrases
from tests.unit.console.api.seeded import CANARIES, WORDS, Seeded, decided, noted, seeded

NOBODYS = "01935200-0000-7000-8000-00000000dead"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with quick_passphrases():
        yield seeded(tmp_path_factory.mktemp("api"))


def paths(made: Seeded) -> list[str]:
    """Every address that is read with a token."""
    values = {"{deployment}": made.deployment.id, "{alert}": made.alerts[0], "{index}": "3"}
    found = []
    for door in doors_of(made.app):
        if door.method == "GET" and (door.rule.by_token or door.path == "/metrics"):
            path = door.path
            for name, value in values.items():
                path = path.replace(name, value)
            found.append(path)
    return found


def test_a_token_reads_and_changes_nothing(made: Seeded) -> None:
    assert {door.method for door in doors_of(made.app) if door.rule.by_token} == {"GET"}


@pytest.mark.parametrize("role", Role)
def test_no_token_is_told_who_is_listed_nor_shown_a_face(made: Seeded, role: Role) -> None:
    client = made.client(role)
    opened = 0
    for path in paths(made):
        query = {"follow": "false", "after": "0", "since": "1", "erased": "true"}
        answer = client.get(path, params=query)
        assert answer.status_code < 500, answer.text
        opened += answer.status_code == 200
        for canary in CANARIES:
            assert canary not in answer.text, (path, canary)
    assert opened >= 10


def test_every_door_of_the_api_that_a_token_opens_says_so_and_shows_no_face(made: Seeded) -> None:
    described = made.client().get("/api/v1/openapi.json").json()["paths"]
    doors = [door for door in doors_of(made.app) if door.path.startswith("/api/v1/") and door.path != "/api/v1/"]
    assert len(doors) > 15
    for door in doors:
        operation = described[door.path][door.method.lower()]
        assert not (door.rule.by_token and door.rule.emits_face)
        assert ({"token": []} in operation["security"]) == door.rule.by_token
        assert ("A token opens it." in operation["description"]) == door.rule.by_token


def test_every_route_under_api_says_with_which_statuses_it_answers(made: Seeded) -> None:
    described = made.client().get("/api/v1/openapi.json").json()["paths"]
    known = {
        200: "an answer",
        201: "something new",
        401: "nobody",
        403: "not allowed",
        404: "not there",
        409: "refused",
        411: "no length",
        413: "too long",
        421: "another host",
        422: "malformed",
        429: "too many",
        503: "no store",
    }
    for door in doors_of(made.app):
        if not door.path.startswith("/api") or door.path == "/api/v1/":
            continue
        statuses = {int(status) for status in described[door.path][door.method.lower()]["responses"]}
        assert statuses <= set(known)
        assert statuses & {200, 201}
        assert {403, 421} <= statuses
        if door.path != "/api/v1/openapi.json":
            assert {401, 422, 503} <= statuses, door.path
        if "{deployment}" in door.path or "{alert}" in door.path:
            assert 404 in statuses, door.path


def test_who_is_not_signed_in_is_told_so_as_a_problem(made: Seeded) -> None:
    answer = made.client().get("/api/v1/deployments")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:overt:not-signed-in"


def test_what_is_malformed_is_named_and_not_repeated(made: Seeded) -> None:
    answer = made.client(Role.AUDITOR).get("/api/v1/ledger/entries", params={"start": "secret", "limit": "0"})
    said = answer.json()
    assert answer.status_code == 422
    assert "secret" not in answer.text
    assert [(one["at"], one["name"]) for one in said["errors"]] == [("query", "start"), ("query", "limit")]
    assert said["type"] == "urn:overt:malformed"


def test_a_name_that_was_made_up_is_not_repeated(made: Seeded) -> None:
    client = made.client(Role.OPERATOR, by_token=False)
    body = {"verdict": "cannot-tell", "words": "what I saw", "canary": 1}
    answer = client.post(f"/api/v1/alerts/{made.alerts[1]}/decisions", json=body)
    assert answer.status_code == 422
    assert "canary" not in answer.text


def test_a_method_that_is_none_says_which_there_are(made: Seeded) -> None:
    answer = made.client(Role.AUDITOR).request("PUT", "/api/v1/me", content=b"")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_one_is_told_who_one_is(made: Seeded) -> None:
    said = made.client(Role.OPERATOR).get("/api/v1/me").json()
    assert (said["roles"], said["by_token"]) == (["operator"], True)
    assert made.client(Role.OPERATOR, by_token=False).get("/api/v1/me").json()["by_token"] is False


def test_a_deployment_is_told_of_with_its_signatures(made: Seeded) -> None:
    client = made.client(Role.SUPPLIER)
    (one,) = client.get("/api/v1/deployments").json()["items"]
    assert one["deployment"] == made.deployment.id
    assert (one["state"], one["cameras"], one["watched_here"], one["running"]) == ("authorised", 1, True, False)
    assert one["signed_by"] == [made.by(Role.AUTHORISING_OFFICER).id]
    assert client.get(f"/api/v1/deployments/{one['deployment']}").json() == one
    assert client.get(f"/api/v1/deployments/{NOBODYS}").status_code == 404


def test_whether_a_deployment_may_run_is_verified_anew(made: Seeded) -> None:
    said = made.client(Role.AUDITOR).get(f"/api/v1/deployments/{made.deployment.id}/authority").json()
    assert (said["may_run"], said["because"], said["code"], said["list_kept"]) == (True, "", None, True)
    assert [one["counts"] for one in said["signatures"]] == [True]


def test_why_a_deployment_may_not_run_is_said(tmp_path: Path) -> None:
    with quick_passphrases():
        made = seeded(tmp_path, alerts=0)
    made.site.clock.advance(24 * 3600 - 60)
    answer = made.client(Role.AUDITOR).get(f"/api/v1/deployments/{made.deployment.id}/authority")
    said = answer.json()
    assert said["may_run"] is False
    assert said["code"] == "outside-authority"
    assert said["because"]


def test_what_to_expect_is_planned(made: Seeded) -> None:
    path = f"/api/v1/deployments/{made.deployment.id}/plan"
    assert made.client(Role.ENGAGEMENT_OFFICER).get(path).status_code == 403
    answer = made.client(Role.AUDITOR).get(path)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["plan"]["passages"], said["plan"]["rows"]) == (1000, 2)
    assert said["plan"]["far"]["low"] <= said["plan"]["far"]["value"] <= said["plan"]["far"]["high"]


def test_a_plan_needs_the_deployments_own_file(tmp_path: Path) -> None:
    with quick_passphrases():
        made = seeded(tmp_path, alerts=0)
    folder = made.house.settings.home / "deployments"
    for file in folder.glob("*.toml"):
        file.write_text(
            "[deployment]\n" if file.stem in ("High Street", made.deployment.id) else file.read_text("utf-8"), "utf-8"
        )
    absent = made.client(Role.AUDITOR).get(f"/api/v1/deployments/{made.deployment.id}/plan")
    assert (absent.status_code, absent.json()["type"]) == (404, "urn:overt:not-entered")


def test_lists_are_counts_and_states(made: Seeded) -> None:
    (one,) = made.client(Role.OPERATOR).get("/api/v1/lists").json()["items"]
    assert (one["entries"], one["withdrawn"], one["state"]) == (2, 0, "kept")
    assert made.client(Role.OPERATOR).get("/api/v1/lists/drafts").status_code == 403
    drafts = made.client(Role.LIST_MANAGER).get("/api/v1/lists/drafts").json()["items"]
    (draft,) = [one for one in drafts if one["draft"] == made.draft]
    assert (draft["entries"], draft["finished"]) == (1, None)


def test_cameras_are_told_of_by_the_record_and_by_the_run(made: Seeded) -> None:
    client = made.client(Role.EVALUATOR)
    (camera,) = client.get(f"/api/v1/deployments/{made.deployment.id}/cameras").json()["items"]
    assert (camera["position"], camera["counted"]["faces_seen"], camera["now"]["state"]) == (0, 18, "live")
    assert camera["now"]["since_start"]["frames"] == 7
    (run,) = client.get("/api/v1/runs").json()["items"]
    assert (run["deployment"], run["cameras"]) == (made.deployment.id, [camera])


def test_cameras_of_a_deployment_that_is_not_watched_here(tmp_path: Path) -> None:
    with quick_passphrases():
        made = seeded(tmp_path, alerts=0)
    made.house.runs._runs.clear()
    client = made.client(Role.EVALUATOR)
    (camera,) = client.get(f"/api/v1/deployments/{made.deployment.id}/cameras").json()["items"]
    assert (camera["position"], camera["name"], camera["now"]) == (None, "camera 0", None)
    assert client.get("/api/v1/runs").json() == {"items": []}


def test_alerts_are_listed_without_a_score_and_in_parts(made: Seeded) -> None:
    client = made.client(Role.OPERATOR)
    first = client.get("/api/v1/alerts", params={"limit": 2}).json()
    assert [one["alert"] for one in first["items"]] == made.alerts[:0:-1]
    assert first["next"] == made.alerts[1]
    rest = client.get("/api/v1/alerts", params={"limit": 2, "before": first["next"]}).json()
    assert ([one["alert"] for one in rest["items"]], rest["next"]) == ([made.alerts[0]], None)
    assert not {"score", "threshold"} & set(first["items"][0])
    assert client.get("/api/v1/alerts", params={"waiting": True}).json()["items"]
    assert made.client(Role.SUPPLIER).get("/api/v1/alerts").status_code == 403


def test_before_all_verdicts_are_in_nobody_is_told_a_score_or_what_another_said(tmp_path: Path) -> None:
    with quick_passphrases():
        made = seeded(tmp_path, alerts=1)
    path = f"/api/v1/alerts/{made.alerts[0]}"
    for role, own in ((Role.OPERATOR, 1), (Role.ENGAGEMENT_OFFICER, 0), (Role.AUDITOR, 0)):
        said = made.client(role).get(path).json()
        assert (said["score"], said["threshold"], said["false_alerts_per_1000"]) == (None, None, None)
        assert (said["standing"], len(said["decisions"]), said["looked"]) == ("one-of-two", own, 1)
    decided(made.site, made.deployment, made.alerts[0], Role.ENGAGEMENT_OFFICER)
    said = made.client(Role.AUDITOR).get(path).json()
    assert (said["score"], said["threshold"], said["standing"]) == (0.7123, 0.5123, "worth-a-look")
    assert [one["verdict"] for one in said["decisions"]] == ["worth-a-look"] * 2
    assert WORDS not in str(said)


def test_an_alert_that_there_is_not_and_one_that_is_not_ones_own(made: Seeded) -> None:
    assert made.client(Role.OPERATOR).get(f"/api/v1/alerts/{NOBODYS}").status_code == 404
    assert made.client(Role.OPERATOR).get("/api/v1/alerts/../alerts").status_code == 200
    assert made.client(Role.OPERATOR).get("/api/v1/alerts/everything").status_code == 422
    assert made.client(Role.SUPPLIER).get(f"/api/v1/alerts/{made.alerts[0]}").status_code == 403


def test_no_token_gives_a_verdict_and_nobody_does_who_has_not_looked(made: Seeded) -> None:
    path, body = f"/api/v1/alerts/{made.alerts[2]}/decisions", {"verdict": "cannot-tell", "words": "what I saw"}
    assert made.client(Role.OPERATOR).post(path, json=body).status_code == 403
    unseen = made.client(Role.OPERATOR, by_token=False).post(path, json=body)
    assert (unseen.status_code, unseen.json()["type"]) == (409, "urn:overt:not-shown")


def test_a_verdict_of_somebody_who_looked_is_recorded(tmp_path: Path) -> None:
    from overt.services.adjudicate import show

    with quick_passphrases():
        made = seeded(tmp_path, alerts=2)
    alert = made.alerts[1]
    show(made.installation, alert, account=made.by(Role.OPERATOR).id)
    made.site.clock.advance(60)
    client = made.client(Role.OPERATOR, by_token=False)
    path, body = f"/api/v1/alerts/{alert}/decisions", {"verdict": "cannot-tell", "words": "too dark to say"}
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["standing"]) == (201, "one-of-two")
    again = client.post(path, json=body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:overt:decided-already")
    client.headers["sec-fetch-site"] = "cross-site"
    assert client.post(path, json=body).status_code == 403


def test_a_verdict_is_text(made: Seeded) -> None:
    client = made.client(Role.OPERATOR, by_token=False)
    answer = client.post(
        f"/api/v1/alerts/{made.alerts[2]}/decisions",
        content=b'{"verdict": "cannot-tell", "words": "what \\ud800"}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422


def test_figures_come_with_their_intervals(made: Seeded) -> None:
    client = made.client(Role.SUPPLIER)
    (one,) = client.get("/api/v1/figures").json()["deployments"]
    assert one == client.get(f"/api/v1/deployments/{made.deployment.id}/figures").json()
    assert one == client.get("/api/v1/figures", params={"deployment": made.deployment.id}).json()["deployments"][0]
    assert set(one["far_high"]) == {"value", "num", "den", "low", "high"}
    assert one["far_high"]["den"] == one["unlisted_passages"] == 18, "no verdict stands yet"
    assert client.get(f"/api/v1/deployments/{NOBODYS}/figures").status_code == 404


def test_figures_are_taken_apart_and_name_nobody_to_whoever_may_not_know_accounts(made: Seeded) -> None:
    path = f"/api/v1/deployments/{made.deployment.id}/figures/parts"
    supplier, auditor = made.client(Role.SUPPLIER).get(path).json(), made.client(Role.AUDITOR).get(path).json()
    assert set(supplier) == {"cameras", "operators", "slices"}
    assert sum(one["faces_seen"] for one in supplier["cameras"]) == 18
    assert set(supplier["slices"][0]) >= {"from", "until", "faces_seen", "right", "wrong", "never_verified"}
    labels = [one["operator"] for one in supplier["operators"]]
    assert labels == [f"operator {number}" for number in range(1, len(labels) + 1)]
    assert not {one["operator"] for one in auditor["operators"]} & set(labels)
    assert made.client(Role.SUPPLIER).get(f"/api/v1/deployments/{NOBODYS}/figures/parts").status_code == 404


def test_the_ledger_can_be_had_whole_and_proved_in_parts(made: Seeded, tmp_path: Path) -> None:
    auditor, supplier = made.client(Role.AUDITOR), made.client(Role.SUPPLIER)
    head = supplier.get("/api/v1/ledger/head").json()
    export = tmp_path / "export"
    export.write_bytes(auditor.get("/api/v1/ledger/export").content)
    with export.open("rb") as file:
        found = verify(file, public_key_from_text(head["public_key"]), None)
    assert f"{found.last.size}:{found.last.root}" == head["mark"]
    proof = auditor.get("/api/v1/ledger/entries/3/proof", params={"size": head["size"]}).json()
    assert (proof["index"], proof["root"]) == (3, head["root"])
    grown = supplier.get("/api/v1/ledger/consistency", params={"since": 2, "until": head["size"]}).json()
    assert (grown["earlier"]["size"], grown["later"]["root"]) == (2, head["root"])
    for path in ("entries", "entries/3/proof", "export"):
        assert supplier.get(f"/api/v1/ledger/{path}").status_code == 403
    assert auditor.get("/api/v1/ledger/entries/99999/proof").status_code == 409
    assert supplier.get("/api/v1/ledger/consistency", params={"since": 99999}).status_code == 409


def test_entries_come_in_parts_and_in_order(made: Seeded) -> None:
    auditor = made.client(Role.AUDITOR)
    noted(made.installation, 10)
    start: int | None = 0
    found: list[int] = []
    while start is not None:
        said = auditor.get("/api/v1/ledger/entries", params={"start": start, "limit": 7}).json()
        found += [one["index"] for one in said["items"]]
        start = said["next"]
    assert found == list(range(said["size"]))
    assert auditor.get("/api/v1/ledger/entries", params={"start": 10**9}).json()["items"] == []


def test_a_page_lists_every_operation_without_a_script_of_others(made: Seeded) -> None:
    for client in (made.client(), made.client(Role.AUDITOR, by_token=False)):
        said = client.get("/api/v1/").text
        for door in doors_of(made.app):
            if door.path.startswith("/api/v1/") and door.path != "/api/v1/":
                assert f"{door.method} {door.path}" in said
        assert "://" not in said.replace("https://testserver", "")


def test_a_part_ends_where_there_is_no_more() -> None:
    from overt.console.api.shapes import Fault

    def shown(text: str) -> Fault:
        return Fault(at=text, name="", code="")

    assert part([], None, 3, id_of=str, shown=shown).next is None
    assert part(["a", "b", "c"], None, 3, id_of=str, shown=shown).next is None
    cut = part(["a", "b", "c"], "c", 1, id_of=str, shown=shown)
    assert ([one.at for one in cut.items], cut.next) == (["b"], "b")


def test_a_body_that_is_no_text_is_malformed_like_any_other(made: Seeded) -> None:
    client = made.client(Role.OPERATOR, by_token=False)
    answer = client.post(
        f"/api/v1/alerts/{made.alerts[1]}/decisions",
        content=b'2\xff\xfe"',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:overt:malformed"
