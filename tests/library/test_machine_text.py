"""What is a machine's text, at any length, and what only looks like it."""

from __future__ import annotations

import json

import pytest

from library.machine_text import is_machine_text

UUID = "2f1c6a9e-7b1d-4c55-9a3f-1d2e3f4a5b6c"
MACHINE = [
    '{"3": {"class_type": "KSampler"}}', "{'3': {'class_type': 'KSampler'}}", '{ \n "a": 1', "{3: 4}", "{}", "[]",
    "[[1, 2]]", '["a", "b"]', "[1, 2, 3]", "[-0.5]", '"{\\"3\\": 1}', '[{"a": 1}',
    "<?xml version=\"1.0\"?><a/>", "<!DOCTYPE html>",
    "<x:xmpmeta>", UUID, UUID.upper(), UUID.replace("-", " "), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "sha256:9f86d081884c7d65", "5d41402abc4b2a76",
    "411", "-1", "4.11e3", "0x1f4", "1,234", "2025-05-07 12:34:56", "20250507123456_0", "00001", "", "  ", "---",
    "https://cdn1.suno.ai/a.mp3",
    "www.udio.com/songs/x", "ComfyUI_00001_.flac", "/home/ana/take 1.wav", r"C:\out\x.mp3",
    "null", "None", "NaN", "undefined", "n/a", "QmFzZTY0IGlzIG5vIHByb21wdA0K0123", '{"k": "' + "x " * 100_000,
]  # fmt: skip
WORDS = [
    "dreamy night drive", "808", "[Verse] neon rain", "{night|day} drive", "{{night}} drive", "[[night]] drive",
    "<lora:synth:1> night drive", "[dreamy:bright:0.5] night", "(synthwave:1.2), 120 bpm", "1984", "4/4 groove", "рок",
    "夜のドライブ", "facade of a decade", "🎹🎻", "night <3", "take 003", "f minor", "c0ffee break", "a1b2 riff",
    "e4 e5", "sha256 blues", "none of us", "http sounds", "rain.wav and thunder", "“quoted” words", "-12 dB hum",
]  # fmt: skip
NUMBERS = {"808", "1984"}


@pytest.mark.parametrize("text", MACHINE, ids=lambda text: text[:30])
def test_machine_text_is_known_at_any_length(text: str) -> None:
    assert is_machine_text(text)
    assert is_machine_text(f"\n {text} ")


@pytest.mark.parametrize("text", [text for text in WORDS if text not in NUMBERS])
def test_words_are_words(text: str) -> None:
    assert not is_machine_text(text)


@pytest.mark.parametrize("text", sorted(NUMBERS))
def test_a_number_is_no_prompt(text: str) -> None:
    assert is_machine_text(text)


@pytest.mark.parametrize("document", [{"a": 1}, [{"a": 1}], {"1": {"inputs": {}}}, [[1.5]], ["x"]])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_what_json_writes_is_no_prompt(document: object, indent: int | None) -> None:
    assert is_machine_text(json.dumps(document, indent=indent))
