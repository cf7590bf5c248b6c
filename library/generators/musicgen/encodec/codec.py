"""EnCodec: sound to tokens and back, one take at a time on one thread, so that the bits are the take's own."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from audiocraft.data.audio_utils import convert_audio
from torch import Tensor
from torch.nn import Conv1d, Module
from transformers.models.encodec.modeling_encodec import EncodecDecoder, EncodecEncoder

from library.generators.machine.memory import sound_bytes
from library.generators.machine.torch_threads import torch_threads
from library.generators.musicgen.encodec.pieces import PIECE, PiecewiseDecoder, PiecewiseEncoder
from library.generators.musicgen.lm.delay_pattern import Codes
from library.sound.samples import Samples

MAX_WORKERS = 4
"""Takes whose sound is made at a time: each takes half a gigabyte."""


class Codec:
    """A model's EnCodec. `close` it when it is no longer needed."""

    def __init__(self, model: Module, device: str = "cpu") -> None:
        """`model` is audiocraft's CompressionModel; on MPS it stays on the CPU."""
        self._device = device if device == "cuda" else "cpu"
        self._model = model.to(self._device)
        with torch_threads(1):
            _fuse_weight_norm(model)
        self._width = _in_pieces(model)
        self.sample_rate: int = int(model.sample_rate)
        self.channels: int = int(model.channels)
        self.frame_rate: float = float(model.frame_rate)
        count = torch.get_num_threads()
        workers = min(count, MAX_WORKERS)
        ready = threading.Barrier(workers + 1)

        def start_single_threaded() -> None:
            torch.get_num_threads()  # Else a thread's first computation would set it to what others have.
            torch.set_num_threads(1)
            ready.wait()

        self.workers = workers
        self._allowed = threading.Semaphore(workers)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="encodec")
        for _ in range(workers):
            self._pool.submit(start_single_threaded)
        ready.wait()
        torch.set_num_threads(count)  # The workers' setting has reached MKL in this thread too.

    def close(self) -> None:
        """Let go of the threads; what they are at is finished first."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def allow(self, decoders: int) -> None:
        """From here on make the sound of so many takes at a time, previews included."""
        self._allowed = threading.Semaphore(min(decoders, self.workers))

    def sound_bytes(self, frames: int) -> int:
        """What the sound of that many frames takes in memory while it is made."""
        hop = round(self.sample_rate / self.frame_rate)
        return sound_bytes(frames, PIECE, hop, self._width, self.channels)

    def convert(self, samples: Samples, rate: int) -> Tensor:
        """`samples` [frames, channels] as the model takes them: [channels, frames] at its rate."""
        with torch.inference_mode(), torch_threads(1):
            wave = torch.from_numpy(np.ascontiguousarray(samples.T, dtype=np.float32))
            return convert_audio(wave[None], rate, self.sample_rate, self.channels)[0]

    def encode(self, samples: Samples, rate: int) -> Codes:
        """The tokens of `samples` [frames, channels] at `rate`: [codebooks, frames of EnCodec]."""
        wave = self.convert(samples, rate)
        with torch.inference_mode(), torch_threads(1):
            codes, _ = self._model.encode(wave[None].to(self._device))
            return np.asarray(codes[0].cpu().numpy(), np.int64)

    def decode(self, codes: Codes) -> Samples:
        """The sound of `codes` [codebooks, frames]: [samples, channels]. On one thread, wherever it is called."""
        with torch_threads(1):
            return self._decode_on_worker(codes)

    def decode_in_pool(self, codes: Codes) -> Future[Samples]:
        """`decode`, beside other takes and whatever else goes on."""
        return self._pool.submit(self._decode_on_worker, codes)

    def _decode_on_worker(self, codes: Codes) -> Samples:
        """On a thread of the pool, which has one thread set for good: setting it again would reach MKL elsewhere."""
        with self._allowed, torch.inference_mode():
            sound = self._model.decode(torch.from_numpy(codes)[None].to(self._device), None)
            return np.ascontiguousarray(sound[0].float().cpu().numpy().T)


def _fuse_weight_norm(model: Module) -> None:
    """Compute the normalised weights once; as audiocraft leaves them they are computed in every call."""
    for module in model.modules():
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)
        elif torch.nn.utils.parametrize.is_parametrized(module, "weight"):
            torch.nn.utils.parametrize.remove_parametrizations(module, "weight")


def _in_pieces(model: Module) -> int:
    """Let audiocraft's or the hub's EnCodec in `model` compute in pieces; how many channels its widest layer has."""
    inner = model
    while not hasattr(inner, "decoder"):  # wrapped for stereo, or the hub's
        inner = inner.model
    hop = round(model.sample_rate / model.frame_rate)
    decoder, encoder = (
        half.layers if isinstance(half, EncodecDecoder | EncodecEncoder) else half.model
        for half in (inner.decoder, inner.encoder)
    )
    inner.decoder.forward, inner.encoder.forward = PiecewiseDecoder(decoder, hop), PiecewiseEncoder(encoder, hop)
    *_, last = (layer for layer in inner.decoder.modules() if isinstance(layer, Conv1d))
    return int(last.in_channels)
