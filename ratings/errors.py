"""What can go wrong with judging and exporting, as a user should hear it."""

from __future__ import annotations

from library.errors import EarmarkError


class JudgementError(EarmarkError):
    """A judgement makes no sense as it was given: six stars, an empty note, a duel of a take with itself."""

    title = "This can't be saved"


class LabelError(EarmarkError):
    """A label's name cannot be used."""

    title = "This can't be a label"


class CollectionError(EarmarkError):
    """A collection's name or filter cannot be used, or there is none of that name."""

    title = "This collection can't be used"


class ListenerError(EarmarkError):
    """A listener's name cannot be used."""

    title = "Who is listening?"


class ExportError(EarmarkError):
    """An export as a whole cannot be done, or a file of it could not be written."""

    title = "The export failed"


class PackError(EarmarkError):
    """A file is no pack, or not one that can be opened."""

    title = "This pack can't be opened"


class PanelError(EarmarkError):
    """A panel can't be made, or what came back is none of its answers."""

    title = "This panel can't be used"


class RatingError(EarmarkError):
    """The rating model was asked for something that makes no sense."""

    title = "The ranking can't be computed"
