"""What an empty library offers: a first batch to listen to."""

from __future__ import annotations

from textual import work

from tui.frame.main_screen import MainScreen

PROMPTS = ("dreamy night drive, slow", "bright arcade chase, fast", "dark rainy city, minor")
SEEDS = range(1, 5)
LENGTH_S = 20.0


class FirstBatchScreen(MainScreen):
    """Fills a library that has no takes."""

    @property
    def empty(self) -> bool:
        """Whether there is no take at all."""
        workspace = self.context.workspace
        return workspace.loaded and len(workspace.catalog) == 0

    @staticmethod
    def samples_exist() -> bool:
        from library.importing.sample_takes import find_samples

        return find_samples() is not None

    def action_make_first(self) -> None:
        """Make a dozen takes, so that there is something to hear within the minute."""
        if self.empty and not self.context.job_states():
            from library.generators import registry
            from library.generators.recipes import grid

            self.context.make(
                grid(PROMPTS, SEEDS, generator=registry.usual().name, duration_s=LENGTH_S), "the first batch"
            )
            self.notify("Making 12 takes. Each appears when it's done.")
            self.refresh_bindings()

    def action_load_samples(self) -> None:
        """Load the recorded takes that come with `make run`."""
        if self.empty:
            self.notify("Loading 28 sample takes. Each appears when it's ready.")
            self._load_samples()

    @work(thread=True, exclusive=True, group="importing", exit_on_error=False)
    def _load_samples(self) -> None:
        from library.importing.sample_takes import import_samples

        import_samples(self.context.workspace.catalog)
        self.app.call_from_thread(self.context.refresh_library)
