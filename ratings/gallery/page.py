"""The gallery's page as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from library.sound.outline import Outline
from ratings.web.document import document, part, text

KIND = "gallery"
WIDTH, HEIGHT = 1000, 100
"""Units of a waveform's drawing."""
_COLUMNS = 250


@dataclass(frozen=True)
class Entry:
    """A take on the page."""

    rank: int
    prompt: str | None
    about: Sequence[str]
    """Seed, model, licence and the like, in words."""
    score: tuple[float, float, float] | None
    """The score with its 80 % range, in stars; None where nobody judged it."""
    marks: Sequence[float]
    """Seconds."""
    notes: Sequence[str]
    duration_s: float
    outline: Outline
    source: str
    """Where its sound is: a file's name, or the sound itself as a data: URL."""


def page(title: str, subtitle: str, entries: Sequence[Entry], made_by: str) -> str:
    """The whole page."""
    takes = "\n".join(f"<li>{_article(entry)}</li>" for entry in entries)
    body = f"""<header>
<h1>{text(title)}</h1>
<p>{text(subtitle)}</p>
<p class="keys"><kbd>space</kbd> play or pause · <kbd>↓</kbd> <kbd>↑</kbd> next and previous take · <kbd>→</kbd>
<kbd>←</kbd> five seconds on or back · click a waveform to play from there</p>
</header>
<main>
<ol>
{takes}
</ol>
</main>
<footer><p>Bars show 80 % ranges. All takes play equally loud. Made by {text(made_by)}.</p></footer>"""
    style, script = (part("ratings.gallery", name) for name in ("page.css", "page.js"))
    return document(title, body, style=style, script=script, made_by=made_by, kind=KIND, beside=True)


def _article(entry: Entry) -> str:
    prompt = text(entry.prompt or "untitled")
    marks = "".join(f'<button type="button" data-at="{mark:.2f}">▶ {_clock(mark)}</button>' for mark in entry.marks)
    return "\n".join(
        [
            f'<article data-duration="{entry.duration_s:.3f}">',
            f'<h2><span class="rank">{entry.rank}</span> <span>{prompt}</span></h2>',
            f'<p class="about">{" · ".join(map(text, [*entry.about, _clock(entry.duration_s)]))}</p>',
            _score(entry.score),
            _wave(entry),
            f'<audio controls preload="metadata" src="{escape(entry.source)}" aria-label="{prompt}"></audio>',
            f'<p class="marks">{marks}</p>' if marks else "",
            *(f"<blockquote>{text(note)}</blockquote>" for note in entry.notes),
            "</article>",
        ]
    )


def _score(score: tuple[float, float, float] | None) -> str:
    if score is None:
        return '<p class="score">not rated yet</p>'
    mean, low, high = score
    x, left, right = ((stars - 1) * 25 for stars in (mean, low, high))
    return (
        f'<p class="score"><strong>{mean:.1f} ★</strong>'
        f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        f'aria-label="between {low:.1f} and {high:.1f} stars"><path class="axis" d="M0 6H100M0 3V9M25 3V9M50 3V9M75 3V9'
        f'M100 3V9"/><rect class="range" x="{left:.1f}" y="3" width="{max(right - left, 1):.1f}" height="6"/>'
        f'<rect class="mean" x="{x - 0.7:.1f}" y="1" width="1.4" height="10"/></svg>{low:.1f} – {high:.1f}</p>'
    )


def _wave(entry: Entry) -> str:
    marks = "".join(f"M{_at(mark, entry.duration_s):.1f} 0V{HEIGHT}" for mark in entry.marks)
    return (
        f'<svg class="wave" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="peaks" d="{_bars(entry.outline.peaks)}"/><path class="power" d="{_bars(entry.outline.levels)}"/>'
        f'<rect class="heard" x="0" y="0" width="0" height="{HEIGHT}"/>'
        f'<path class="mark" d="{marks}"/><rect width="{WIDTH}" height="{HEIGHT}" fill="transparent"/></svg>'
    )


def _bars(levels: bytes) -> str:
    """Columns from the floor up, as the app draws them."""
    columns = min(_COLUMNS, len(levels)) or 1
    step = WIDTH / columns
    heights = (
        max(levels[i * len(levels) // columns : (i + 1) * len(levels) // columns], default=0) * HEIGHT / 255
        for i in range(columns)
    )
    bars = ((i * step, height) for i, height in enumerate(heights) if height)
    return "".join(f"M{x:.1f} {HEIGHT}v-{height:.1f}h{step * 0.7:.1f}v{height:.1f}z" for x, height in bars)


def _at(seconds: float, duration_s: float) -> float:
    return WIDTH * min(1.0, seconds / duration_s) if duration_s else 0.0


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
