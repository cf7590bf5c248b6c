"""Files as tools write them, each with the prompt and the seed that it holds: the matrix of what Earmark must read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.make_corpus import encoded
from tests.library.importing import graphs
from tests.library.importing.graphs import WORDS
from tests.library.importing.tagging import (
    ape,
    as_json,
    chunk,
    comment,
    flac,
    frame,
    id3,
    info,
    mp3,
    mp4,
    mp4_free,
    mp4_text,
    opus,
    user_text,
    wav,
)  # fmt: skip

UUID = "2f1c6a9e-7b1d-4c55-9a3f-1d2e3f4a5b6c"
Written = dict[str, bytes | str]
"""Names and contents of files; the first is the sound."""


@dataclass(frozen=True)
class Imitation:
    """A take as one tool leaves it, and what it holds."""

    tool: str
    variant: str
    files: Written
    prompt: str | None = WORDS
    seed: int | None = 411
    named: bool = False
    """Earmark can't tell the words, and must say so."""

    def write(self, folder: Path) -> Path:
        """Put the files there; the sound's path."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / next(iter(self.files))


def _graph_tags(graph: Any, name: str = "ComfyUI_00001_.mp3", workflow: Any = None) -> Written:
    frames = [user_text("prompt", as_json(graph))] if graph else []
    frames += [user_text("workflow", as_json(workflow))] if workflow else []
    return {name: mp3(*frames)}


def _beside(document: Any, sound: str = "take.wav", name: str = "take.json", **options: Any) -> Written:
    return {sound: encoded("wav"), name: as_json(document, **options)}


def _comfyui() -> list[Imitation]:
    graph = as_json(graphs.ace())
    both = as_json({"prompt": graphs.ace(), "workflow": graphs.EDITOR})
    inside = as_json({"prompt": graph, "workflow": as_json(graphs.EDITOR)})
    nan = graph.replace('"denoise": 1', '"denoise": NaN')
    graph_of_any = as_json({**graphs.ace(), "90": graphs.node("Note", text="x " * 40_000)})
    return [
        Imitation("ComfyUI", variant, files)
        for variant, files in {
            "mp3": _graph_tags(graphs.ace()),
            "mp3, both formats": _graph_tags(graphs.ace(), workflow=graphs.EDITOR),
            "mp3, editor's alone": _graph_tags(None, workflow=graphs.EDITOR),
            "mp3, UTF-16": {"ComfyUI_00001_.mp3": mp3(user_text("prompt", graph, coding=1))},
            "mp3, version 2.4": {"ComfyUI_00001_.mp3": mp3(user_text("prompt", graph, version=4), version=4)},
            "flac": {"ComfyUI_00001_.flac": flac([("prompt", graph)])},
            "flac, capitals": {"ComfyUI_00001_.flac": flac([("PROMPT", graph), ("WORKFLOW", as_json(graphs.EDITOR))])},
            "flac, a title too": {"x.flac": flac([("TITLE", "Neon Rain"), ("prompt", graph)])},
            "flac, of 80 kB": {"x.flac": flac([("prompt", graph_of_any)])},
            "flac, NaN in it": {"x.flac": flac([("prompt", nan)])},
            "opus": {"ComfyUI_00001_.opus": opus([("prompt", graph)])},
            "opus, over many pages": {"ComfyUI_00001_.opus": opus([("prompt", graph_of_any)])},
            "wav, comment": {"ComfyUI_00001_.wav": wav(info(("ICMT", both.encode())))},
            "wav, texts in a comment": {"ComfyUI_00001_.wav": wav(info(("ICMT", inside.encode())))},
            "wav, ID3": {"ComfyUI_00001_.wav": wav(chunk("id3 ", id3(user_text("prompt", graph))))},
            "m4a, comment": {"ComfyUI_00001_.m4a": mp4(mp4_text(b"\xa9cmt", both))},
            "m4a, tag of its name": {"ComfyUI_00001_.m4a": mp4(mp4_free("prompt", graph))},
            "saved beside": {"take.wav": encoded("wav"), "take.json": graph},
            "workflow beside": _beside(graphs.EDITOR),
            "stable audio": _graph_tags(graphs.stable_audio()),
            "sampler in parts": _graph_tags(graphs.custom_sampler()),
            "basic guider": _graph_tags(graphs.custom_sampler("BasicGuider")),
            "two takes": _graph_tags(graphs.two_takes(), "ComfyUI_00002_.mp3"),
            "two stages": _graph_tags(graphs.two_stages()),
            "linked text and seed": _graph_tags(graphs.linked()),
            "subgraph, linked": _graph_tags(None, workflow=graphs.subgraph(shown=False)),
            "subgraph, shown": _graph_tags(None, workflow=graphs.subgraph(shown=True)),
        }.items()
    ] + [
        Imitation("ComfyUI", "two takes, the other", _graph_tags(graphs.two_takes(), "arcade_00001_.mp3"),
                  "bright arcade chase", 7),
        Imitation("ComfyUI", "combined", _graph_tags(graphs.combined()), "dreamy, night drive"),
        Imitation("ComfyUI", "seed -1", _graph_tags(graphs.ace(seed=-1)), seed=None),
        Imitation("ComfyUI", "text by a model", _graph_tags(graphs.written_by_a_model(), f"{UUID}.mp3"), None, None,
                  named=True),
        Imitation("ComfyUI", "one of two texts", _graph_tags(graphs.switched(), f"{UUID}.mp3"), None, None, named=True),
    ]  # fmt: skip


def _ace_step() -> list[Imitation]:
    run = {"task": "text2music", "prompt": WORDS, "lyrics": "[inst]", "infer_step": 60, "actual_seeds": [411],
           "retake_seeds": [12], "audio_path": "./outputs/output_20250507123456_0.wav"}  # fmt: skip
    batch = {**run, "actual_seeds": [7, 411]}
    name, beside = "output_20250507123456_0", "_input_params.json"
    full = {"task_type": "text2music", "caption": WORDS, "lyrics": "", "seed": 411, "inference_steps": 8,
            "cot_caption": "", "use_cot_caption": True, "duration": -1.0, "timesteps": None}  # fmt: skip
    answer = {"prompt": "a rewritten text", "metas": {"prompt": WORDS, "bpm": 120}, "seed_value": "7,411",
              "audio_paths": ["/v1/audio?path=%2Ftmp%2Fa.mp3", "/v1/audio?path=%2Ftmp%2Fb.mp3"],
              "dit_model": "acestep-v15-turbo"}  # fmt: skip
    request = {"caption": WORDS, "seed": 411, "lyrics": "[Instrumental]", "bpm": 100, "audio_codes": "3101,11837",
               "synth_model": "acestep-v15-turbo-Q8_0.gguf", "inference_steps": 8}  # fmt: skip
    sparse = {"caption": WORDS, "seed": 410, "audio_codes": "3101", "keyscale": "C major"}
    return [
        Imitation("ACE-Step", "a take", _beside(run, f"{name}.wav", f"{name}{beside}")),
        Imitation("ACE-Step", "second of a batch", _beside(batch, f"{name[:-1]}1.wav", f"{name[:-1]}1{beside}")
                  | {f"{name}.wav": encoded("wav")}),
        Imitation("ACE-Step", "own name", _beside(run, "night.mp3", f"night{beside}")),
        Imitation("ACE-Step", "mark before it", {f"{name}.wav": encoded("wav"),
                                                 f"{name}{beside}": b"\xef\xbb\xbf" + as_json(run).encode()}),
        Imitation("ACE-Step 1.5", "caption", _beside(full, f"{UUID}.flac", f"{UUID}.json")),
        Imitation("ACE-Step 1.5", "caption of its model",
                  _beside({**full, "caption": "", "cot_caption": WORDS}, f"{UUID}.flac", f"{UUID}.json")),
        Imitation("ACE-Step 1.5", "seed as text", _beside({**full, "seed": "411"}, f"{UUID}.flac", f"{UUID}.json")),
        Imitation("ACE-Step 1.5", "seeds with a comma", _beside({**full, "seed": "7,411"}, "out_1.flac", "out_1.json")
                  | {"out_0.flac": encoded("flac")}),
        Imitation("ACE-Step 1.5", "nobody can tell which seed",
                  _beside({**full, "seed": "7,411"}, f"{UUID}.flac", f"{UUID}.json"), seed=None),
        Imitation("ACE-Step 1.5", "server's answer", _beside(answer, "b.mp3", "b.json")),
        Imitation("ACE-Step 1.5", "seed -1", _beside({**full, "seed": -1}), seed=None),
        Imitation("acestep.cpp", "first take", _beside(request, "request00.mp3", "request0.json")),
        Imitation("acestep.cpp", "second take", _beside({**request, "seed": 410}, "request01.mp3", "request0.json")),
        Imitation("acestep.cpp", "short request", _beside(sparse, "request11.mp3", "request1.json")),
        Imitation("acestep.cpp", "seed not told", _beside({**request, "seed": -1}, "request00.mp3", "request0.json"),
                  seed=None),
    ]  # fmt: skip


def _web_interfaces() -> list[Imitation]:
    plus = {"version": "1.2.8c", "global_prompt": "", "bpm": "none", "key": "none", "texts": f"['{WORDS}']",
            "duration": "10", "seed": "411", "audio_mode": "none", "model": "large", "cfg_coef": "5.0",
            "generator": "music"}  # fmt: skip
    many = {**plus, "global_prompt": "synthwave", "texts": "['intro', 'intro', \"it's a drop\"]"}
    tts = {"_version": "0.0.1", "_hash_version": "0.0.3", "_type": "musicgen", "_audiocraft_version": "1.3.0",
           "text": WORDS, "model": "facebook/musicgen-small", "seed": "411", "duration": 10, "melody": None,
           "hash": "9f" * 32, "date": "2025-01-01_10-00-00"}  # fmt: skip
    older = {**{key: value for key, value in tts.items() if key != "text"}, "prompt": WORDS, "seed": 411}
    call = {"conditioning": [{"prompt": WORDS, "seconds_start": 0, "seconds_total": 30}], "seed": 411, "steps": 100}
    flat = {"prompt": WORDS, "negative_prompt": "noise", "seconds_total": 30, "cfg_scale": 7, "seed": 411}
    lines = (
        f"{WORDS}\nNegative prompt: noise, hum\nSteps: 50, Sampler: Euler a, CFG scale: 7, Seed: 411, Model: music_v1"
    )
    return [
        Imitation("AudioCraft+", "beside", _beside(plus)),
        Imitation("AudioCraft+", "comment", {"x.wav": wav(info(("ICMT", as_json(plus).encode())))}),
        Imitation("AudioCraft+", "comment, ID3", {"x.wav": wav(chunk("ID3 ", id3(comment(as_json(plus)))))}),
        Imitation("AudioCraft+", "many texts", _beside(many), "synthwave, intro, it's a drop"),
        Imitation("TTS-WebUI", "beside", _beside(tts)),
        Imitation("TTS-WebUI", "older", _beside(older)),
        Imitation("TTS-WebUI", "comment", {"x.flac": flac([("comment", as_json(tts))])}),
        Imitation("TTS-WebUI", "any seed", _beside({**tts, "seed": "-1"}), seed=None),
        Imitation("stable-audio-tools", "name", {f"{WORDS}.cfg7.0.411.wav": encoded("wav")}),
        Imitation("stable-audio-tools", "name, negative", {f"{WORDS}.neg-noise.cfg6.411.wav": encoded("wav")}),
        Imitation("stable-audio-tools", "conditioning", _beside(call)),
        Imitation("stable-audio-tools", "flat", _beside(flat)),
        Imitation("A1111", "comment", {"x.flac": flac([("comment", lines)])}),
        Imitation("A1111", "parameters", {"x.mp3": mp3(user_text("parameters", lines))}),
        Imitation("A1111", "text file", {"x.wav": encoded("wav"), "x.txt": lines}),
        Imitation("A1111", "no negative", {"x.flac": flac([("comment", f"{WORDS}\nSteps: 50, Seed: 411")])}),
        Imitation("A1111", "one line", {"x.wav": wav(info(("ICMT", lines.replace("\n", " ").encode())))}),
    ]


def _services() -> list[Imitation]:
    stamp = f"made with suno; created=2026-07-22T03:01:13.647Z; id={UUID}"
    details = {"gpt_description_prompt": WORDS, "prompt": "[Verse]\nneon rain", "tags": "synthwave, 80s", "type": "gen"}
    clip = {"id": UUID, "title": "Neon Rain", "model_name": "chirp-v4", "audio_url": f"https://cdn1.suno.ai/{UUID}.mp3",
            "metadata": details}  # fmt: skip
    style = {**clip, "metadata": {**details, "gpt_description_prompt": None, "tags": WORDS}}
    instrumental = {**clip, "metadata": {"prompt": WORDS, "tags": "synthwave"}}
    song = {"id": UUID, "title": "Neon Rain", "lyrics": "neon rain", "prompt": WORDS, "tags": ["pop", "warm"],
            "song_path": f"https://storage.googleapis.com/udio-artifacts/{UUID}.mp3", "error_type": None}  # fmt: skip
    title = frame("TIT2", b"\3Neon Rain")
    synced = (title, comment(WORDS, name="Description"), user_text("SUNO_UUID", UUID))
    return [
        Imitation(tool, variant, files, prompt, None)
        for tool, variant, files, prompt in [
            ("Suno", "description", _beside(clip, f"{UUID}.mp3", f"{UUID}.json"), WORDS),
            ("Suno", "style", _beside(style), WORDS),
            ("Suno", "instrumental", _beside(instrumental), WORDS),
            ("Suno", "list of clips", _beside([{**clip, "id": "other", "audio_url": "b.mp3"}, clip], f"{UUID}.mp3",
                                              f"{UUID}.json"), WORDS),
            ("Suno", "its own tags", {f"{UUID}.mp3": mp3(title, comment(stamp))}, "Neon Rain"),
            ("Suno", "wav", {f"{UUID}.wav": wav(info(("INAM", b"Neon Rain"), ("ICMT", stamp.encode())))}, "Neon Rain"),
            ("SunoSync", "tags", {"Neon Rain.mp3": mp3(*synced)}, WORDS),
            ("SunoSync", "wav", {"Neon Rain.wav": wav(chunk("id3 ", id3(*synced)))}, WORDS),
            ("Udio", "song", _beside(song), WORDS),
            ("Udio", "answer", _beside({"output": {"songs": [song, {**song, "id": "b", "title": "Other"}]}},
                                       f"{UUID}.mp3", f"{UUID}.json"), WORDS),
            ("Udio", "tags alone", _beside({**song, "prompt": ""}), "pop, warm"),
        ]
    ]  # fmt: skip


def _said(prompt: str) -> str:
    return as_json({"prompt": prompt, "seed": 411}, ensure_ascii=False)


def _plain() -> list[Imitation]:
    said = {"prompt": WORDS, "seed": 411}
    text = as_json(said)
    both = [("prompt", WORDS), ("seed", "411")]
    russian, japanese, chinese = "ночной драйв", "夜のドライブ", "夜晚的城市"
    return [
        Imitation("plain", variant, files, *words)
        for variant, files, *words in [
            ("beside", _beside(said)),
            ("beside, whole name", _beside(said, "take.wav", "take.wav.json")),
            ("beside, nested", _beside({"params": {**said, "model": "small"}, "tool": "mine"})),
            ("beside, mark", {"take.wav": encoded("wav"), "take.json": b"\xef\xbb\xbf" + text.encode()}),
            ("beside, UTF-16", {"take.wav": encoded("wav"), "take.json": text.encode("utf-16")}),
            ("beside, UTF-16 without mark", {"take.wav": encoded("wav"), "take.json": text.encode("utf-16-be")}),
            ("beside, NaN", _beside({**said, "loss": float("nan"), "gain": float("-inf")})),
            ("beside, Russian", {"take.wav": encoded("wav"), "take.json": _said(russian).encode("cp1251")}, russian),
            ("beside, title too", {"take.flac": flac([("TITLE", "Neon Rain")]), "take.json": text}),
            ("beside, of capitals", {"take.wav": encoded("wav"), "Take.JSON": text}),
            ("beside, random seed", _beside({"prompt": WORDS, "seed": "random"}), WORDS, None),
            ("beside, of one text", _beside({"descriptions": [WORDS], "seed": [411]})),
            ("beside, keys with capitals", _beside({"Prompt": WORDS, "Seed": 411})),
            ("beside, no seed", _beside({"prompt": WORDS, "seed": None}), WORDS, None),
            ("tags", {"x.flac": flac(both)}),
            ("tags, mp3 2.2", {"x.mp3": mp3(*(user_text(*pair, version=2) for pair in both), version=2)}),
            ("tags, APEv2", {"x.mp3": encoded("mp3") + ape(both)}),
            ("comment", {"x.ogg": opus([("comment", text)])}),
            ("comment, labels", {"x.flac": flac([("comment", f"prompt: {WORDS}; seed: 411")])}),
            ("comment, lines", {"x.mp3": mp3(comment(f"Prompt: {WORDS}\r\nSeed: 411\r\nModel: small", coding=1))}),
            ("comment, Japanese", {"x.wav": wav(info(("ICMT", _said(japanese).encode("cp932"))))}, japanese),
            ("comment, Western", {"x.mp3": mp3(comment("prompt: größer, wärmer; seed: 411", coding=0))},
             "größer, wärmer"),
            ("comment, Chinese", {"x.wav": wav(info(("ICMT", f"prompt: {chinese}; seed: 411".encode("gb18030"))))},
             chinese),
        ]
    ]  # fmt: skip


MAKERS: tuple[Callable[[], list[Imitation]], ...] = (_comfyui, _ace_step, _web_interfaces, _services, _plain)
IMITATIONS = [imitation for make in MAKERS for imitation in make()]
