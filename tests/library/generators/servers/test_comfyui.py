"""What is particular to ComfyUI: a workflow of the user's, and where things stand in it."""

from __future__ import annotations

import copy
import json
import threading
from pathlib import Path

import numpy as np
import pytest

from library.generators.servers.comfyui.workflow import WorkflowError, find_places, read_workflow
from library.generators.user_defined.spec import _settings_in
from library.take import Draft
from tests.library.generators.contexts import Context
from tests.library.generators.servers.comfyui_like import WORKFLOW
from tests.library.generators.servers.music_server import RATE

SOUND = "0123456789abcdef0123"


def changed(**nodes: object) -> dict:
    """The example with some nodes changed, or gone."""
    workflow = copy.deepcopy(WORKFLOW)
    for name, node in nodes.items():
        key = name.removeprefix("n")
        if node is None:
            workflow.pop(key)
        else:
            workflow[key] = node
    return workflow


def test_prompt_seed_length_settings_and_output_are_found() -> None:
    found = find_places(WORKFLOW, {})
    assert found.places == {
        "seed": (("3", "seed"),),
        "guidance": (("3", "cfg"),),
        "steps": (("3", "steps"),),
        "scheduler": (("3", "scheduler"),),
        "strength": (("3", "denoise"),),
        "prompt": (("6", "text"),),
        "negative": (("7", "text"),),
        "model": (("4", "ckpt_name"),),
        "duration": (("5", "seconds"),),
    }
    assert found.output == "9"
    rows = {name: (where, value) for name, where, value in found.describe()}
    assert rows["prompt"] == ("6.text (Prompt)", "heaven church")
    assert rows["output"] == ("9 (SaveAudio)", "")


def test_ace_steps_own_workflow_has_two_seeds_and_two_lengths() -> None:
    workflow = {
        "14": {"class_type": "TextEncodeAceStepAudio1.5", "inputs": {
            "tags": "funk", "lyrics": "[verse]\nla", "seed": 31, "bpm": 120, "duration": 120.0, "timesignature": "4",
            "language": "en", "keyscale": "C major", "clip": ["40", 1]}},
        "17": {"class_type": "EmptyAceStep1.5LatentAudio", "inputs": {"seconds": 120, "batch_size": 1}},
        "44": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["14", 0]}},
        "52": {"class_type": "KSampler", "inputs": {
            "seed": 31, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1,
            "model": ["40", 0], "positive": ["14", 0], "negative": ["44", 0], "latent_image": ["17", 0]}},
        "40": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "ace_step_1.5_turbo.safetensors"}},
        "18": {"class_type": "VAEDecodeAudio", "inputs": {"samples": ["52", 0], "vae": ["40", 2]}},
        "59": {"class_type": "SaveAudioMP3", "inputs": {"filename_prefix": "audio/ComfyUI", "audio": ["18", 0]}},
        "60": {"class_type": "SaveAudio", "inputs": {"filename_prefix": "audio/ComfyUI", "audio": ["18", 0]}},
    }  # fmt: skip
    found = find_places(workflow, {})
    assert found.output == "60", "what keeps the sound as it is comes before MP3"
    assert set(found.places["seed"]) == {("52", "seed"), ("14", "seed")}
    assert set(found.places["duration"]) == {("17", "seconds"), ("14", "duration")}
    assert found.places["prompt"] == (("14", "tags"),)
    assert "negative" not in found.places, "it is the prompt's own text, zeroed"
    filled = found.filled({"prompt": "jazz", "seed": 5, "duration": 30})
    assert [filled["52"]["inputs"]["seed"], filled["14"]["inputs"]["seed"]] == [5, 5]
    assert filled["14"]["inputs"]["tags"] == "jazz"
    settings = {setting.name: setting.default for setting in _settings_in(found, ())}
    assert settings["bpm"] == 120
    assert settings["lyrics"] is None, "lyrics of several lines stay as the workflow has them"


def test_values_that_come_from_nodes_of_their_own_are_followed() -> None:
    workflow = changed(
        n6={"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["10", 0]}},
        n20={"class_type": "PrimitiveStringMultiline", "inputs": {"value": "heaven"}},
        n21={"class_type": "PrimitiveInt", "inputs": {"value": 42}},
    )
    workflow["3"]["inputs"]["seed"] = ["21", 0]
    found = find_places(workflow, {})
    assert found.places["prompt"] == (("20", "value"),)
    assert found.places["seed"] == (("21", "value"),)


def test_a_node_that_passes_both_texts_on_mixes_nothing_up() -> None:
    both = {"class_type": "ConditioningStableAudio", "inputs": {
        "positive": ["6", 0], "negative": ["7", 0], "seconds_start": 0.0, "seconds_total": 47.0}}  # fmt: skip
    workflow = changed(n12=both)
    workflow["3"]["inputs"] |= {"positive": ["12", 0], "negative": ["12", 1]}
    found = find_places(workflow, {})
    assert (found.places["prompt"], found.places["negative"]) == ((("6", "text"),), (("7", "text"),))
    assert set(found.places["duration"]) == {("5", "seconds"), ("12", "seconds_total")}


def test_what_the_table_says_counts() -> None:
    told = {"prompt": ("7.text",), "seed": ("3.steps",), "output": ("8",), "wetness": ("3.denoise",)}
    found = find_places(WORKFLOW, told)
    assert (found.places["prompt"], found.places["seed"], found.output) == ((("7", "text"),), (("3", "steps"),), "8")
    assert found.places["wetness"] == (("3", "denoise"),)


@pytest.mark.parametrize(
    ("document", "told", "words"),
    [
        ({"nodes": [], "links": []}, {}, r"Export \(API\)"),
        ({}, {}, r"no nodes"),
        (changed(n9=None), {}, r'output = "9"'),
        (changed(n6=None, n7=None), {}, r'prompt = "6\.text"'),
        (WORKFLOW, {"prompt": ("99.text",)}, r"no node 99"),
        (WORKFLOW, {"prompt": ("6.txt",)}, r"Its inputs are: text\."),
        (WORKFLOW, {"output": ("99",)}, r"no node 99"),
        ({"1": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0]}}}, {}, r"prompt"),
    ],
)  # fmt: skip
def test_what_cant_be_found_is_asked_for(document: dict, told: dict, words: str) -> None:
    with pytest.raises(WorkflowError, match=words):
        find_places(document, told)


@pytest.mark.parametrize("content", [b"", b"[]", b"no JSON", b'{"1": ' * 100_000, b"\xff\xfe"])
def test_a_file_that_is_no_workflow_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "workflow.json"
    path.write_bytes(content)
    with pytest.raises(WorkflowError):
        read_workflow(path)


def test_the_workflow_is_sent_with_everything_in_its_place(comfyui) -> None:
    made = comfyui.one(comfyui.recipe(seed=11, settings={"steps": 30, "negative": "noise", "guidance": 2.5}))
    (sent,) = comfyui.server.sent_to("/prompt")
    prompt = sent["prompt"]
    assert prompt["6"]["inputs"]["text"] == "slow strings"
    assert prompt["7"]["inputs"]["text"] == "noise"
    assert (prompt["3"]["inputs"]["seed"], prompt["3"]["inputs"]["steps"], prompt["3"]["inputs"]["cfg"]) == (
        11,
        30,
        2.5,
    )
    assert prompt["5"]["inputs"]["seconds"] == 12.0
    assert prompt["4"] == WORKFLOW["4"]
    assert made.recipe.model == "stable-audio-open-1.0.safetensors"
    assert made.recipe.fingerprint["version"] == "0.3.71"
    assert made.recipe.reported == {"workflow": find_places(WORKFLOW, {}).hash()}


def test_another_workflow_has_another_hash_and_other_words_in_it_dont() -> None:
    same, other = copy.deepcopy(WORKFLOW), copy.deepcopy(WORKFLOW)
    same["6"]["inputs"]["text"] = "another prompt"
    other["3"]["inputs"]["sampler_name"] = "dpmpp_2m"
    hashes = [find_places(workflow, {}).hash() for workflow in (WORKFLOW, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("fault", ["no socket", "socket elsewhere"])
def test_without_a_web_socket_it_goes_on(comfyui, fault: str) -> None:
    comfyui.server.faults.add(fault)
    assert comfyui.one()


def test_what_comes_from_its_cache_is_told_of(comfyui) -> None:
    comfyui.server.faults.add("cached")
    context = Context()
    comfyui.one(context=context)
    assert "made before" in context.told[0]


@pytest.mark.parametrize(
    ("fault", "words"),
    [("task fails", "KSampler: Allocation on device"), ("no sound", "gave no sound"), ("invalid", "failed validation")],
)
def test_why_it_failed_is_said(comfyui, fault: str, words: str) -> None:
    comfyui.server.faults.add(fault)
    assert words in comfyui.failure()


def test_a_workflow_without_a_length_makes_what_it_makes(comfyui) -> None:
    workflow = copy.deepcopy(WORKFLOW)
    workflow["5"]["inputs"] = {"frames": 1024}
    comfyui.definition.workflow.write_text(json.dumps(workflow))
    context = Context()
    made = comfyui.one(context=context)
    assert len(made.samples) == 5 * RATE
    assert "no place for a length" in context.told[0]


def test_a_draft_is_loaded_where_the_workflow_loads_audio(comfyui) -> None:
    workflow = copy.deepcopy(WORKFLOW)
    workflow["30"] = {"class_type": "LoadAudio", "inputs": {"audio": "old.wav"}}
    workflow["5"]["inputs"]["audio"] = ["30", 0]
    comfyui.definition.workflow.write_text(json.dumps(workflow))
    context = Context(drafts={SOUND: (np.full((4 * RATE, 1), 0.25, np.float32), RATE)})
    recipe = comfyui.recipe(draft=Draft(sound=SOUND, use="melody"))
    comfyui.one(recipe, context=context)
    (name,) = comfyui.server.uploads
    assert comfyui.server.sent_to("/prompt")[0]["prompt"]["30"]["inputs"]["audio"] == name
    comfyui.definition.workflow.write_text(json.dumps(WORKFLOW))
    assert "no place for a draft" in comfyui.failure(recipe, context=context)


def test_only_our_own_job_is_interrupted(comfyui) -> None:
    """Somebody else's runs when ours, still in line, is cancelled."""
    comfyui.server.hold.clear()
    somebodys = comfyui.results(comfyui.recipe(1), jobs=1)
    running = threading.Thread(target=lambda: next(somebodys))
    running.start()
    asked = comfyui.server.sent_to
    comfyui.server.begun.wait(30)

    def stop() -> bool:
        return len(asked("/prompt")) >= 2

    assert comfyui.make(comfyui.recipe(2), context=Context(stop), jobs=1) == []
    assert comfyui.server.interrupted == []
    assert len(comfyui.server.cancelled) == 1
    comfyui.server.hold.set()
    running.join()
