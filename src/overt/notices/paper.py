"""HTML becomes PDF: tagged for screen readers (PDF/UA-1), with title and language; the same bytes for the same HTML.

Rules:
  - nothing is loaded: no style sheet, picture or font that is not in the HTML itself; a document that asks for one is
    refused, so that a picture never goes missing in silence, and no address is ever asked for anything;
  - a document says its title and its language, or there is no PDF of it;
  - without WeasyPrint or the system's Pango there is no PDF, one sentence says why, and the HTML stays.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from PIL import ImageFile

from overt.domain.errors import PartMissing, Refused

_TITLE: Final = re.compile(r"<title>\s*[^<\s]", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"<html[^>]*\slang=\"?[a-z]", re.IGNORECASE)
_TAGGED: Final[dict[str, Any]] = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
WITHOUT_PDF: Final = "The HTML files are complete: print them from a browser."


class NoPdf(PartMissing):
    code = "no-pdf"


class LoadsFromElsewhere(Refused):
    code = "paper-loads"


class Unnamed(Refused):
    code = "paper-unnamed"


@dataclass(frozen=True, kw_only=True)
class Pdf:
    """A document as PDF. `content`: the file's bytes; `pages`: how many."""

    content: bytes
    pages: int


def to_pdf(html: str) -> Pdf:
    """A self-contained HTML document as PDF, laid out by its own style sheet (`@page` says the size).

    Raises:
        NoPdf: WeasyPrint or Pango is not on this machine.
        LoadsFromElsewhere: the document asks for something that is not in it.
        Unnamed: it has no title or no language.
    """
    if not _TITLE.search(html) or not _LANGUAGE.search(html):
        raise Unnamed("A document without a title and a language cannot be read by a screen reader, so it is not made.")
    weasyprint = _weasyprint()
    refused: list[str] = []
    laid_out = weasyprint.HTML(string=html, url_fetcher=_fetcher(refused), base_url="overt:/").render(**_TAGGED)
    content = laid_out.write_pdf(**_TAGGED, pdf_identifier=hashlib.sha256(html.encode()).digest()[:16])
    if refused:
        raise LoadsFromElsewhere(
            f"The document asks for something that is not in it, so no PDF was made of it: {refused[0][:120]}"
        )
    assert isinstance(content, bytes)
    return Pdf(content=content, pages=len(laid_out.pages))


def can_make_pdf() -> str:
    """Why no PDF can be made here, as a sentence; empty where it can."""
    try:
        _weasyprint()
    except NoPdf as missing:
        return missing.sentence
    return ""


def _weasyprint() -> Any:
    """The package, imported where it is needed. It makes Pillow take pictures that are cut short, for everybody; that
    is taken back, since such a picture is refused on a list.

    Raises:
        NoPdf: it is not here, or its library of the system is not.
    """
    strict = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import weasyprint  # noqa: PLC0415 (an optional part)
    except ImportError as absent:
        raise NoPdf(
            "PDF needs the package WeasyPrint, which is not installed.",
            f"Install it: pip install 'overt[pdf]'. {WITHOUT_PDF}",
        ) from absent
    except OSError as absent:
        raise NoPdf(
            "PDF needs the library Pango of the system, which was not found.",
            f"Install it (Debian, Ubuntu: apt install libpangoft2-1.0-0). {WITHOUT_PDF}",
        ) from absent
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = strict
    return weasyprint


def _fetcher(refused: list[str]) -> Any:
    """What WeasyPrint asks for all that a document refers to: gives data that is in the document, and nothing else.

    Args:
        refused: gets the addresses that were asked for; WeasyPrint swallows an error raised while it draws.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 (an optional part)

    class InItself(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if not url.lower().startswith("data:"):
                refused.append(url)
                raise ValueError("it is not in the document")
            return super().fetch(url, headers)

    return InItself(allowed_protocols=("data",), allow_redirects=False)
