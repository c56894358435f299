"""A camera is tried from the console: opened for a moment, with one redacted picture to draw its zone on.

Rules:
  - only who makes deployments or watches them may, and the record says that they did, before anything is called;
  - what is called lies in a network that this installation allows (`overt.services.reach`), and its answer leads
    nowhere else;
  - nobody is recognised, and nothing of what was seen is kept.
"""

from __future__ import annotations

from typing import Final

from overt.domain.roles import Action, roles_for
from overt.engine.trying import Tried, TryOrder, try_camera
from overt.faces.recipe import Networks
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.reach import Resolve, pinned, resolve
from overt.settings import Settings
from overt.store.ports import Work
from overt.video.address import SourceSettings, parse_address

MAY: Final = (Action.DEPLOYMENT_NEW, Action.WATCH_START)


def try_out(
    installation: Installation,
    by: Account,
    settings: Settings,
    networks: Networks,
    *,
    url: str,
    smallest_face_px: int,
    looked_up: Resolve = resolve,
) -> Tried:
    """What a camera shows.

    Args:
        url: a live address.
        smallest_face_px: narrowest face that is looked for, pixels of the camera's picture.

    Raises:
        NotAllowed: this account may not.
        BadSource: the address is of a kind or in a network that is not allowed, or its answer leads elsewhere.
        CameraLost: the camera does not answer, or sends no picture.
    """
    source = SourceSettings(
        schemes=settings.camera_schemes,
        open_timeout_s=settings.open_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        strict=True,
    )
    parse_address(url, source)
    action = next((one for one in MAY if roles_for(by.roles, one)), MAY[0])

    def change(work: Work) -> None:
        require_actor(work, by, action)
        work.record("camera.tried", actor=by.id)

    installation.store.write(change)
    order = TryOrder(
        url=pinned(url, settings.camera_networks, looked_up=looked_up),
        smallest_face_px=smallest_face_px,
        source=source,
        runtime=settings.runtime,
        precision=settings.precision,
    )
    return try_camera(order, networks)
