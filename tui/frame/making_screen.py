"""What the keys do that make takes from a take: more like it, longer ones, others that it steers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from textual import work

from library.errors import EarmarkError
from library.take import Recipe, Take
from tui.frame.fitted_text import shortened
from tui.frame.formatting import called, clock, counted, plain
from tui.frame.judging_screen import JudgingScreen
from tui.frame.key_names import key_name
from tui.frame.tray import Tray
from tui.messages import DraftChosen

if TYPE_CHECKING:
    from tui.frame.more_dialog import MoreChoices

LONG_S = 30.0
"""What a preview is made into; what a longer take grows by."""
NAMED = 30
"""Characters of a prompt in a notice."""
MAKING = ("more", "more_as", "extend", "use_as_draft")
"""What is made of a take without a name would tell which it is."""


class MakingScreen(JudgingScreen):
    """Puts jobs in line."""

    def more_like(self) -> Sequence[Take]:
        """The takes that more are to be made like: of a prompt's line, or a row of several, the one to go by."""
        return self.subjects()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A take that is heard blind is neither drafted from nor extended."""
        return not (action in MAKING and self.blind) and super().check_action(action, parameters)

    # More like this

    def action_more(self) -> None:
        """+: fresh seeds of what is under the cursor, at once."""
        self.make_more(self.context.settings.more)

    @work(group="more", exit_on_error=False)
    async def action_more_as(self) -> None:
        """*: ask how many, and what else may change."""
        from tui.frame.more_dialog import MoreDialog

        likes = self._of_each_kind()
        choices = await self.context.ask(MoreDialog(likes, self.context.settings.more)) if likes else None
        if choices is not None:
            self.context.remember(more=choices.count)
            self.make_more(choices.count, choices)

    def make_more(self, count: int, choices: MoreChoices | None = None) -> None:
        likes = self._of_each_kind()
        try:
            pairs = [pair for take in likes for pair in self._more_of(take, count, choices)]
            self.make_all(pairs, f"more of {self._named(likes)}")
        except EarmarkError as error:
            self.context.show_error(error)

    def make_cells(self, cells: Sequence[tuple[str, int]], most: int | None = None) -> None:
        """One take of each of these prompts with that seed, as the newest of that prompt was made; none twice.

        `most`: of the first so many that nobody has made or is to make; None for all.
        """
        from library.generators.more import model_take, parent_of, with_seed

        try:
            if not (cells := list(islice(filter(self._is_untried, cells), most))):
                self.notify("It was asked for already", timeout=2)
                return
            likes = [model_take(self.context.workspace.catalog, prompt) for prompt, _ in cells]
            pairs = [(with_seed(like, seed), parent_of(like)) for like, (_, seed) in zip(likes, cells, strict=True)]
            self.make_all(pairs, f"of {self._named(likes)}, seed {cells[0][1]}")
        except EarmarkError as error:
            self.context.show_error(error)

    def make_all(self, pairs: Sequence[tuple[Recipe, str | None]], what: str) -> None:
        """Put recipes in line, each with the take that it continues; nothing for none. Raises GenerationError.

        Where a server or a command of the user's would make them, that is asked first, once while the app runs.
        """
        from library.generators.registry import spec

        specs = {recipe.generator: spec(recipe.generator) for recipe, _ in pairs}
        foreign = {name: each.sentence_title for name, each in specs.items() if each.users_own or each.remote}
        if unasked := [title for name, title in foreign.items() if name not in self.context.agreed]:
            self._ask_first(" and ".join(unasked), frozenset(foreign), pairs, what)
        else:
            self._put_in_line(pairs, what)

    @work(group="more", exit_on_error=False)
    async def _ask_first(
        self, whom: str, names: frozenset[str], pairs: Sequence[tuple[Recipe, str | None]], what: str
    ) -> None:
        from tui.frame.confirm_dialog import ConfirmDialog

        words = f"{whom} will make {counted(len(pairs), 'take')}. You won't be asked again before you quit."
        if await self.context.ask(ConfirmDialog("More like this", words, "make them")):
            self.context.agreed.update(names)
            try:
                self._put_in_line(pairs, what)
            except EarmarkError as error:
                self.context.show_error(error)

    def _put_in_line(self, pairs: Sequence[tuple[Recipe, str | None]], what: str) -> None:
        from library.generators.probed import seedless

        whole = [recipe for recipe, parent in pairs if parent is None]
        continued = [(recipe, parent) for recipe, parent in pairs if parent is not None]
        if whole:
            self.context.make(whole, what)
        if continued:
            recipes, parents = zip(*continued, strict=True)
            self.context.make(recipes, what, parent=parents)
        if pairs:
            self.query_one(Tray).draw()
            lottery = any(recipe.generator in seedless() for recipe, _ in pairs)
            unseeded = " · its seeds mean nothing: each is another song" if lottery else ""
            words = f"Making {len(pairs)} {what}{unseeded}"
            self.notify(f"{words} · {key_name(self, 'judge.undo')} to undo", timeout=3)

    def _is_untried(self, cell: tuple[str, int]) -> bool:
        prompt, seed = cell
        return seed not in self.used_seeds(prompt)

    def used_seeds(self, prompt: str) -> set[int]:
        """Those of takes with that prompt, made or asked for, by whatever app is at this library."""
        from library.generators.more import used_seeds
        from library.jobs.to_come import asked_for

        catalog = self.context.workspace.catalog
        here = [recipe for job in self.context.job_states() for recipe in job.recipes]
        return used_seeds((*here, *asked_for(catalog.library)), catalog, prompt)

    def _of_each_kind(self) -> list[Take]:
        """One take of each that differ in more than their seeds; what was imported speaks for itself."""
        from library.generators.more import can_make_more, kind_of

        def kind(take: Take) -> object:
            return msgspec.json.encode(kind_of(take)) if can_make_more(take) else take.id

        return list({kind(take): take for take in self.more_like()}.values())

    def _more_of(self, take: Take, count: int, choices: MoreChoices | None) -> Iterator[tuple[Recipe, str | None]]:
        from library.generators.more import more_of, parent_of
        from library.jobs.drafts import make_draft

        parent = parent_of(take)
        for recipe in more_of(take, count, used=self.used_seeds(take.prompt or "")):
            if choices is None or choices.steered is None:
                yield recipe, parent
            else:
                draft = make_draft(take, choices.steered, recipe.duration_s, choices.from_s)
                yield msgspec.structs.replace(recipe, draft=draft), take.id if draft.use == "continuation" else None

    @staticmethod
    def _named(likes: Sequence[Take]) -> str:
        if len(likes) != 1:
            return f"each of {len(likes)}"
        return f"“{shortened(plain(likes[0].prompt), NAMED)}”" if likes[0].prompt else called(likes[0])

    # Longer, and others

    def action_extend(self) -> None:
        """Shift+E: to 30 seconds, or by 30 more; what was heard stays as it is."""
        if take := self.subject():
            from library.generators.recipes import extend_recipe

            to_s = LONG_S if take.duration_s < LONG_S else take.duration_s + LONG_S
            try:
                recipes = (extend_recipe(take, to_s),)
                self.context.make(recipes, f"extending {called(take)} to {clock(to_s)}", parent=take.id)
            except EarmarkError as error:
                self.context.show_error(error)
            else:
                self.notify(f"Extending to {clock(to_s)} · {key_name(self, 'judge.undo')} to undo")

    async def action_use_as_draft(self) -> None:
        """Shift+D: to the Generate screen, with this take as the draft."""
        if (take := self.subject()) is not None:
            await self.context.go("generate")
            self.app.screen.post_message(DraftChosen(take))
