"""Drafts of deployments: written in a form or as text, brought as a finished file, checked, entered.

Whatever is typed is kept as it was typed, and what is wrong with it stands beside it. What could not be kept is shown
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, File, Form, Request, UploadFile
from starlette.datastructures import FormData
from starlette.responses import Response

from overt.bootstrap import case_at, enter_deployment
from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages.deployment_form import changed_by, form_of, fresh, raw_of, tables_of
from overt.console.pages.deployment_words import in_words
from overt.console.render import go, local_zone, page
from overt.console.visitor import visitor_of
from overt.domain.authority import Deployment
from overt.domain.errors import OvertError, Refused
from overt.domain.policy import Policy
from overt.domain.roles import Action
from overt.domain.terms import Broken
from overt.services.cameras import BadCamera
from overt.services.case import Case
from overt.services.checks import Check, checks_of_draft
from overt.services.deployment_files import (
    DraftFile,
    draft_like,
    draft_path,
    folder_of,
    keep_entered,
    look_through,
    new_draft,
    policies_beside,
    read_draft,
    remove_draft,
    take_in,
    write_draft,
    write_text,
)
from overt.services.deployment_text import Tables
from overt.services.deployments import find_deployment
from overt.services.files import Fault
from overt.services.people import installation_policy
from overt.services.policies import POLICIES, load_policy
from overt.store.records import DraftRow, State

doors = Doors("/deployments/drafts")

WRITES: Final = only(Action.DEPLOYMENT_NEW)
#: What is refused when a list is sealed names its entries.
ENTERS: Final = only(Action.DEPLOYMENT_NEW, emits_face=True)
_MOST_FIELDS: Final = 3000


async def typed(request: Request) -> FormData:
    """All fields of a form, whatever they are called."""
    return await request.form(max_fields=_MOST_FIELDS, max_files=0)


Typed = Annotated[FormData, Depends(typed)]


@doors.get("", WRITES)
def begin(request: Request) -> Response:
    return page(request, "deployment_new.html", visitor=visitor_of(request))


@doors.post("", WRITES)
def make(request: Request) -> Response:
    house = house_of(request)
    known = installation_policy(house.installation).policy
    policy = known if known in POLICIES else POLICIES[0]
    try:
        name = new_draft(house.settings.home, fresh(policy, load_policy(policy).rules))
    except OvertError as error:
        return page(request, "deployment_new.html", visitor=visitor_of(request), error=error)
    return go(f"/deployments/drafts/{name}")


@doors.post("/new/upload", WRITES)
def bring(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    try:
        name = take_in(house_of(request).settings.home, file.file.read())
    except OvertError as error:
        return page(request, "deployment_new.html", visitor=visitor_of(request), error=error)
    return go(f"/deployments/drafts/{name}")


@doors.post("/new/like/{deployment}", WRITES)
def again(request: Request, deployment: str) -> Response:
    name = draft_like(house_of(request).settings.home, deployment)
    return go(f"/deployments/drafts/{name}")


@doors.get("/{name}", WRITES)
def show(request: Request, name: str) -> Response:
    return _form(request, read_draft(house_of(request).settings.home, name))


@doors.post("/{name}", WRITES)
def save(request: Request, name: str, form: Typed) -> Response:
    house = house_of(request)
    home = house.settings.home
    values = {key: value for key, value in form.items() if isinstance(value, str)}
    tables = tables_of(values)
    do = values.get("do", "")
    try:
        write_draft(home, name, changed_by(tables, do, _booked(house)), values.get("version", ""))
    except OvertError as error:
        draft = read_draft(home, name)
        return _form(request, draft, error=error, typed=tables)
    if do == "check":
        return go(f"/deployments/drafts/{name}/enter")
    if do.startswith(("add-", "remove-")):
        away = go(f"/deployments/drafts/{name}", done="draft-saved")
        away.headers["location"] += "#" + f"{do.partition(':')[0].partition('-')[2]}s"
        return away
    return go(f"/deployments/drafts/{name}", done="draft-saved")


@doors.get("/{name}/text", WRITES)
def show_text(request: Request, name: str) -> Response:
    draft = read_draft(house_of(request).settings.home, name)
    return _text(request, draft, draft.text)


@doors.post("/{name}/text", WRITES)
def save_text(
    request: Request, name: str, text: Annotated[str, Form()], version: Annotated[str, Form(max_length=64)]
) -> Response:
    home = house_of(request).settings.home
    try:
        write_text(home, name, text, version)
    except OvertError as error:
        return _text(request, read_draft(home, name), text, error=error)
    return go(f"/deployments/drafts/{name}/text", done="draft-saved")


@doors.post("/{name}/remove", WRITES)
def remove(request: Request, name: str) -> Response:
    remove_draft(house_of(request).settings.home, name)
    return go("/deployments", done="draft-removed")


@doors.get("/{name}/enter", ENTERS)
def check(request: Request, name: str) -> Response:
    return _entering(request, name)


@doors.post("/{name}/enter", ENTERS)
def enter(
    request: Request,
    name: str,
    passphrase: Annotated[str, Form(max_length=1000)],
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    told: list[str] = []
    try:
        draft, case = read_draft(house.settings.home, name), _case(house, name)
        _require_both(case, passphrase, again)
        row, watch_list = enter_deployment(
            house.installation,
            visitor.account,
            case,
            house.settings,
            passphrase=lambda _: passphrase,
            progress=lambda _, __: None,
            tell=told.append,
        )
    except OvertError as error:
        return _entering(request, name, error=error)
    keep_entered(house.settings.home, name, row.id, draft.text)
    entries = len(watch_list.references)
    if not told:
        return go(f"/deployments/{row.id}", done="entered")
    return page(request, "deployment_entered.html", visitor=visitor, row=row, entries=entries, told=told)


def _require_both(case: Case, passphrase: str, again: str) -> None:
    if case.deployment.draft is None and passphrase != again:
        raise Refused("The two passphrases differ.", "Type the same one twice.")


def _case(house: House, name: str) -> Case:
    """The draft as a deployment; raises where it has faults."""
    deployment, faults = look_through(house.settings.home, name, house.settings.camera_schemes)
    if deployment is None:
        raise Refused(f"The draft has {len(faults)} faults, so it cannot be entered.", "Correct them first.")
    return case_at(draft_path(house.settings.home, name), house.settings)


def _form(
    request: Request,
    draft: DraftFile,
    *,
    error: OvertError | None = None,
    typed: Tables | None = None,
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    home = house.settings.home
    deployment, faults = look_through(home, draft.name, house.settings.camera_schemes)
    raw = draft.raw if typed is None else raw_of(draft.raw, typed)
    policy, lists = _policy(house, raw), _lists(house)
    form = form_of(raw, faults, None if policy is None else policy.rules, [one.id for one in lists])
    return page(
        request,
        "deployment_draft.html",
        visitor=visitor,
        error=error,
        draft=draft,
        form=form,
        faults=faults if typed is None else (),
        unmet=_unmet(house, deployment, policy) if typed is None else (),
        beside=_beside(faults, raw),
        policies=(*POLICIES, *policies_beside(home)),
        policy=_said(raw, "deployment", "policy"),
        about=policy,
        lists={one.id: one for one in lists},
        cameras=_booked(house),
        zone=_zone(house.now_us),
        broken_toml=not draft.raw and bool(draft.text.strip()),
    )


def _booked(house: House) -> list[dict[str, Any]]:
    """Cameras of the book, to be taken into a draft; none where it cannot be read, which the cameras page tells."""
    try:
        return [camera.table for camera in house.book.cameras()]
    except BadCamera:
        return []


def _unmet(house: House, deployment: Deployment | None, policy: Policy | None) -> list[Broken]:
    if deployment is None or policy is None:
        return []
    return [fault for one in checks_of_draft(house.installation, deployment, policy) for fault in one.broken]


def _beside(faults: Sequence[Fault], raw: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Faults that stand beside no field."""
    known = {"deployment", "authority", "watchlist", "camera", "document", "consultation"}
    return tuple(one for one in faults if not one.at or one.at[0] not in known or len(one.at) < 2 or not raw)


def _text(request: Request, draft: DraftFile, text: str, *, error: OvertError | None = None) -> Response:
    house = house_of(request)
    _, faults = look_through(house.settings.home, draft.name, house.settings.camera_schemes)
    return page(
        request,
        "deployment_text.html",
        visitor=visitor_of(request),
        error=error,
        draft=draft,
        text=text,
        faults=faults if error is None else (),
        folder=folder_of(house.settings.home).name,
    )


def _entering(request: Request, name: str, *, error: OvertError | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    home = house.settings.home
    draft = read_draft(home, name)
    deployment, faults = look_through(home, name, house.settings.camera_schemes)
    case, checks = None, tuple[Check, ...]()
    if deployment is not None:
        try:
            case = case_at(draft_path(home, name), house.settings)
            row, sealed = find_deployment(house.installation, case.digest())
            if row is not None and sealed is not None:  # it was entered, and only its file was not put away
                keep_entered(home, name, row.id, draft.text)
                return go(f"/deployments/{row.id}", done="entered")
            checks = checks_of_draft(house.installation, case.deployment, case.policy)
        except OvertError as refused:
            error = error or refused
    return page(
        request,
        "deployment_enter.html",
        visitor=visitor,
        error=error,
        draft=draft,
        faults=faults,
        case=case,
        checks=in_words(checks),
        ready=case is not None and not any(one.broken for one in checks),
    )


def _policy(house: House, raw: Mapping[str, Any]) -> Policy | None:
    try:
        name = _said(raw, "deployment", "policy")
        known = name in (*POLICIES, *policies_beside(house.settings.home))
        return load_policy(name, folder_of(house.settings.home)) if known else None
    except OvertError:
        return None


def _lists(house: House) -> list[DraftRow]:
    """Imported lists that a deployment may take."""
    rows = house.installation.store.read(lambda work: work.drafts.all())
    return [
        one
        for one in rows
        if one.state is State.KEPT and one.sealed_us is not None and one.erase_after_us > house.now_us
    ]


def _said(raw: Mapping[str, Any], table: str, key: str) -> str:
    values = raw.get(table)
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""


def _zone(now_us: int) -> str:
    return datetime.fromtimestamp(now_us / 1e6, local_zone(now_us)).tzname() or ""
