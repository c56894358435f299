"""One chart of each kind."""

from __future__ import annotations

from collections.abc import Callable

from overt.evaluation.charts import Bars, Line, Whisker, curve, forest, histogram
from overt.evaluation.intervals import Figure

X = [1e-4, 1e-3, 1e-2, 1e-1]
FIGURE = Figure.of(8, 42)


def a_curve() -> str:
    subject = Line(
        label="list of 1,000", x=X, y=[0.2, 0.1, 0.05, 0.02], low=[0.1, 0.07, 0, 0], high=[0.3, 0.2, 0.1, 0.1]
    )
    return curve(
        [subject, Line(label="list of 100", x=X, y=[0.1, 0.05, 0.02, 0.01], subject=False)],
        title="Missed against falsely alerted, n = 581",
        x_label="FPIR (share of searches)",
        y_label="FNIR (share of searches)",
        log_x=True,
        log_y=True,
        marks=[(0.001, "promise")],
        x_reads="one in",
        y_reads="percent",
    )


def a_histogram() -> str:
    one = Bars(label="one person", edges=[0.4, 0.6, 0.8, 1], shares=[0.1, 0.6, 0.3])
    two = Bars(label="two people", edges=[-0.2, 0, 0.2, 0.4], shares=[0.2, 0.7, 0.1], subject=False)
    return histogram([one, two], title="Scores, n = 1,000", x_label="Score (cosine)", marks=[(0.5, "threshold")])


def a_forest() -> str:
    rows = [
        Whisker(label="London 2018", value=8 / 42, low=FIGURE.low, high=FIGURE.high, note="n = 42"),
        Whisker(label="London 2020", value=1 / 8, low=0.003, high=0.527, note="n = 8"),
    ]
    return forest(rows, title="Alerts verified right", x_label="Share of alerts", reference=0.5, reads="percent")


DRAWN: dict[str, Callable[[], str]] = {"curve": a_curve, "histogram": a_histogram, "forest": a_forest}
