"""The settings of the generator that is chosen, folded away: a field for each, made from what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import ClassVar

from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Collapsible, Input, Label, Select, Static

from library.errors import GenerationError
from library.generators.spec import Setting, Spec, show_value
from tui.frame.choice import Choice
from tui.frame.formatting import plain
from tui.frame.tick import Tick

DEVICE = "device"
_DEVICES = {"auto": "a GPU, else the CPU", "cpu": "the CPU", "cuda": "NVIDIA's GPU", "mps": "Apple's GPU"}


class SettingFields(Collapsible):
    """Empty fields stand for the defaults, which are shown in them. The title says what was changed."""

    DEFAULT_CSS: ClassVar[str] = """
    SettingFields {
        height: auto; padding: 0; margin-top: 1; border: none; background: transparent;
        CollapsibleTitle { color: $quiet; padding: 0; background: transparent; }
        CollapsibleTitle:hover { color: $foreground; }
        CollapsibleTitle:focus { color: $primary; background: transparent; text-style: bold; }
        Contents { padding: 0 0 0 2; }
        #setting-rows, .of-one, .line, #setting-help { height: auto; }
        .line Label { width: 14; margin: 0; }
        .line .short { width: 12; }
        .line Input, .line Select { width: 1fr; }
        .line .small { width: 6; }
        .line .right { margin-left: 2; }
        .line Tick { border: none; padding: 0; background: transparent; }
        #setting-help { color: $quiet; }
    }
    """

    class Changed(Message):
        """Another value of a setting."""

    def __init__(self, written: Mapping[str, Mapping[str, str]], *, id: str | None = None) -> None:
        """`written` is what is in the fields of each generator, by setting; empty for the default."""
        super().__init__(Vertical(id="setting-rows"), Static("", id="setting-help", markup=False),
                         title="Settings", id=id)  # fmt: skip
        self._written = {generator: dict(texts) for generator, texts in written.items()}
        self._spec: Spec | None = None
        self._blocks: dict[str, tuple[Spec, Vertical]] = {}

    def show(self, spec: Spec) -> None:
        """Have the fields of that generator, as they were left."""
        if self._spec == spec:
            return
        self._spec = spec
        known, block = self._blocks.get(spec.name, (None, None))
        if block is None or known != spec:
            if block is not None:  # the user has defined it anew
                block.remove()
            block = Vertical(*_rows(spec, self.written(spec), self.device), classes="of-one")
            self._blocks[spec.name] = spec, block
            self.query_one("#setting-rows").mount(block)
        for name, (_, other) in self._blocks.items():
            other.display = name == spec.name
        self.query_one("#setting-help", Static).update("")
        self._sum_up()

    def written(self, spec: Spec) -> dict[str, str]:
        """What was written for that generator, by setting, where it isn't the default."""
        texts = self._written.get(spec.name, {})
        return {setting.name: text for setting in spec.settings if (text := texts.get(setting.name))}

    def all_written(self) -> dict[str, dict[str, str]]:
        """For every generator, with the device."""
        return {name: texts for name, all_ in self._written.items() if (texts := {n: t for n, t in all_.items() if t})}

    @property
    def device(self) -> str:
        """What is to compute."""
        spec = self._spec
        if spec is None or not spec.devices:
            return "auto"
        chosen = self._written.get(spec.name, {}).get(DEVICE, "")
        return chosen if chosen in spec.devices else spec.devices[0]

    @on(Input.Changed)
    @on(Select.Changed)
    @on(Checkbox.Changed)
    def _changed(self, event: Input.Changed | Select.Changed | Checkbox.Changed) -> None:
        event.stop()
        widget = event.control
        # Not that of the generator chosen now: it may have been chosen since.
        spec = next((spec for spec, block in self._blocks.values() if block in widget.ancestors), None)
        if spec is None or widget.name is None:
            return
        value = event.value
        text = show_value(value).strip() if isinstance(value, bool | str) else ""
        settings = {setting.name: setting for setting in spec.settings}
        usual = settings[widget.name].default if widget.name in settings else spec.devices[0]
        if usual is not None and text == show_value(usual):
            text = ""
        self._written.setdefault(spec.name, {})[widget.name] = text
        self._sum_up()
        self.post_message(self.Changed())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field under the cursor is."""
        name, spec = event.widget.name, self._spec
        if spec is not None and name is not None:
            told = next((setting for setting in spec.settings if setting.name == name), None)
            words = "" if told is None else f"{told.help} {told.takes[:1].upper()}{told.takes[1:]}."
            self.query_one("#setting-help", Static).update(plain(words))

    def _sum_up(self) -> None:
        spec = self._spec
        changed = [] if spec is None else [_summed(spec, *one) for one in self.written(spec).items()]
        self.title = f"Settings: {', '.join(changed)}" if changed else "Settings"


def _summed(spec: Spec, name: str, text: str) -> str:
    try:
        setting = spec.setting(name)
        value = setting.parse(text)
    except GenerationError:
        return f"{plain(name)} {plain(text)}"
    return f"{plain(setting.shown)} {'' if value is None else plain(show_value(value))}"


def _rows(spec: Spec, written: Mapping[str, str], device: str) -> Iterator[Widget]:
    """Numbers two a line, all else a line each."""
    for short, settings in groupby(spec.settings, lambda setting: setting.kind in ("number", "whole")):
        group = list(settings)
        for start in range(0, len(group), 2 if short else 1):
            pair = group[start : start + 2] if short else group[start : start + 1]
            yield Horizontal(*(part for place, one in enumerate(pair) for part in _field(one, written, place)),
                             classes="line")  # fmt: skip
    if spec.devices:
        devices = [(_DEVICES.get(device, device), device) for device in spec.devices]
        choice = Choice(devices, value=device, allow_blank=False, compact=True, name=DEVICE)
        yield Horizontal(Label("computed by"), choice, classes="line")


def _field(setting: Setting, written: Mapping[str, str], place: int) -> Sequence[Widget]:
    """Name and field of a setting."""
    text = written.get(setting.name, "")
    usual = "" if setting.default is None else show_value(setting.default)
    if setting.kind == "yes-no":
        return [Tick(plain(setting.shown), (text or usual) == show_value(True), name=setting.name, compact=True)]
    if setting.kind == "choice":
        # One without a default has none until it is chosen.
        choices = [(plain(choice), choice) for choice in setting.choices]
        known = text if text in setting.choices else usual
        if known:
            field = Choice(choices, value=known, allow_blank=not usual, compact=True, name=setting.name)
        else:
            field = Choice(choices, prompt="not set", compact=True, name=setting.name)
        return [Label(plain(setting.shown)), field]
    small = setting.kind in ("number", "whole")
    classes = f"{'short' if small else ''} {'right' if place else ''}".strip()
    field_classes = "small" if small else None
    return [
        Label(plain(setting.shown), classes=classes or None),
        Input(text, placeholder=plain(usual) or ("any" if small else ""), name=setting.name, compact=True,
              classes=field_classes),
    ]  # fmt: skip
