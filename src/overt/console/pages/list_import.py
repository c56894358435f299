"""Importing a list: pictures are sent, read in a thread, and how far it has come is told until it is done."""

from __future__ import annotations

import re
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from overt.console.doors import Doors, only
from overt.console.guard import BigDoor
from overt.console.house import House, house_of
from overt.console.imports import Asked, Import
from overt.console.receiving import received
from overt.console.render import go, page
from overt.console.visitor import Visitor, visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.drafts import find_draft
from overt.services.list_folder import PICTURES
from overt.services.people import installation_policy
from overt.services.policies import POLICIES, load_policy
from overt.services.uploads import MOST_BYTES, MOST_FILES, Upload
from overt.vault.passphrase import LEAST_CHARACTERS, require_strong

doors = Doors()

IMPORTS = only(Action.LIST_IMPORT, emits_face=True)
PATH: Final = "/lists/import"
PROGRESS: Final = f"{PATH}/progress"
BIG: Final = BigDoor(path=re.compile(re.escape(PATH)), most_bytes=MOST_BYTES)


@doors.get(PATH, IMPORTS)
def ask(request: Request, resume: str = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    going_on = house.imports.of(visitor.account.id)
    if going_on is not None and not going_on.over:
        return go(PROGRESS)
    if resume:
        find_draft(house.installation, resume, finished=False)
    return _form(request, {"policy": _usual(house), "resume": resume})


@doors.post(PATH, IMPORTS)
async def begin(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    fields: dict[str, str] = {}
    try:
        one = house.imports.begin(visitor.account.id)
    except OvertError as error:
        return await run_in_threadpool(_form, request, fields, error)
    begun = False
    try:
        expected = int(request.headers.get("content-length", "0"))
        one.upload = await run_in_threadpool(_upload, house, expected)
        fields = await received(request, one.upload)
        await run_in_threadpool(_read, house, visitor, one, fields)
        begun = True
    except OvertError as error:
        return await run_in_threadpool(_form, request, fields, error)
    finally:
        if not begun:
            await run_in_threadpool(house.imports.give_up, one)
    return go(PROGRESS)


@doors.get(PROGRESS, IMPORTS)
def progress(request: Request) -> Response:
    visitor = visitor_of(request)
    one = house_of(request).imports.of(visitor.account.id)
    error = one.error if one is not None else None
    return page(request, "list_progress.html", visitor=visitor, error=error, status=200, one=one)


@doors.get(f"{PATH}/state", IMPORTS)
def state(request: Request) -> Response:
    """How far it has come, for the page that shows it: counts, and nothing else."""
    one = house_of(request).imports.of(visitor_of(request).account.id)
    if one is None:
        return JSONResponse({"stage": "none", "done": 0, "total": 0})
    return JSONResponse({"stage": one.stage.value, "done": one.done, "total": one.total})


@doors.post(f"{PATH}/stop", IMPORTS)
def stop(request: Request) -> Response:
    house_of(request).imports.stop(visitor_of(request).account.id)
    return go(PROGRESS)


def _upload(house: House, expected: int) -> Upload:
    cache = house.settings.make_home() / "cache"
    return Upload(cache, house.installation.random_bytes, expected_bytes=expected)


def _read(house: House, visitor: Visitor, one: Import, fields: dict[str, str]) -> None:
    resume, passphrase = fields.get("resume", ""), fields.get("passphrase", "")
    if not resume:
        require_strong(passphrase)
        if passphrase != fields.get("again"):
            raise Refused("The two passphrases differ.", "Type the same one twice.")
    policy = fields.get("policy", "")
    if policy not in _policies(house):
        raise Refused("There is no such policy.", "Choose one of those that are offered.")
    if one.upload is not None and not one.upload.files:
        raise Refused("No picture was chosen.", "Choose pictures, a folder of them, or a ZIP.")
    asked = Asked(
        by=visitor.account,
        token=visitor.token,
        passphrase=passphrase,
        rules=load_policy(policy).rules,
        resume=resume,
    )
    house.imports.read(one, asked)


def _usual(house: House) -> str:
    """The policy by which lists are judged here unless somebody chooses another."""
    return installation_policy(house.installation).policy


def _policies(house: House) -> tuple[str, ...]:
    return tuple(dict.fromkeys((_usual(house), *POLICIES)))


def _form(request: Request, typed: dict[str, str], error: OvertError | None = None) -> Response:
    house = house_of(request)
    return page(
        request,
        "list_import.html",
        visitor=visitor_of(request),
        error=error,
        policies=_policies(house),
        policy=typed.get("policy", _usual(house)),
        resume=typed.get("resume", ""),
        endings=",".join((*PICTURES, ".zip", ".csv")),
        most_bytes=MOST_BYTES,
        most_files=MOST_FILES,
        least=LEAST_CHARACTERS,
    )
