"""llama.cpp's own server with a model that was written on the spot, as a process: `python llama_server.py FOLDER`.

The model draws each letter at random, controls and private letters among them, so that what a JSON schema lets through
is the worst that it can.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import numpy as np

WIDTH, LAYERS = 32, 1
LETTERS = [chr(code) for code in range(33, 127)] + list(
    "▁éß音🎹\u0301\u0336\u202e\u200b\u2066\ufeff\ue000\u0085\u2028\U000e0041"
)
"""Tokens besides the bytes; ▁ is a blank."""
LIKELY = {'"': 2.5, "{": 3.0, "]": -1.0, "▁": 2.0, "e": 2.0, "o": 1.0, "\\": 1.0, "u": 1.0, "\u0301": 1.0}


def write_model(path: Path) -> None:
    """A llama whose layers add nothing: the logits are the same after every token."""
    import gguf

    kinds = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // 2)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(
        [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, *[kinds.NORMAL] * len(LETTERS)]
    )
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_vocab_size(len(tokens))
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}\n{% endfor %}")
    embedded = np.zeros((len(tokens), WIDTH), np.float32)
    embedded[:, 0] = 1.0
    logits = [-60.0] * (len(tokens) - len(LETTERS)) + [LIKELY.get(letter, 0.0) for letter in LETTERS]
    logits[2] = 0.0
    output = np.zeros((len(tokens), WIDTH), np.float32)
    output[:, 0] = np.array(logits) / WIDTH**0.5  # a normed embedding has that length
    square, ones = np.zeros((WIDTH, WIDTH), np.float32), np.ones(WIDTH, np.float32)
    writer.add_tensor("token_embd.weight", embedded)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", ones)
    for layer in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", square)
        for part in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", ones)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def serve(folder: Path) -> None:
    """Print the address, and serve until standard input ends."""
    import xllamacpp

    write_model(folder / "tiny.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(folder / "tiny.gguf")
    params.n_ctx, params.n_parallel, params.port = 4096, 1, 0
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(Path(sys.argv[1]))
