"""ComfyUI's graphs of music, as its templates are made, in the format of the API and in the editor's."""

from __future__ import annotations

from typing import Any

WORDS = "dreamy night drive"
NODE = dict[str, Any]


def node(kind: str, **inputs: Any) -> NODE:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": kind}}


def ace(seed: Any = 411, tags: Any = WORDS, **more: NODE) -> dict[str, NODE]:
    """The template `audio_ace_step_1_t2a_song`."""
    return {
        "17": node("EmptyAceStepLatentAudio", seconds=120, batch_size=1),
        "40": node("CheckpointLoaderSimple", ckpt_name="ace_step_v1_3.5b.safetensors"),
        "14": node("TextEncodeAceStepAudio", tags=tags, lyrics="[inst]\nlines", lyrics_strength=0.9, clip=["40", 1]),
        "44": node("ConditioningZeroOut", conditioning=["14", 0]),
        "3": node(
            "KSampler", seed=seed, steps=50, cfg=5, sampler_name="euler", scheduler="simple", denoise=1,
            model=["40", 0], positive=["14", 0], negative=["44", 0], latent_image=["17", 0],
        ),
        "18": node("VAEDecodeAudio", samples=["3", 0], vae=["40", 2]),
        "59": node("SaveAudioMP3", filename_prefix="audio/ComfyUI", quality="V0", audio=["18", 0]),
        **more,
    }  # fmt: skip


def stable_audio() -> dict[str, NODE]:
    """Stable Audio: two texts, and a node that passes both on."""
    return {
        "3": node("KSampler", seed=411, steps=50, cfg=5, model=["4", 0], positive=["12", 0], negative=["12", 1],
                  latent_image=["11", 0]),
        "4": node("CheckpointLoaderSimple", ckpt_name="stable-audio-open-1.0.safetensors"),
        "6": node("CLIPTextEncode", text=WORDS, clip=["10", 0]),
        "7": node("CLIPTextEncode", text="noise, hum", clip=["10", 0]),
        "10": node("CLIPLoader", clip_name="t5-base.safetensors", type="stable_audio"),
        "11": node("EmptyLatentAudio", seconds=47.6, batch_size=1),
        "12": node("ConditioningStableAudio", positive=["6", 0], negative=["7", 0], seconds_start=0, seconds_total=47),
        "13": node("VAEDecodeAudio", samples=["3", 0], vae=["4", 2]),
        "19": node("SaveAudio", filename_prefix="audio/ComfyUI", audio=["13", 0]),
    }  # fmt: skip


def custom_sampler(guider: str = "CFGGuider") -> dict[str, NODE]:
    """A sampler in parts: its noise, its guider."""
    graph = ace()
    feed = {"conditioning": ["14", 0]} if guider == "BasicGuider" else {"positive": ["14", 0], "negative": ["44", 0]}
    graph["3"] = node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0], sigmas=["26", 0],
                      latent_image=["17", 0])  # fmt: skip
    graph["25"] = node("RandomNoise", noise_seed=411)
    graph["22"] = node(guider, model=["40", 0], **feed)
    graph["16"] = node("KSamplerSelect", sampler_name="euler")
    graph["26"] = node("BasicScheduler", scheduler="simple", steps=8, denoise=1, model=["40", 0])
    return graph


def two_takes() -> dict[str, NODE]:
    """Two samplers whose sounds are both saved, under other names."""
    other = {
        "114": node("TextEncodeAceStepAudio", tags="bright arcade chase", lyrics="", clip=["40", 1]),
        "103": node("KSampler", seed=7, steps=50, positive=["114", 0], negative=["44", 0], latent_image=["17", 0]),
        "118": node("VAEDecodeAudio", samples=["103", 0], vae=["40", 2]),
        "159": node("SaveAudioMP3", filename_prefix="audio/arcade", audio=["118", 0]),
    }
    return ace(**other)


def two_stages() -> dict[str, NODE]:
    """A second sampler goes on from the first, without noise of its own."""
    shared = {"positive": ["14", 0], "negative": ["44", 0], "model": ["40", 0]}
    graph = ace()
    graph["3"] = node("KSamplerAdvanced", add_noise="enable", noise_seed=411, latent_image=["17", 0], **shared)
    graph["30"] = node("KSamplerAdvanced", add_noise="disable", noise_seed=0, latent_image=["3", 0], **shared)
    graph["18"] = node("VAEDecodeAudio", samples=["30", 0], vae=["40", 2])
    return graph


def linked() -> dict[str, NODE]:
    """Text and seed from nodes of their own, through reroutes."""
    return ace(
        seed=["71", 0],
        tags=["72", 0],
        **{
            "70": node("PrimitiveInt", value=411),
            "71": node("Reroute", **{"": ["70", 0]}),
            "72": node("StringConcatenate", string_a=["73", 0], string_b="night drive", delimiter=" "),
            "73": node("PrimitiveStringMultiline", value="dreamy"),
        },
    )


def combined() -> dict[str, NODE]:
    """Two conditionings as one."""
    graph = ace(tags="dreamy")
    graph["15"] = node("TextEncodeAceStepAudio", tags="night drive", lyrics="", clip=["40", 1])
    graph["20"] = node("ConditioningCombine", conditioning_1=["14", 0], conditioning_2=["15", 0])
    graph["3"]["inputs"]["positive"] = ["20", 0]
    return graph


def switched() -> dict[str, NODE]:
    """One of two texts, by a node of its own kind."""
    texts = {str(90 + place): node("PrimitiveString", value=value) for place, value in enumerate(("slow", "fast"))}
    return ace(tags=["80", 0], **texts, **{"80": node("ImpactSwitch", select=2, input1=["90", 0], input2=["91", 0])})


def written_by_a_model() -> dict[str, NODE]:
    """A language model makes the text: what is in the graph is an order to it."""
    order = "Write tags for a song about the night"
    return ace(tags=["80", 0], **{"80": node("OllamaGenerateV2", prompt=order, model="llama3", seed=3)})


EDITOR: dict[str, Any] = {
    "last_node_id": 60,
    "nodes": [
        {"id": 17, "type": "EmptyAceStepLatentAudio", "mode": 0, "inputs": [], "widgets_values": [120, 1],
         "outputs": [{"name": "LATENT", "type": "LATENT", "links": [23]}]},
        {"id": 40, "type": "CheckpointLoaderSimple", "mode": 0, "inputs": [],
         "widgets_values": ["ace_step_v1_3.5b.safetensors"],
         "outputs": [{"name": "MODEL", "type": "MODEL", "links": [111]},
                     {"name": "CLIP", "type": "CLIP", "links": [80]}]},
        {"id": 14, "type": "TextEncodeAceStepAudio", "mode": 0, "widgets_values": [WORDS, "[inst]", 0.99],
         "inputs": [{"name": "clip", "type": "CLIP", "link": 80}],
         "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING", "links": [108]}]},
        {"id": 21, "type": "Reroute", "mode": 0, "inputs": [{"name": "", "type": "*", "link": 108}],
         "outputs": [{"name": "", "type": "CONDITIONING", "links": [109]}]},
        {"id": 3, "type": "KSampler", "mode": 0, "widgets_values": [411, "randomize", 50, 5, "euler", "simple", 1],
         "inputs": [{"name": "model", "type": "MODEL", "link": 111},
                    {"name": "positive", "type": "CONDITIONING", "link": 109},
                    {"name": "latent_image", "type": "LATENT", "link": 23}],
         "outputs": [{"name": "LATENT", "type": "LATENT", "links": [112]}]},
        {"id": 18, "type": "VAEDecodeAudio", "mode": 0, "inputs": [{"name": "samples", "type": "LATENT", "link": 112}],
         "outputs": [{"name": "AUDIO", "type": "AUDIO", "links": [126]}]},
        {"id": 59, "type": "SaveAudioMP3", "mode": 0, "widgets_values": ["audio/ComfyUI", "V0"],
         "inputs": [{"name": "audio", "type": "AUDIO", "link": 126}], "outputs": []},
        {"id": 48, "type": "MarkdownNote", "mode": 0, "inputs": [], "widgets_values": ["About the model"]},
    ],
    "links": [
        [23, 17, 0, 3, 3, "LATENT"], [80, 40, 1, 14, 0, "CLIP"], [108, 14, 0, 21, 0, "CONDITIONING"],
        [109, 21, 0, 3, 1, "CONDITIONING"], [111, 40, 0, 3, 0, "MODEL"], [112, 3, 0, 18, 0, "LATENT"],
        [126, 18, 0, 59, 0, "AUDIO"],
    ],
    "version": 0.4,
}  # fmt: skip
"""The first of them as the editor saves it, with a node on the way."""

SUBGRAPH = "9c41b6f7-1f7e-4a67-b3a1-1d2e3f4a5b6c"


def subgraph(shown: bool) -> dict[str, Any]:
    """The sampler and its text inside a subgraph; its words are linked in from outside, or shown on the outer node."""
    inner_nodes = [item for item in EDITOR["nodes"] if item["id"] in (3, 14, 17, 40)]
    inner = {
        "id": SUBGRAPH, "name": "Music", "inputNode": {"id": -10}, "outputNode": {"id": -20},
        "inputs": [] if shown else [{"name": "tags", "type": "STRING", "linkIds": [201]}],
        "outputs": [{"name": "LATENT", "type": "LATENT", "linkIds": [202]}],
        "nodes": [
            item if item["id"] != 14 or shown else
            {**item, "inputs": [*item["inputs"],
                                {"name": "tags", "type": "STRING", "widget": {"name": "tags"}, "link": 201}]}
            for item in inner_nodes
        ],
        "links": [
            *({"id": n, "origin_id": a, "origin_slot": s, "target_id": b, "target_slot": t, "type": "X"}
              for n, a, s, b, t in [(23, 17, 0, 3, 3), (80, 40, 1, 14, 0), (109, 14, 0, 3, 1), (111, 40, 0, 3, 0),
                                    (202, 3, 0, -20, 0)]),
            *([] if shown else [{"id": 201, "origin_id": -10, "origin_slot": 0, "target_id": 14, "target_slot": 1}]),
        ],
    }  # fmt: skip
    outer = {
        "id": 90, "type": SUBGRAPH, "mode": 0, "outputs": [{"name": "LATENT", "type": "LATENT", "links": [112]}],
        "inputs": [] if shown else [{"name": "tags", "type": "STRING", "link": 205}],
        "widgets_values": [WORDS] if shown else [], "properties": {"proxyWidgets": [["14", "tags"]] if shown else []},
    }  # fmt: skip
    text = {"id": 91, "type": "PrimitiveStringMultiline", "mode": 0, "inputs": [], "widgets_values": [WORDS],
            "outputs": [{"name": "STRING", "type": "STRING", "links": [205]}]}  # fmt: skip
    if shown:
        inner["nodes"] = [
            {**item, "widgets_values": ["an old text", "[inst]", 0.99]} if item["id"] == 14 else item
            for item in inner["nodes"]
        ]
    ends = [item for item in EDITOR["nodes"] if item["id"] in (18, 59)]
    links = [[112, 90, 0, 18, 0, "LATENT"], [126, 18, 0, 59, 0, "AUDIO"], [205, 91, 0, 90, 0, "STRING"]]
    return {"nodes": [outer, text, *ends], "links": links, "definitions": {"subgraphs": [inner]}, "version": 0.4}
