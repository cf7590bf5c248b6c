"""The colours of Earmark, dark and light."""

from __future__ import annotations

from rich.style import Style
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

INK = Theme(
    name="ink",
    primary="#e9b872",
    secondary="#7fb7be",
    accent="#e58f65",
    warning="#e9b872",
    error="#e8828a",
    success="#8fbf88",
    foreground="#d9d6cf",
    background="#13151a",
    surface="#191c22",
    panel="#22262e",
    dark=True,
    variables={
        "footer-key-foreground": "#e9b872",
        "footer-description-foreground": "#9698a0",
        "block-cursor-background": "#e9b872",
        "block-cursor-foreground": "#13151a",
        "input-selection-background": "#e9b872 30%",
        "border": "#3a3f4a",
        "border-blurred": "#2a2e37",
        "quiet": "#9699a4",
        "cursor-row": "#282c35",
        "chosen-row": "#272420",
        "star": "#e9b872",
        "label-red": "#e5686d",
        "label-orange": "#e8935a",
        "label-yellow": "#e3c35f",
        "label-green": "#85c07c",
        "label-blue": "#6ea8e0",
        "label-purple": "#b48ade",
        "chip": "#30353f",
        "wave": "#5f8f96",
        "wave-played": "#e9b872",
        "wave-dark": "#5a6fb0",
        "wave-bright": "#9fdccb",
        "wave-played-dark": "#c0743e",
        "wave-played-bright": "#f6dfa6",
    },
)

PAPER = Theme(
    name="paper",
    primary="#87500f",
    secondary="#2a636a",
    accent="#a04520",
    warning="#87500f",
    error="#a82d38",
    success="#336631",
    foreground="#2b2a27",
    background="#f7f4ee",
    surface="#f1ede4",
    panel="#e6e0d4",
    dark=False,
    variables={
        "footer-key-foreground": "#87500f",
        "footer-description-foreground": "#625d53",
        "block-cursor-background": "#87500f",
        "block-cursor-foreground": "#f7f4ee",
        "input-selection-background": "#87500f 25%",
        "border": "#c9c1b1",
        "border-blurred": "#ddd6c8",
        "quiet": "#625d53",
        "cursor-row": "#e9e2d3",
        "chosen-row": "#f2e6d2",
        "label-red": "#b8323c",
        "label-orange": "#b0561a",
        "label-yellow": "#8a6d00",
        "label-green": "#3c7a36",
        "label-blue": "#2b64a8",
        "label-purple": "#7a45a8",
        "chip": "#ddd3c1",
        "star": "#85510d",
        "wave": "#4f7f86",
        "wave-played": "#87500f",
        "wave-dark": "#3f5590",
        "wave-bright": "#2f938c",
        "wave-played-dark": "#74330d",
        "wave-played-bright": "#c7851e",
    },
)

TERMINAL = Theme(
    name="terminal",
    ansi=True,
    primary="ansi_magenta",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    warning="ansi_magenta",
    error="ansi_red",
    success="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "footer-key-foreground": "ansi_magenta",
        "footer-description-foreground": "ansi_default",
        "block-cursor-background": "ansi_magenta",
        "block-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
    },
)
"""For 16 colours, of which nobody knows whether they are on dark or light: magenta can be read on both."""

THEMES = (INK, PAPER, TERMINAL)


def theme_colour(widget: Widget, name: str) -> Color:
    """A variable of the theme in force, for what draws its lines itself."""
    return Color.parse(widget.app.theme_variables[name])


def ink(widget: Widget, base: Style, name: str) -> Style:
    """`base`, written in that colour of the theme."""
    return base + Style(color=theme_colour(widget, name).rich_color)


_ANSI_LABELS = {"red": "red", "orange": "bright_red", "yellow": "yellow", "green": "green", "blue": "blue",
                "purple": "magenta"}  # fmt: skip


def _label_colours(theme: Theme) -> dict[str, str]:
    return {name: colour for name, colour in theme.variables.items() if name.startswith("label-")}


def derived_variables(colours: dict[str, str]) -> dict[str, str]:
    """Our own variables for a theme that does not define them, from those every theme has."""
    ink, paper = Color.parse(colours["foreground"]), Color.parse(colours["background"])
    if ink.ansi is None and paper.ansi is None:
        quiet = ink.blend(paper, 0.4).hex
        wave, played = Color.parse(colours["secondary"]), Color.parse(colours["primary"])
        dark, bright, played_dark, played_bright = (
            end.hex for one in (wave, played) for end in (one.blend(paper, 0.25), one.blend(ink, 0.4))
        )
        row, chip = Color.parse(colours["panel"]).blend(ink, 0.08).hex, colours["panel"]
        chosen = paper.blend(Color.parse(colours["primary"]), 0.1).hex
        labels = _label_colours(PAPER if paper.brightness > 0.5 else INK)
    else:  # the terminal's own sixteen colours: they can't be mixed, and any of them may be unreadable on another
        quiet = colours["foreground"]
        row = chip = colours["background"]  # not the panel: Textual's is transparent there, which is drawn as black
        dark = bright = colours["secondary"]
        played_dark = played_bright = colours["primary"]
        chosen = colours["background"]
        labels = {f"label-{name}": f"ansi_{colour}" for name, colour in _ANSI_LABELS.items()}
    ours = {
        **labels,
        "chip": chip,
        "quiet": quiet,
        "cursor-row": row,
        "chosen-row": chosen,
        "star": colours["primary"],
        "wave": colours["secondary"],
        "wave-played": colours["primary"],
        "wave-dark": dark,
        "wave-bright": bright,
        "wave-played-dark": played_dark,
        "wave-played-bright": played_bright,
    }
    return ours | {name: colours[name] for name in ours if name in colours}
