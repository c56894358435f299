"""Notices for the tests: an ordinary one, and one with the longest texts that a deployment may have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from overt.notices.notice import Bound, Group, Measured, Notice, Rate, Span

GMT = timezone(timedelta(0), "GMT")
DEPLOYMENT = "0193527e-8a00-7000-8000-0000000000aa"
RATE = Rate(
    per_1000=Span(value=0.62, low=0.41, high=0.9),
    here=Span(value=4.96, low=3.28, high=7.2),
    passages=8000,
    rows=120,
    comparisons=16_046_182,
    people=2860,
    extrapolated=True,
)
MEASURED = Measured(
    rate=RATE,
    group=Group(name="Indian", times=Span(value=1.607, low=1.391, high=1.844)),
    dark=Bound(amber=30.7, red=22.1, people=300),
    crowd=None,
)
NOTICE = Notice(
    deployment=DEPLOYMENT,
    place="High Street between the station and the clock tower",
    kind="operation",
    purpose="locate-wanted",
    use_case="hotspot",
    cameras=2,
    opens=datetime(2026, 11, 28, 9, tzinfo=GMT),
    closes=datetime(2026, 11, 28, 17, tzinfo=GMT),
    area=((51.5, 0.0), (51.5, 0.0012), (51.5003, 0.0014), (51.5005, 0.0006), (51.5004, 0.0)),
    controller="Borsetshire Police",
    complaints="Borsetshire Police, Professional Standards, 1 Castle Square, Borchester; 01632 960000",
    page=f"https://lfr.borsetshire.example/public/{DEPLOYMENT}",
    version="0.4.0",
    pack="YuNet 2023mar and SFace 2021dec of the OpenCV Zoo, block-quantised weights, folded to float32 at start",
    not_the_person_s=40.0,
    possible_match_h=24.0,
    list_after_end_h=24.0,
    pictures=120,
    measured=MEASURED,
    entries=4711,
    root="1a2b3c4d5e6f7081" * 4,
    printed=datetime(2026, 11, 26, 12, tzinfo=GMT),
    key="ed25519:" + "8f7e6d5c4b3a2918" * 4,
)
LONGEST = replace(
    NOTICE,
    kind="trial",
    purpose="serious-offence-suspect",
    use_case="likely-location",
    place=(
        "The whole of the pedestrian precinct of "
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, up to the quay"
    ),
    closes=datetime(2026, 12, 23, 17, tzinfo=GMT),
    controller=(
        "The Chief Constable of the Borsetshire, Felpersham and Ambridge Joint Constabulary, "
        "Public Spaces Protection Unit"
    ),
    complaints=(
        "The Professional Standards Department of the Joint Constabulary, Second Floor, Castle Buildings, 1 Castle "
        "Square, Borchester BO1 1AA; telephone 01632 960000; https://standards.borsetshire.example/complain"
    ),
    page=(
        "https://live-facial-recognition.public-spaces.borsetshire-felpersham-ambridge.police.example/register"
        f"/public/{DEPLOYMENT}"
    ),
    measured=replace(MEASURED, crowd=Bound(amber=25, red=40, people=300)),
)
NOTHING_MEASURED = Measured(rate=None, group=None, dark=None, crowd=None)


def read_code(picture: NDArray[np.uint8]) -> str:
    """What a phone reads from a grey picture of one code; nothing where it finds none, or more than one."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found[0].text if len(found) == 1 else ""
