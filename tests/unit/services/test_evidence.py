"""What is sealed: there and back, and refused where it is anything else."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.services.evidence import AlertEvidence, AlertPicture, BadContent, ListedPerson

PICTURES = st.builds(
    AlertPicture, jpeg=st.binary(max_size=20), captured_us=st.integers(), quality=st.floats(allow_nan=False)
)
EVIDENCE = st.builds(
    AlertEvidence,
    reference=st.text(st.characters()),  # file names that are not UTF-8, too
    pictures=st.lists(PICTURES, max_size=4).map(tuple),
    listed=st.none() | st.binary(max_size=20),
)


def packed(header: object, parts: bytes = b"") -> bytes:
    written = json.dumps(header).encode()
    return struct.pack("<I", len(written)) + written + parts


@given(EVIDENCE)
def test_an_alerts_content_comes_back_as_it_was(evidence: AlertEvidence) -> None:
    assert AlertEvidence.from_bytes(evidence.to_bytes()) == evidence


@given(st.text(st.characters()), st.integers(0, 5), st.integers(1, 9), st.binary(max_size=9))
def test_an_entrys_content_comes_back_as_it_was(reference: str, rows: int, length: int, picture: bytes) -> None:
    templates = np.arange(rows * length, dtype=np.float32).reshape(rows, length)
    person = ListedPerson(reference=reference, templates=templates, picture=picture)
    found = ListedPerson.from_bytes(person.to_bytes())
    assert (found.reference, found.picture) == (reference, picture)
    assert found.templates.dtype == np.float32
    assert np.array_equal(found.templates, templates)
    assert found.templates.flags.writeable


def test_templates_that_lie_otherwise_in_memory_are_kept_row_by_row() -> None:
    templates = np.arange(12, dtype=np.float64).reshape(3, 4).T
    person = ListedPerson(reference="ann", templates=templates.astype(np.float32), picture=b"")
    assert np.array_equal(ListedPerson.from_bytes(person.to_bytes()).templates, templates)


WHOLE = AlertEvidence(
    reference="ann", pictures=(AlertPicture(jpeg=b"jpeg", captured_us=1, quality=0.5),), listed=b"x"
).to_bytes()


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_content_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(BadContent):
        AlertEvidence.from_bytes(WHOLE[:cut])


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + b"more",
        b"",
        packed([1]),
        packed({"parts": []}),
        packed({"version": 1}),
        packed({"version": 1, "parts": 5}),
        packed({"version": 1, "parts": ["a"]}),
        packed({"version": 1, "parts": []}),
        packed({"version": 1, "parts": [], "pictures": [], "listed": True}),
        packed({"version": 1, "parts": [], "pictures": [], "listed": False}),
        packed({"version": 1, "parts": [1], "pictures": [{"quality": 1}], "listed": False, "reference": ""}, b"a"),
        packed({"version": 1, "parts": [1], "pictures": [3], "listed": False, "reference": ""}, b"a"),
        struct.pack("<I", 3) + b"\xff\xfe\xfd",
    ],
)
def test_content_of_another_form_is_refused(content: bytes) -> None:
    for kind in (AlertEvidence, ListedPerson):
        with pytest.raises(BadContent, match="not in the form"):
            kind.from_bytes(content)


@pytest.mark.parametrize(
    "header",
    [
        {"version": 1, "parts": [8, 0], "rows": 3, "length": 1, "reference": "a"},
        {"version": 1, "parts": [8, 0], "rows": "a", "length": 1, "reference": "a"},
        {"version": 1, "parts": [8, 0], "rows": 2, "length": 1},
        {"version": 1, "parts": [8], "rows": 2, "length": 1, "reference": "a"},
    ],
)
def test_an_entry_whose_templates_do_not_fit_their_shape_is_refused(header: object) -> None:
    with pytest.raises(BadContent):
        ListedPerson.from_bytes(packed(header, bytes(8)))


def test_content_of_a_later_version_is_refused_and_says_so() -> None:
    with pytest.raises(BadContent, match="later version"):
        AlertEvidence.from_bytes(packed({"version": 2, "parts": []}))
