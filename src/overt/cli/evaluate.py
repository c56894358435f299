"""`overt evaluate`: figures that anyone can compute again."""

from __future__ import annotations

import typer

from overt.cli import (
    evaluate_envelope,
    evaluate_groups,
    evaluate_identify,
    evaluate_package,
    evaluate_records,
    evaluate_trial,
    evaluate_verify,
)

PARTS = (
    evaluate_identify,
    evaluate_verify,
    evaluate_trial,
    evaluate_groups,
    evaluate_envelope,
    evaluate_records,
    evaluate_package,
)
SAYS = "Measure: misses, false alerts, differences between groups, limits. Every figure with its interval."


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for part in PARTS:
        part.add_to(group)
    app.add_typer(group, name="evaluate", help=SAYS)

    @group.callback()
    def evaluate() -> None:
        """Measure: misses, false alerts, differences between groups, limits. Every figure with its interval."""
