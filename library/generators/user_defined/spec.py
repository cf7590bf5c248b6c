"""What a generator of the user's is and takes, and the hook by which the registry knows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from library.errors import GenerationError, GeneratorUnavailableError
from library.files.file_stamp import FileStamp, stamp_of
from library.generators.servers.ace_step import settings as ace_step
from library.generators.servers.acestep_cpp import settings as acestep_cpp
from library.generators.spec import Setting, Spec
from library.generators.user_defined.definition import Definition, Fault, GeneratorKind
from library.generators.user_defined.read import Found, read_definitions
from library.locations import generators_file
from library.take import MAX_FACT, DraftUse

if TYPE_CHECKING:
    from library.generators.api import Generator
    from library.generators.servers.comfyui.workflow import Workflow

_LINES: dict[GeneratorKind, str] = {
    "command": "A command of yours",
    "ace-step-server": "An ACE-Step server at {url}",
    "acestep-cpp": "An acestep.cpp server at {url}",
    "comfyui": "Your workflow {workflow} in ComfyUI at {url}",
}


@dataclass(frozen=True, kw_only=True)
class UserDefined(Spec):
    """A generator of generators.toml."""

    definition: Definition | None = None
    """None where its table has a mistake."""
    fault: str | None = None
    """What to mend in its table, or in its workflow."""

    @property
    def remedy(self) -> str | None:
        return self.fault

    def check_available(self) -> None:
        if self.fault is not None:
            raise GeneratorUnavailableError(f"{self.sentence_title} can't be used.", self.fault)

    def find_fault(self) -> str | None:
        return self.try_out()[0]

    def try_out(self) -> tuple[str | None, tuple[str, ...]]:
        """Run the command's version, or reach the server."""
        if self.fault is not None or self.definition is None:
            return self.fault, ()
        tried = import_module("library.generators.user_defined.trying").try_definition(self.definition)
        return tried.fault, tried.facts

    def make(self) -> Generator:
        self.check_available()
        make: Callable[[Definition], Generator] = import_module("library.generators.user_defined.making").make_generator
        if self.definition is None:
            raise GeneratorUnavailableError(f"{self.sentence_title} can't be used.")
        return make(self.definition)

    def check_model(self, model: str | None) -> None:
        """Names are the server's or the command's own: only where the table lists them is another one refused."""
        if model is not None and self.models:
            super().check_model(model)


_read: tuple[FileStamp | None, Found] | None = None


def found() -> Found:
    """What generators.toml says just now; read anew only where it has changed."""
    global _read  # noqa: PLW0603 - asked often, by all screens
    stamp = stamp_of(generators_file())
    if _read is None or _read[0] != stamp:
        _read = stamp, (read_definitions() if stamp is not None else Found())
    return _read[1]


def specs() -> tuple[Spec, ...]:
    """The generators of generators.toml, those with mistakes among them. Never raises."""
    read = found()
    broken = [_broken(fault, fault.name) for fault in read.faults if fault.name is not None]
    return (*map(_spec_of, read.definitions), *broken)


def faults() -> tuple[Fault, ...]:
    """The mistakes in generators.toml that are no one table's."""
    return tuple(fault for fault in found().faults if fault.name is None)


def _broken(fault: Fault, name: str) -> Spec:
    return UserDefined(
        name=name,
        title=f"“{name}”",
        line="Defined in generators.toml, with a mistake.",
        fault=str(fault),
        remote=True,
        users_own=True,
    )


def _spec_of(definition: Definition) -> Spec:
    line = _LINES[definition.kind].format(
        url=definition.url, workflow=definition.workflow.name if definition.workflow is not None else ""
    )
    spec = UserDefined(
        name=definition.name,
        title=f"“{definition.name}”",
        line=f"{line}: {definition.about}" if definition.about else f"{line}.",
        models=definition.models,
        other_models=not definition.models,
        settings=definition.settings,
        drafts=definition.drafts,
        longest_s=definition.max_seconds,
        licence=definition.licence,
        seeded=definition.seeded,
        remote=definition.kind != "command",  # of which every take is a process of its own
        users_own=True,
        definition=definition,
    )
    match definition.kind:
        case "ace-step-server":
            return replace(
                spec, settings=ace_step.SETTINGS, drafts=("melody", "continuation"),
                longest_s=min(definition.max_seconds, ace_step.LONGEST_S),
            )  # fmt: skip
        case "acestep-cpp":
            return replace(
                spec, settings=acestep_cpp.SETTINGS, drafts=("melody", "continuation"),
                longest_s=min(definition.max_seconds, acestep_cpp.LONGEST_S),
            )  # fmt: skip
        case "comfyui":
            return _comfyui_spec(spec, definition)
        case "command":
            return spec


def _comfyui_spec(spec: UserDefined, definition: Definition) -> Spec:
    workflow = _workflow_of(definition)
    if isinstance(workflow, str):
        return replace(spec, fault=workflow)
    drafts: tuple[DraftUse, ...] = ("melody",) if "draft" in workflow.places else ()
    return replace(spec, settings=_settings_in(workflow, definition.settings), drafts=drafts)


_workflows: dict[str, tuple[FileStamp | None, Workflow | str]] = {}


def _workflow_of(definition: Definition) -> Workflow | str:
    """The workflow of a definition, or what to mend in it; read anew only where it has changed."""
    from library.generators.servers.comfyui.workflow import read_workflow

    if definition.workflow is None:
        return "There is no workflow."
    stamp = stamp_of(definition.workflow)
    key = f"{definition.workflow} {sorted(definition.places.items())}"
    known = _workflows.get(key)
    if known is not None and known[0] == stamp and stamp is not None:
        return known[1]
    try:
        read: Workflow | str = read_workflow(definition.workflow, definition.places)
    except GenerationError as error:
        read = str(error)
    _workflows[key] = stamp, read
    return read


def _settings_in(workflow: Workflow, declared: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The settings that the table declares, then those that were found in the workflow, with what stands there."""
    own = {setting.name for setting in declared}
    found = []
    for name in workflow.places:
        if name in own or name in ("prompt", "seed", "duration", "draft", "model"):
            continue
        value = workflow.value(name)
        where = workflow.places[name][0]
        told = f"{where[1]} of {workflow.title(where[0])}, in the workflow."
        match value:
            case bool():
                found.append(Setting(name=name, kind="yes-no", help=told, default=value))
            case int() | float():
                whole = isinstance(value, int) and name in ("steps", "bpm")
                found.append(Setting(name=name, kind="whole" if whole else "number", help=told, default=value, low=0))
            case str():
                # A text of several lines stays as it is there unless another one is given.
                usual = value if value.isprintable() and value and len(value) <= MAX_FACT else None
                found.append(Setting(name=name, kind="text", help=told, default=usual))
    return (*declared, *found)
