"""The public register, without signing in: the pages that `overt publish` writes, from the same renderer, as of now.

Rules:
  - everybody may read it, since it is what was promised to everybody; no session is looked up for it, no cookie is set,
    and nothing is taken in but the address of a page;
  - what is not in the published document cannot be in an answer: nothing here looks into the store (`PublicSite` does,
    for all readers at once);
  - `/public/<id of a deployment>` is short, and stays: it is what the code on a sign holds.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from overt.console.doors import EVERYBODY, Doors
from overt.console.house import house_of
from overt.console.problems import NotThere
from overt.console.public_site import Answer
from overt.notices.register import page_for_nothing

doors = Doors("/public")

ROOT: Final = "/public/"
_INDEX: Final = "index.html"


@doors.get("", EVERYBODY)
@doors.head("", EVERYBODY)
def to_the_register() -> Response:
    return RedirectResponse(ROOT, status_code=308)


@doors.get("/{page:path}", EVERYBODY)
@doors.head("/{page:path}", EVERYBODY)
async def show(request: Request, page: str) -> Response:
    site = house_of(request).public_site
    try:
        if f"{page}/{_INDEX}" in await site.paths():
            return RedirectResponse(f"{ROOT}{page}/", status_code=308)  # the links of a page begin at its folder
        answer = await site.answer(f"{page}{_INDEX}" if page == "" or page.endswith("/") else page)
    except NotThere:
        return Response(page_for_nothing(ROOT), status_code=404, media_type="text/html")
    return _answered(request, answer)


def _answered(request: Request, answer: Answer) -> Response:
    headers = {"etag": answer.tag}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if answer.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        return Response(headers=headers | {"content-length": str(len(answer.content))}, media_type=answer.kind)
    return Response(answer.content, headers=headers, media_type=answer.kind)
