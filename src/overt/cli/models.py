"""`overt models`: the model packs, and whether their files are the published ones."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli import models_add

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from overt.faces.pack import ModelFile, Pack
    from overt.services.packs import FileState

WIDTH = 80
DIFFERS, MISSING = 1, 3
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_packs)
    group.command("verify")(verify)
    models_add.add_to(group)
    app.add_typer(group, name="models", help="Model packs: files, digests, licences, calibration; add and compare.")

    @group.callback()
    def models() -> None:
        """Model packs: files, digests, licences, calibration."""


def list_packs(as_json: JSON = False) -> None:
    """List the model packs: their files, where they come from, and what was measured."""
    from overt.faces.pack import packs
    from overt.settings import load_settings

    settings = load_settings()
    found = packs(settings.home)
    if as_json:
        typer.echo(json.dumps({"packs": [as_record(pack) for pack in found]}, ensure_ascii=False))
        return
    from rich.text import Text

    console = _console()
    for pack in found:
        table = _table("Part", "File", "SHA-256", "Licence")
        for part, model in (("detector", pack.detector), ("embedder", pack.embedder)):
            table.add_row(part, Text(model.file), model.sha256[:12], Text(model.licence))
        chosen = " (chosen)" if pack.name == settings.pack else ""
        console.print(Text(f"Pack {pack.name}{chosen}", style="bold"))
        console.print(Text(f"{pack.says}. {measured(pack)}"))
        console.print(table)


def verify(as_json: JSON = False) -> None:
    """Say of each file where it is and whether it is the published one.

    Ends with 0 when all are, with 1 when a file differs, with 3 when one is missing.
    """
    from overt.faces.pack import packs
    from overt.services.packs import file_states
    from overt.settings import load_settings

    found = [(pack, file) for pack in packs(load_settings().home) for file in file_states(pack)]
    if as_json:
        typer.echo(json.dumps({"files": [_verdict(pack, file) for pack, file in found]}, ensure_ascii=False))
    else:
        show(found, _console())
    raise typer.Exit(ending([file for _, file in found]))


def ending(files: list[FileState]) -> int:
    """The exit code: 3 when a file is missing, else 1 when one differs, else 0."""
    words = {file.word for file in files}
    return MISSING if "missing" in words else DIFFERS if "differs" in words else 0


def show(found: list[tuple[Pack, FileState]], console: Console) -> None:
    """A line for each file, then its place and digests, then what to do."""
    from rich.text import Text

    from overt.cli.doctor import marked

    for pack, file in found:
        line = marked("fine" if file.word == "fine" else "missing", file.word, console)
        line.append(f"  {pack.name}, {file.part}", style="bold")
        console.print(line)
        console.print(Text(f"  {file.path or file.model.file}"), soft_wrap=True)
        if file.word == "differs":
            console.print(Text(f"  it is        {file.digest}\n  published is {file.model.sha256}"), soft_wrap=True)
        if file.todo:
            console.print(Text(f"  {file.todo}"))
    fine = sum(file.word == "fine" for _, file in found)
    said = f"{fine} of {len(found)} files {'is' if fine == 1 else 'are'} the published {'one' if fine == 1 else 'ones'}"
    console.print(Text(f"{said}, by SHA-256."))


def measured(pack: Pack) -> str:
    """Template length and calibration as a sentence."""
    length = f"A template has {pack.length} numbers."
    if pack.calibration is None:
        return f"{length} Not calibrated, so it does not run live."
    passage, worst = pack.calibration.passage, pack.calibration.worst_group
    words = [length, f"Calibrated on {pack.calibration.people:,} people."]
    if passage is not None:
        words.append(f"A passage counts as {passage.value:.2f} comparisons.")
    if worst is not None:
        words.append(f"Thresholds are those of people labelled {worst.of}, mistaken {worst.value:.2f} times as often.")
    if pack.envelope is None:
        words.append("No envelope, so no camera is warned of.")
    return " ".join(words)


def as_record(pack: Pack) -> dict[str, Any]:
    """A pack for `--json`; the curve of its calibration stays in its `pack.toml`."""
    curve = pack.calibration
    return {
        "pack": pack.name,
        "says": pack.says,
        "template_length": pack.length,
        "files": [_file(part, model) for part, model in (("detector", pack.detector), ("embedder", pack.embedder))],
        "calibration": None
        if curve is None
        else {
            "source": curve.source,
            "people": curve.people,
            "pictures": curve.pictures,
            "comparisons": curve.comparisons,
            "passage": None if curve.passage is None else asdict(curve.passage),
            "worst_group": None if curve.worst_group is None else asdict(curve.worst_group),
        },
    }


def _file(part: str, model: ModelFile) -> dict[str, Any]:
    return {
        "part": part,
        "kind": model.kind,
        "file": model.file,
        "sha256": model.sha256,
        "licence": model.licence,
        "training_data": model.training_data,
        "distribution": model.distribution,
        "version": model.version,
    }


def _verdict(pack: Pack, file: FileState) -> dict[str, Any]:
    return {
        "pack": pack.name,
        "part": file.part,
        "file": file.model.file,
        "path": None if file.path is None else str(file.path),
        "verdict": file.word,
        "sha256": file.digest,
        "published": file.model.sha256,
        "todo": file.todo,
    }


def _console() -> Console:
    from rich.console import Console

    return Console(width=min(WIDTH, Console().width), highlight=False)


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
