"""How MusicGen draws its tokens, folded away: temperature, top-k, top-p, guidance."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widgets import Collapsible, Input, Label, Select

from library.take import Sampling

FIELDS = (("temperature", "temperature"), ("guidance", "guidance"), ("top_k", "top-k"), ("top_p", "top-p"))
"""Sampling's fields, and what they are called."""
_DEVICES = [("a GPU, else the CPU", "auto"), ("the CPU", "cpu"), ("NVIDIA's GPU", "cuda"), ("Apple's GPU", "mps")]
_PAIRS = (FIELDS[:2], FIELDS[2:])


class SamplingFields(Collapsible):
    """Empty fields stand for the usual values, which are shown in them. The title says what was changed."""

    DEFAULT_CSS: ClassVar[str] = """
    SamplingFields {
        height: auto; padding: 0; margin-top: 1; border: none; background: transparent;
        CollapsibleTitle { color: $quiet; padding: 0; background: transparent; }
        CollapsibleTitle:hover { color: $foreground; }
        CollapsibleTitle:focus { color: $primary; background: transparent; text-style: bold; }
        Contents { padding: 0 0 0 2; }
        .pair { height: 1; }
        .pair Label { width: 12; margin: 0; }
        .pair Input { width: 6; }
        .pair Select { width: 1fr; }
        .pair .right { margin-left: 2; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        usual = Sampling()
        rows = []
        for pair in _PAIRS:
            row: list[Label | Input] = []
            for place, (field, name) in enumerate(pair):
                shown = "off" if field == "top_p" else f"{getattr(usual, field):g}"
                row.append(Label(name, classes="right" if place else ""))
                row.append(Input("", placeholder=shown, id=field, compact=True))
            rows.append(Horizontal(*row, classes="pair"))
        computing = Select(_DEVICES, value="auto", allow_blank=False, compact=True, id="device")
        rows.append(Horizontal(Label("computed by"), computing, classes="pair"))
        super().__init__(*rows, title="Sampling", id=id)

    @property
    def device(self) -> str:
        """What is to compute."""
        return str(self.query_one("#device", Select).value)

    def written(self) -> dict[str, str]:
        """What is written in the fields, by setting."""
        texts = ((field, self.query_one(f"#{field}", Input).value.strip()) for field, _ in FIELDS)
        return {field: text for field, text in texts if text}

    @on(Input.Changed)
    def _sum_up(self) -> None:
        names = dict(FIELDS)
        changed = ", ".join(f"{names[field]} {text.replace(',', '.')}" for field, text in self.written().items())
        self.title = f"Sampling: {changed}" if changed else "Sampling"
