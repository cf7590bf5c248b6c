"""A take, its recipe and the small types they are made of: frozen, and validated when they are made or read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NewType, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from library.machine_text import is_machine_text
from library.spelling import one_spelling

TakeId = NewType("TakeId", str)
"""Hash of the sound, ID_LENGTH hexadecimal digits."""
BatchName = NewType("BatchName", str)
"""Folder name of a batch inside the library."""

RECORDING = "recording"
"""In place of a generator: the take is a draft that came in by the microphone."""
DRAFT = "draft"
"""In place of a generator: the take is a draft that came in from a file, of which nothing else is known."""
STEERING = frozenset({RECORDING, DRAFT})
"""In place of generators: sounds that are there to steer takes, not to be judged among them."""
ID_LENGTH = 20
MAX_SEED = 2**64 - 1
MAX_DURATION_S = 10_000_000.0
MAX_NAME = 1000
"""Characters of a model's or generator's name, or of a path."""
METER = 1
"""The meter that measures now, of greater number with each change to what it reads. What an older one measured is
measured anew when there is time."""
MAX_SETTINGS = 200
MAX_PROMPT = 10_000
"""Characters kept of a prompt; a longer one is refused at the edges, never cut silently."""

Flag = Literal["silent", "clipped", "dc", "cut-off", "partial", "length"]
"""What a machine can hear: no sound, samples at the rails, an offset, an end in mid-sound, only a part of the file, and
another length than was asked for."""
OFF_LENGTH = 0.05
"""From this part of the length on it counts as another one than was asked for …"""
OFF_LENGTH_S = 0.1
"""… if it is also more than this: models count in frames."""
DraftUse = Literal["melody", "continuation"]
Source = Literal["name", "title", "pattern", "sidecar", "tags", "sheet", "made"]
"""Who told a word about a take, from the least sure to the surest: a guess from the file's name, one from its title,
the user's pattern for names, a file beside the sound, its tags, the user's sheet, and Earmark, which made it."""
READERS_VERSION = 1
"""Grows when what reads tags and the files beside sounds tells words better than before."""

Word = Literal["prompt", "seed", "generator", "model"]
WORDS: tuple[Word, ...] = get_args(Word)
SURENESS: tuple[Source, ...] = get_args(Source)
MEASURES = ("lufs", "true_peak_db", "heard_lufs", "heard_peak_db", "meter")
"""The fields of a take that the meter fills."""

_Id = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]
_Text = Annotated[str, Meta(max_length=MAX_PROMPT)]
_Name = Annotated[str, Meta(max_length=MAX_NAME)]
_Count = Annotated[int, Meta(ge=0)]
_Channels = Annotated[int, Meta(gt=0, le=1_024)]
_Rate = Annotated[int, Meta(gt=0, le=10_000_000)]
_Seconds = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
_Decibels = Annotated[float, Meta(ge=-1_000, le=1_000)]
SettingValue: TypeAlias = _Text | float | int | bool
Settings: TypeAlias = Annotated[dict[_Name, SettingValue], Meta(max_length=MAX_SETTINGS)]
"""What a generator takes besides prompt, seed and length, by name."""
MAX_REPORTED = 50
"""Facts that are kept of what a program says of its take …"""
MAX_FACT = 1000
"""… and characters of each."""
Reported: TypeAlias = Annotated[
    dict[Annotated[str, Meta(max_length=100)], Annotated[str, Meta(max_length=MAX_FACT)]], Meta(max_length=MAX_REPORTED)
]


class Sampling(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How tokens are drawn. Generators that do not sample have none."""

    temperature: Annotated[float, Meta(gt=0, le=100)] = 1.0
    top_k: _Count = 250
    """Draw from the k likeliest tokens; 0 for all of them."""
    top_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Draw from the likeliest tokens that hold this much probability; 0 for off."""
    guidance: Annotated[float, Meta(ge=0, le=100)] = 3.0
    """Classifier-free guidance: how strongly the prompt pulls."""


class Draft(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Audio that steered a take, by the hash of its sound."""

    sound: _Id
    use: DraftUse
    until_s: _Seconds | None = None
    """Continuation: the point of the draft, in seconds, from which the take goes on; None for its end."""


class Recipe(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """All that is needed to make a take again, bit for bit."""

    generator: _Name
    prompt: _Text
    seed: _Count
    duration_s: Annotated[float, Meta(gt=0, le=MAX_DURATION_S)]
    model: _Name | None = None
    revision: _Name | None = None
    """Version of the generator's algorithm, or hash of the model's weights."""
    sampling: Sampling | None = None
    """Where tokens are drawn: temperature, top_k, top_p and guidance, which stand nowhere else then."""
    settings: Settings = {}
    """All other settings that have a value, defaults written out: a default that changes later changes no take."""
    draft: Draft | None = None
    licence: _Name | None = None
    """Terms that the weights put on what is made with them, e.g. CC-BY-NC 4.0."""
    fingerprint: dict[str, str] = {}
    """The machine that made it: library versions, device, dtype."""
    exact: bool = True
    """False where this device or build cannot promise the same bits again."""
    asked_seed: _Count | None = None
    """The seed that was asked for, where the program that made the take chose another one."""
    reported: Reported | None = None
    """What else the program or server that made it says of the take: bounded, and never acted upon."""

    def __post_init__(self) -> None:
        if self.seed > MAX_SEED:
            raise ValueError(f"seed {self.seed} is over {MAX_SEED}")


class Sources(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who told each word about an imported take; None for a word nobody told."""

    prompt: Source | None = None
    seed: Source | None = None
    generator: Source | None = None
    model: Source | None = None
    tool: _Name | None = None
    """The tool whose own words the prompt is, else the seed; None for words that are nobody's in particular."""
    readers: _Count = 0
    """READERS_VERSION when the file was read. The words of older readers give way to those of newer ones."""


class Take(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One piece of audio with its origin. This is also the document on disk, field for field."""

    id: _Id
    batch: _Name
    file: _Name
    """Path of the sound: relative to the batch's folder when the library holds it, absolute when it stays elsewhere."""
    duration_s: _Seconds
    sample_rate: _Rate
    channels: _Channels
    created_at: _Name
    """UTC, ISO 8601 with Z."""
    prompt: _Text | None = None
    seed: _Count | None = None
    generator: _Name | None = None
    model: _Name | None = None
    lufs: _Decibels | None = None
    """Integrated loudness (BS.1770); None for silence and for sounds under 0.4 s."""
    true_peak_db: _Decibels | None = None
    """dBTP, 4 x oversampled; None for digital silence."""
    heard_lufs: _Decibels | None = None
    """The loudness of more than two channels, folded down to the two loudspeakers that play them …"""
    heard_peak_db: _Decibels | None = None
    """… and the true peak there."""
    meter: _Count = 0
    """Which meter measured it, see METER; 0 in documents older than this field."""
    flags: tuple[Flag, ...] = ()
    tokens: _Name | None = None
    """The model's tokens beside the sound (npz), relative to the batch's folder."""
    recipe: Recipe | None = None
    parent: _Id | None = None
    """The take this one extends or continues."""
    told_by: Sources | None = None
    """None for takes made here, and in documents older than this field."""
    wish: _Name | None = None
    """What of the queue it is, as `WISH/INDEX`: so it is known to have been made, whatever its recipe became."""

    def __post_init__(self) -> None:
        if self.seed is not None and self.seed > MAX_SEED:
            raise ValueError(f"seed {self.seed} is over {MAX_SEED}")
        # Here a prompt becomes what takes are grouped and found by. The recipe keeps the text that a model was given.
        if self.prompt and (prompt := one_spelling(self.prompt)) != self.prompt and len(prompt) <= MAX_PROMPT:
            msgspec.structs.force_setattr(self, "prompt", prompt)


def settings_of(recipe: Recipe) -> dict[str, SettingValue]:
    """All settings of a recipe by name, wherever in it they stand."""
    drawn = {} if recipe.sampling is None else msgspec.structs.asdict(recipe.sampling)
    return {**drawn, **recipe.settings}


def setting_of(recipe: Recipe, name: str) -> SettingValue | None:
    """One of them, None where the recipe has none of that name; of 100,000 takes within a key press."""
    if recipe.sampling is not None and name in Sampling.__struct_fields__:
        value: SettingValue = getattr(recipe.sampling, name)
        return value
    return recipe.settings.get(name)


def only_measures(document: Take) -> bool:
    """Whether a document tells nothing but what a newer meter measured of a take that others describe."""
    # 100,000 documents are asked: most answer at the first or second word.
    if document.meter == 0 or document.recipe is not None or document.told_by is not None:
        return False
    words = (document.prompt, document.seed, document.generator, document.model)
    return words == (None,) * len(words) and document.parent is None and document.tokens is None


def as_measured(take: Take, by: Take) -> Take:
    """`take` with what `by` measured, if its meter was newer."""
    if by.meter <= take.meter:
        return take
    return msgspec.structs.replace(
        take,
        lufs=by.lufs,
        true_peak_db=by.true_peak_db,
        heard_lufs=by.heard_lufs,
        heard_peak_db=by.heard_peak_db,
        meter=by.meter,
    )


def make_id(digest: bytes) -> TakeId:
    """The id that stands for a digest of a sound (at least 10 bytes)."""
    return TakeId(digest.hex()[:ID_LENGTH])


def digest_of(data: bytes) -> bytes:
    """SHA-256 of `data`."""
    return hashlib.sha256(data).digest()


def time_text(time: datetime) -> str:
    """A time as documents have it: UTC, ISO 8601 with Z and microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_now() -> str:
    """Now, as takes and judgements write it: UTC to the microsecond, sortable as text."""
    return time_text(datetime.now(UTC))


def just_after(stamp: str) -> str:
    """A microsecond after a time as `utc_now` writes it; now for one that makes no sense or is the last there is."""
    try:
        moment = datetime.fromisoformat(stamp).astimezone(UTC) + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return utc_now()
    return time_text(moment)


def source_of(take: Take, word: Word) -> Source:
    """Who told `word` about `take`. A document that doesn't say is Earmark's own if it has a recipe, else a guess."""
    told = None if take.told_by is None else getattr(take.told_by, word)
    return told or ("name" if take.recipe is None else "made")


def _sureness(take: Take, word: Word) -> float:
    """How sure `word` of `take` is, a higher number for a surer one; under 0 for what is no word at all."""
    source, told_by = source_of(take, word), take.told_by
    if word == "prompt" and source in _READ and is_machine_text(take.prompt or ""):
        return -1
    older = told_by is None or told_by.readers < READERS_VERSION
    # What older readers took from a file is less sure than whatever today's find in it, and surer than a guess.
    return (
        SURENESS.index("pattern") + SURENESS.index(source) / 10
        if older and source in _WRITTEN
        else SURENESS.index(source)
    )


_WRITTEN = ("sidecar", "tags")
_READ = ("name", "title", "pattern", *_WRITTEN)


def merge(documents: Sequence[Take]) -> Take:
    """One take from all documents of the same sound, in any order.

    Each word is the surest one (see `Source`); of equally sure ones the newest, save that a second guess from a name
    or a second making changes nothing. A prompt that no reader would take today is none. A recipe stays only where it
    agrees with the words. The rest is the oldest document's; what was measured is the newest meter's.
    """
    if len(documents) == 1:
        return documents[0]
    by_age = sorted(documents, key=lambda take: (take.created_at, take.batch, take.file, msgspec.json.encode(take)))
    changes: dict[str, object] = {}
    tellers: dict[Word, Take] = {}
    for word in WORDS:
        told = [(take, _sureness(take, word)) for take in by_age if getattr(take, word) is not None]
        surest = max((sure for _, sure in told), default=-1)
        changes[word] = None
        if surest >= 0:
            among = [take for take, sure in told if sure == surest]
            tellers[word] = among[0 if source_of(among[0], word) in ("name", "made") else -1]
            changes[word] = getattr(tellers[word], word)
    changes["parent"] = next((take.parent for take in by_age if take.parent is not None), None)
    best = max(by_age, key=lambda take: (take.meter, take.lufs is not None, take.true_peak_db is not None))
    changes |= {measure: getattr(best, measure) for measure in MEASURES}
    words = (changes.get("prompt"), changes.get("seed"))
    recipes = (take.recipe for take in by_age if take.recipe is not None)
    changes["recipe"] = next(
        (recipe for recipe in recipes if (one_spelling(recipe.prompt), recipe.seed) == words), None
    )
    merged = msgspec.structs.replace(by_age[0], **changes)
    return msgspec.structs.replace(merged, told_by=_told_by(merged, tellers))


def _told_by(merged: Take, tellers: dict[Word, Take]) -> Sources | None:
    """Who told the words of a merged take; its oldest document's own account where that is still true."""
    sources = {word: source_of(teller, word) for word, teller in tellers.items()}
    accounts = [teller.told_by or Sources() for teller in tellers.values()]
    teller = tellers.get("prompt", tellers.get("seed"))
    tool = teller.told_by.tool if teller is not None and teller.told_by is not None else None
    own = merged.told_by or Sources()
    if tool == own.tool and all(source_of(merged, word) == source for word, source in sources.items()):
        return merged.told_by
    return Sources(**sources, tool=tool, readers=max((account.readers for account in accounts), default=0))
