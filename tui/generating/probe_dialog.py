"""Probe a generator in the app: whether its seed means something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from library.generators.spec import Spec
from library.take import SettingValue
from tui.context import AppContext
from tui.frame.formatting import plain
from tui.frame.probe_words import probe_facts, probe_words
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome

if TYPE_CHECKING:
    from library.generators.probed import Probe


class ProbeDialog(TaskDialog["Probe"]):
    """One generator with its model and settings, as the form has them."""

    def __init__(
        self, context: AppContext, spec: Spec, model: str | None, settings: Mapping[str, SettingValue]
    ) -> None:
        super().__init__(context)
        self._spec = spec
        self._model = model
        self._settings = settings

    def compose(self) -> ComposeResult:
        from library.generators.probed import last_probe

        known = last_probe(self._spec, self._model)
        last = "It hasn't been probed yet." if known is None else f"Last time: {probe_words(known)}"
        with Vertical(classes="dialog") as box:
            box.border_title = f"Does the seed of {plain(self._spec.name)} mean something?"
            yield Static(
                "Makes a few short takes: the same seed alone, once more, among others and after a restart, and "
                "another seed. Your library isn't touched.",
                markup=False,
            )
            yield Static(last, id="last", markup=False)
            yield from self.compose_end("Probe")

    def prepare_task(self) -> Callable[[Progress, Stopped], Probe]:
        self._spec.check_available()
        spec, model, settings = self._spec, self._model, self._settings

        def task(progress: Progress, stopped: Stopped) -> Probe:
            from library.generators.probed import keep_probe
            from library.jobs.probing import probe

            def show(done: int, of: int, _: str) -> None:
                progress(done, of)

            found = probe(spec, model=model, settings=settings, on_progress=show, stopped=stopped)
            keep_probe(spec, found)
            return found

        return task

    def finished(self, report: Probe) -> TaskOutcome:
        facts = [f"{name:<16}{words}" for name, words in probe_facts(report)]
        return TaskOutcome(probe_words(report), False, facts)
