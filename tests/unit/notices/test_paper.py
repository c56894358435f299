"""HTML becomes PDF: tagged, named, the same bytes again, and nothing is loaded for it."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest

from overt.notices import paper
from overt.notices.paper import LoadsFromElsewhere, NoPdf, Unnamed, can_make_pdf, to_pdf
from tests.needs import needs_part

A_DOCUMENT = (
    '<!doctype html><html lang="cy"><head><title>Arwydd</title>'
    "<style>@page { size: A5; margin: 10mm }</style></head><body><h1>Arwydd</h1><p>Gair.</p>%s</body></html>"
)
ASKING: dict[str, str] = {
    "picture": '<img src="{}" alt="x">',
    "style-sheet": '<link rel="stylesheet" href="{}">',
    "import": '<style>@import "{}";</style>',
    "font": "<style>@font-face {{ font-family: q; src: url({}) }} p {{ font-family: q }}</style>",
    "background": '<p style="background: url({})">x</p>',
    "attachment": '<link rel="attachment" href="{}">',
    "object": '<object data="{}"></object>',
    "drawn-picture": '<svg width="9" height="9"><image href="{}" width="5" height="5"/></svg>',
}


def inside(pdf: bytes) -> bytes:
    """A PDF with its streams inflated."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(zlib.decompressobj().decompress(each) for each in streams if each.startswith(b"x"))


@pytest.fixture
def _pango() -> None:
    needs_part(not can_make_pdf(), "needs WeasyPrint and Pango")


@pytest.mark.usefixtures("_pango")
def test_a_document_becomes_a_tagged_pdf_that_says_its_title_and_language() -> None:
    made = to_pdf(A_DOCUMENT % "")
    assert made.pages == 1
    assert made.content.startswith(b"%PDF-1.7")
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang (cy)", b"/Title (Arwydd)", b"/DisplayDocTitle true"):
        assert mark in inside(made.content), mark


@pytest.mark.usefixtures("_pango")
def test_pictures_that_are_cut_short_stay_refused_by_everybody_else() -> None:
    """In a process of its own, where WeasyPrint was not imported before."""
    code = (
        "from PIL import ImageFile; from overt.notices.paper import can_make_pdf; "
        "print(can_make_pdf(), ImageFile.LOAD_TRUNCATED_IMAGES)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == "False"


def test_the_same_document_becomes_the_same_bytes() -> None:
    assert to_pdf(A_DOCUMENT % "").content == to_pdf(A_DOCUMENT % "").content
    assert to_pdf(A_DOCUMENT % "").content != to_pdf(A_DOCUMENT % "<p>More.</p>").content


@pytest.mark.usefixtures("_pango")
@pytest.mark.parametrize("how", sorted(ASKING))
@pytest.mark.parametrize(
    "address",
    ["file:///etc/hostname", "http://127.0.0.1:9/x", "https://example.org/x.png", "ftp://example.org/x", "beside.png"],
    ids=["file", "http", "https", "ftp", "beside"],
)
def test_what_a_document_asks_for_from_elsewhere_is_refused(how: str, address: str) -> None:
    with pytest.raises(LoadsFromElsewhere) as refused:
        to_pdf(A_DOCUMENT % ASKING[how].format(address))
    assert "no PDF was made" in refused.value.sentence


@pytest.mark.usefixtures("_pango")
def test_links_are_kept_and_asked_for_by_nobody() -> None:
    made = to_pdf(A_DOCUMENT % '<a href="https://example.org/public/1">x</a>')
    assert b"/URI (https://example.org/public/1)" in inside(made.content)


@pytest.mark.usefixtures("_pango")
def test_a_picture_that_is_in_the_document_is_drawn() -> None:
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    assert to_pdf(A_DOCUMENT % f'<img alt="a dot" src="{dot}">').pages == 1


@pytest.mark.parametrize(
    "html",
    [
        '<!doctype html><html lang="en"><head><title> </title></head><body>x</body></html>',
        "<!doctype html><html><head><title>x</title></head><body>x</body></html>",
    ],
    ids=["title", "language"],
)
def test_a_document_without_title_or_language_is_refused(html: str) -> None:
    with pytest.raises(Unnamed):
        to_pdf(html)


@pytest.mark.parametrize(
    ("error", "says"),
    [(ImportError("no module"), "pip install 'overt[pdf]'"), (OSError("cannot load library"), "Pango")],
    ids=["package", "library"],
)
def test_without_a_part_there_is_a_sentence_and_no_pdf(
    error: Exception, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "weasyprint":
            raise error
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoPdf) as missing:
        paper.to_pdf(A_DOCUMENT % "")
    assert says in str(missing.value)
    assert "HTML" in missing.value.todo
    assert missing.value.exit_code == 3
    assert can_make_pdf() == missing.value.sentence
