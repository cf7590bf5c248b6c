"""How a generator describes itself: command line, form, help, recipe and ranking are made from that. Nothing heavy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import msgspec

from library.errors import GenerationError, GeneratorUnavailableError, UnknownUserError
from library.take import MAX_DURATION_S, MAX_PROMPT, DraftUse, Recipe, Sampling, SettingValue

if TYPE_CHECKING:
    from library.generators.api import Generator

Kind = Literal["number", "whole", "choice", "text", "yes-no", "file"]
Seeded = Literal["yes", "no", "unknown"]
YES_NO = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
DRAWN_BY = Sampling.__struct_fields__
"""The settings that stand in a recipe's `sampling`, where a generator draws tokens."""
_SHOWN = 40
_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A number, a choice or a text that a generator takes besides prompt, seed and length."""

    name: str
    """Lower case, digits and `_`. The same thing has the same name with all generators: `guidance`, `steps`,
    `negative`, `strength`, `scheduler`, `precision`, `adapter`."""
    kind: Kind
    help: str
    """What it does, in a line."""
    default: SettingValue | None = None
    """None where nothing is set unless the user says so."""
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    """Whether it must be above `low`, not at it."""
    choices: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Its name as people read and type it."""
        return self.name.replace("_", "-")

    @property
    def takes(self) -> str:
        """What can be written, in words."""
        match self.kind:
            case "choice":
                words = f"one of: {_listed(self.choices)}"
            case "yes-no":
                words = "yes or no"
            case "text":
                words = "a text"
            case "file":
                words = "a name, a file or a folder"
            case _:
                words = f"a {'whole ' * (self.kind == 'whole')}number{self._range}"
        return words if self.default in (None, "") else f"{words}; the default is {show_value(self.default)}"

    @property
    def _range(self) -> str:
        low, high = (None if end is None else f"{end:,.10g}" for end in (self.low, self.high))
        if low is None or (self.above_low and high is not None):
            above = f" above {low}," if low is not None else ""
            return f"{above} up to {high}" if high is not None else ""
        if high is None:
            return f" above {low}" if self.above_low else f" from {low} on"
        return f" from {low} to {high}"

    def parse(self, written: str) -> SettingValue | None:
        """The value that `written` is; None for nothing, which leaves it unset. Raises GenerationError."""
        text = written.strip()
        if not text:
            return None
        match self.kind:
            case "number" | "whole":
                try:
                    return self.check(float(text.replace(",", ".")))
                except ValueError:
                    raise self._refusal(text) from None
            case "yes-no":
                return self.check(YES_NO.get(text.casefold(), text))
            case "choice":
                near = [choice for choice in self.choices if choice.casefold() == text.casefold()]
                return self.check(text if text in self.choices or not near else near[0])
            case "text":
                return self.check(text.replace("\\n", "\n"))
            case _:
                return self.check(text)

    def check(self, value: SettingValue) -> SettingValue:
        """`value` as recipes have it: a number as float, a whole one as int. Raises GenerationError."""
        match self.kind, value:
            case "yes-no", bool():
                return value
            case (("number" | "whole"), (float() | int())) if not isinstance(value, bool) and self._in_range(value):
                return int(value) if self.kind == "whole" else float(value)
            case "choice", str() if value in self.choices:
                return value
            case "text", str() if len(value) <= MAX_PROMPT and value.replace("\n", "").isprintable():
                return value
            case "file", str() if len(value) <= MAX_PROMPT and value.isprintable():
                return self._path(value)
        raise self._refusal(show_value(value))

    def _in_range(self, value: float) -> bool:
        if not math.isfinite(value) or (self.kind == "whole" and value != int(value)):
            return False
        over = self.low is None or value > self.low or (value == self.low and not self.above_low)
        return over and (self.high is None or value <= self.high)

    def _path(self, value: str) -> str:
        from library.locations import typed_path

        try:
            return str(typed_path(value)) if value.startswith(("~", "file:")) else value
        except UnknownUserError as error:
            raise self._refusal(value) from error

    def _refusal(self, written: str) -> GenerationError:
        shown = written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
        name = self.shown
        return GenerationError(f"{name[:1].upper()}{name[1:]} can't be {shown}.", f"Give {self.takes}.")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a generator is and takes. A generator that knows more of its models and prompts overrides the methods."""

    name: str
    """As it is typed and stands in recipes."""
    title: str
    """As it is called inside a sentence."""
    line: str
    """What it is, in a line."""
    made_by: str = ""
    """`module:Class` of the Generator, which is imported in the worker process only: it may need torch."""
    models: tuple[str, ...] = ()
    """Those known by name, the usual one first."""
    other_models: bool = False
    """Whether others can be named: on a hub, or by a folder."""
    settings: tuple[Setting, ...] = ()
    draws_tokens: bool = False
    """Whether temperature, top_k, top_p and guidance say how tokens are drawn: recipes have them in `sampling` then."""
    drafts: tuple[DraftUse, ...] = ()
    extends: bool = False
    """Whether a take can be made longer without changing what was heard."""
    shortest_s: float = 0.0
    longest_s: float = MAX_DURATION_S
    devices: tuple[str, ...] = ()
    """What can be asked to compute, where there is a choice; the first is the usual one."""
    licence: str | None = None
    """Terms on what is made with it; None where they are the model's own, or unknown."""
    seeded: Seeded = "unknown"
    """Whether a seed means something, as its makers say. What a probe found counts for more."""
    exact: bool = False
    """Whether the same recipe gives the same bits on the same machine."""
    batch_changes_takes: bool = False
    """Whether a take depends on what is made beside it."""
    users_own: bool = False
    """Whether the user defined it, on this machine."""
    remote: bool = False
    """Whether another program makes the takes, which Earmark can't start anew."""

    @property
    def remedy(self) -> str | None:
        """What to do so that it can make takes here; None where it can. Quick, and asks no network."""
        return None

    def find_fault(self) -> str | None:
        """Try whether it works, which may take seconds and ask its server: what to do where not, else None."""
        return self.remedy

    def try_out(self) -> tuple[str | None, tuple[str, ...]]:
        """The same, and what was found by it, in lines."""
        return self.find_fault(), ()

    def make(self) -> Generator:
        """The generator itself, in the worker process. Raises GeneratorUnavailableError."""
        self.check_available()
        module, _, name = self.made_by.partition(":")
        generator: Generator = getattr(import_module(module), name)()
        return generator

    def check_available(self) -> None:
        """Raise GeneratorUnavailableError where it can't make takes on this machine."""
        if self.remedy is not None:
            raise GeneratorUnavailableError(f"{self.sentence_title} isn't available here.", self.remedy)

    @property
    def sentence_title(self) -> str:
        """Its title at the beginning of a sentence."""
        return f"{self.title[:1].upper()}{self.title[1:]}"

    # Models

    def full_model(self, model: str | None) -> str | None:
        """The one name of the model that is meant, None for the only one there is."""
        return model or (self.models[0] if self.models else None)

    @property
    def typed_models(self) -> tuple[str, ...]:
        """What may be typed for those it knows by name."""
        return self.models

    def about(self, model: str | None) -> str:
        """What to know of it and that model before making takes, in a sentence or two."""
        return self.line if self.licence is None else f"{self.line} Licence: {self.licence}."

    def check_model(self, model: str | None) -> None:
        """Raise GenerationError for a model it surely doesn't have."""
        if model is None or self.other_models or model in self.models:
            return
        if not self.models:
            raise GenerationError(f"{self.sentence_title} has no models to choose from.", "Leave the model out.")
        near = get_close_matches(model, self.models, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Choose one of: {_listed(self.models)}."
        raise GenerationError(f"{self.sentence_title} has no model {model[:_SHOWN]!r}.", hint)

    # Prompts, lengths, drafts

    def remarks(self, prompts: Sequence[str], model: str | None) -> tuple[str, ...]:
        """What a user should know of `prompts` before takes are made of them, in sentences."""
        return ()

    def check_length(self, seconds: float) -> None:
        """Raise GenerationError for a take shorter or longer than it makes."""
        if seconds > self.longest_s:
            raise GenerationError(
                f"{seconds:,.10g} s is too long: {self.title} makes takes of up to {_length(self.longest_s)}.",
                f"Ask for up to {self.longest_s:,.10g} s.",
            )
        if seconds < self.shortest_s:
            raise GenerationError(
                f"{seconds:,.10g} s is too short: {self.title} makes takes of {_length(self.shortest_s)} or more.",
                f"Ask for {self.shortest_s:,.10g} s or more.",
            )

    def check_draft(self, use: DraftUse, model: str | None) -> None:
        """Raise GenerationError where it and that model are known to have no use for such a draft."""
        if use in self.drafts:
            return
        if not self.drafts:
            what = f"{self.sentence_title} can't use a draft."
            raise GenerationError(what, "Remove it, or choose one that can: `earmark generators`.")
        raise GenerationError(
            f"{self.sentence_title} can't use a draft as {use}.", f"It can as {' or '.join(self.drafts)}."
        )

    # Settings

    def setting(self, name: str) -> Setting:
        """The setting of that name, `-` for `_` allowed. Raises GenerationError, which names what there is."""
        known = {setting.name: setting for setting in self.settings}
        if (found := known.get(name.strip().replace("-", "_").lower())) is not None:
            return found
        what = f"{self.sentence_title} has no setting {name.strip()[:_SHOWN]!r}."
        if not known:
            raise GenerationError(what, "It takes none.")
        near = get_close_matches(name.replace("-", "_"), known, 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise GenerationError(what, f"{hint}It has: {_listed(tuple(known))}.")

    def read_settings(self, written: Mapping[str, str]) -> dict[str, SettingValue]:
        """The values of settings as they were typed; what is empty is left out. Raises GenerationError."""
        settings = {name: self.setting(name) for name in written}
        read = ((settings[name].name, settings[name].parse(text)) for name, text in written.items())
        return {name: value for name, value in read if value is not None}

    def with_settings(self, recipe: Recipe, chosen: Mapping[str, SettingValue]) -> Recipe:
        """`recipe` with these settings, and the defaults of all others. Raises GenerationError."""
        values = {setting.name: setting.default for setting in self.settings if setting.default not in (None, "")}
        for name, value in chosen.items():
            setting = self.setting(name)
            values[setting.name] = setting.check(value)
        known = {name: value for name, value in values.items() if value is not None and value != ""}
        drawn = {name: known.pop(name) for name in DRAWN_BY if name in known} if self.draws_tokens else None
        sampling = None if drawn is None else msgspec.convert(drawn, Sampling)
        return msgspec.structs.replace(recipe, sampling=sampling, settings=known)


def show_value(value: SettingValue) -> str:
    """A setting's value as people read and type it, on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("\n", "\\n")
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _length(seconds: float) -> str:
    if seconds >= 3600 and seconds % 3600 == 0:
        hours = int(seconds // 3600)
        return "an hour" if hours == 1 else f"{hours} hours"
    if seconds >= 60 and seconds % 60 == 0:
        minutes = int(seconds // 60)
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{seconds:,.10g} s"
