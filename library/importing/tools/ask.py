"""Asks all readers about a clue, each tool's own before the one for plain words. A new reader is named here."""

from __future__ import annotations

from library.importing.tools import (
    a1111,
    ace_step,
    ace_step_1_5,
    acestep_cpp,
    audiocraft_plus,
    comfyui,
    plain,
    stable_audio_tools,
    suno,
    tts_webui,
    udio,
)
from library.importing.tools.clue import Clue, Reader, Told

READERS: tuple[Reader, ...] = (
    comfyui.read,
    ace_step.read,
    ace_step_1_5.read,
    acestep_cpp.read,
    audiocraft_plus.read,
    tts_webui.read,
    stable_audio_tools.read,
    suno.read,
    udio.read,
    a1111.read,
)


def ask_readers(clue: Clue) -> list[Told]:
    """What the tools' readers and then the plain one make of `clue`, up to the first that finds a prompt."""
    answers = list[Told]()
    for read in READERS:
        if told := read(clue):
            answers.append(told)
            if told.origin.prompt:
                return answers
    if answers:  # What a tool's reader knows is not read another way.
        titles = {name: texts for name, texts in clue.texts.items() if name == "title" or not answers[0].unclear}
        clue = Clue(clue.file, titles, {}, clue.name, clue.beside)
    if told := plain.read(clue):
        answers.append(told)
    return answers
