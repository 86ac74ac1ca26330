# SPDX-License-Identifier: Apache-2.0
"""Small pictures of results, for light and dark pages alike.

Their background is the page's, and grey and colours have contrast on white
as on black: a picture cannot know which theme a reader has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.estimates import Estimate

_GREY: Final = "#7a7a7a"
# After Okabe and Ito, who chose theirs for colour-blind readers; the darkest
# and the lightest have no contrast on one of the two.
_COLOURS: Final = ("#2A85C7", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_MARKERS: Final = "os^Dv"
_WIDTH_INCHES: Final = 6.4

Point = tuple[float, Estimate]


def dots(
    path: Path,
    rows: Sequence[tuple[str, Estimate]],
    label: str,
    middle: float = 1,
) -> None:
    """Draw figures as dots with their intervals.

    Args:
        path: The SVG file.
        rows: What is compared, and the figure; from top to bottom.
        label: What the figures are.
        middle: Which of them means that there is no difference.
    """
    figure, (axes,) = _figure(1, height=0.6 + 0.28 * len(rows))
    places = list(range(len(rows)))[::-1]
    axes.axvline(middle, color=_GREY, linewidth=0.8, linestyle="--")
    for place, (_, each) in zip(places, rows, strict=True):
        axes.plot([each.low, each.high], [place] * 2, color=_COLOURS[0])
        axes.plot(each.value, place, "o", color=_COLOURS[0], markersize=4)
    axes.set_yticks(places, [name for name, _ in rows])
    axes.set_xlabel(label)
    _save(figure, path)


def curves(
    path: Path,
    panels: Mapping[str, Mapping[str, Sequence[Point]]],
    labels: tuple[str, str],
    *,
    log_x: bool = True,
    log_y: bool = True,
) -> None:
    """Draw curves over sizes, each point with its interval.

    Args:
        path: The SVG file.
        panels: By title, curves by name.
        labels: Of the two axes.
        log_x: Whether the first axis is logarithmic, with the sizes on it.
        log_y: Whether the second axis is.
    """
    figure, all_axes = _figure(len(panels), height=2.7)
    for axes, (title, lines) in zip(all_axes, panels.items(), strict=True):
        sizes = _apart({x for points in lines.values() for x, _ in points})
        for number, (name, points) in enumerate(lines.items()):
            estimates = [each for _, each in points]
            axes.errorbar(
                [x for x, _ in points],
                [each.value for each in estimates],
                yerr=[
                    [each.value - each.low for each in estimates],
                    [each.high - each.value for each in estimates],
                ],
                label=name,
                color=_COLOURS[number % len(_COLOURS)],
                marker=_MARKERS[number % len(_MARKERS)],
                markersize=4,
                linewidth=1.2,
            )
        if log_x:
            axes.set_xscale("log")
            axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
            axes.minorticks_off()
        if log_y:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel(labels[0])
    all_axes[0].set_ylabel(labels[1])
    all_axes[0].legend(frameon=False, labelcolor=_GREY, fontsize=8)
    _save(figure, path)


def bars(
    path: Path, groups: Mapping[str, Mapping[str, float]], label: str
) -> None:
    """Draw figures as bars from left to right.

    Args:
        path: The SVG file.
        groups: By name, which is in the legend, figures by row.
        label: What the figures are.
    """
    rows = list(next(iter(groups.values())))
    figure, (axes,) = _figure(1, height=0.8 + 0.45 * len(rows))
    thickness = 0.8 / len(groups)
    for number, (name, figures) in enumerate(groups.items()):
        places = [-row - number * thickness for row in range(len(rows))]
        axes.barh(
            places,
            [figures[row] for row in rows],
            height=thickness,
            label=name,
            color=_COLOURS[number],
        )
    middle = (len(groups) - 1) * thickness / 2
    axes.set_yticks([-row - middle for row in range(len(rows))], rows)
    axes.set_xlabel(label)
    axes.legend(frameon=False, labelcolor=_GREY, fontsize=8)
    _save(figure, path)


def _apart(sizes: Iterable[float]) -> list[float]:
    """Return sizes in order, without those whose labels would overlap."""
    ticks: list[float] = []
    for size in sorted(sizes):
        if not ticks or size >= 1.5 * ticks[-1]:
            ticks.append(size)
    return ticks


def _figure(panels: int, height: float) -> tuple[Any, list[Any]]:
    # Not at import: the page is written from CSV files without it, too.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            # The same results make the same file.
            "svg.hashsalt": "benchmarks",
            "font.size": 8,
            "font.family": "sans-serif",
            "text.color": _GREY,
            "axes.edgecolor": _GREY,
            "axes.labelcolor": _GREY,
            "axes.titlecolor": _GREY,
            "xtick.color": _GREY,
            "ytick.color": _GREY,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    return figure, list(axes)


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(
        path,
        format="svg",
        transparent=True,
        metadata={"Date": None, "Creator": None},
    )
    # It ends lines with blanks.
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n")
