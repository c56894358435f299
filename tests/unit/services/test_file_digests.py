"""The digest of a document in a deployment file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from overt.services.file_tables import _unchanged


def beside(file: Path | None) -> Any:
    return cast("Any", SimpleNamespace(data={"file": None if file is None else str(file)}))


def test_it_is_that_of_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "dpia.pdf"
    file.write_bytes(b"what was assessed")
    said = hashlib.sha256(b"what was assessed").hexdigest()
    assert _unchanged(f" {said.upper()} ", beside(file)) == said
    assert _unchanged(said, beside(None)) == said
    file.write_bytes(b"something else")
    with pytest.raises(ValueError, match="was changed since, or cannot be read"):
        _unchanged(said, beside(file))
    with pytest.raises(ValueError, match="was changed since, or cannot be read"):
        _unchanged(said, beside(tmp_path / "gone.pdf"))
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        _unchanged("dpia", beside(file))
