"""Sound as the pictures that Riffusion's model was trained on, and magnitudes from such a picture.

The format of Forsgren and Martiros, Riffusion (2022): 44.1 kHz, a column every 441 samples, windows of 4410 samples in
transforms of 17640, 512 mel bands (HTK, 0 to 10 kHz, no norm), 255 * (1 - (band / loudest) ** 0.25) as pixels, low
bands at the bottom; a grey picture is mono, of a stereo one green is left and blue is right.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchaudio.functional import melscale_fbanks

SAMPLE_RATE = 44_100
HOP = 441
WINDOW = 4410
FFT = 17_640
BANDS = 512
HIGHEST_HZ = 10_000.0
POWER = 0.25
COLUMNS_A_SECOND = SAMPLE_RATE // HOP
IMAGE_COLUMNS = 512
"""Of the pictures that the model was trained on: 5.12 s."""
COARSER = 2
"""Sound is made with transforms of 8820: twice the window is all that magnitudes hold, and every second bin of the
larger transform is a bin of this one."""

Picture = NDArray[np.uint8]
"""Pixels [channels, BANDS, columns], the highest band first: what is kept beside a take."""


def seconds_to_columns(seconds: float) -> int:
    """Columns that it takes to make so many seconds: the last one lies at their end, or after it."""
    return int(np.ceil(round(seconds * SAMPLE_RATE) / HOP)) + 1


def picture_of(samples: NDArray[np.float32]) -> Picture:
    """The picture of a sound, float32 [frames, channels] at 44.1 kHz; the loudest band of all its channels is black."""
    sound = torch.from_numpy(np.ascontiguousarray(samples.T))
    if sound.shape[1] <= FFT // 2:  # too short to be mirrored at its ends
        sound = torch.nn.functional.pad(sound, (0, FFT // 2 + 1 - sound.shape[1]))
    bands = torch.stack([_filters()[0].T @ magnitudes(channel, FFT) for channel in sound])
    loudest = float(bands.max())
    share = (bands / loudest).clamp(0, 1) ** POWER if loudest > 0 else torch.zeros_like(bands)
    pixels = (255 * (1 - share)).to(torch.uint8).numpy()
    return np.ascontiguousarray(pixels[:, ::-1])


def bands_of(picture: Picture) -> Tensor:
    """Mel bands float32 [channels, BANDS, columns], the lowest first, of a picture; the loudest possible is 1."""
    pixels = torch.from_numpy(np.ascontiguousarray(picture[:, ::-1]).astype(np.float32))
    return (1 - pixels / 255) ** (1 / POWER)


def bins_of(bands: Tensor) -> Tensor:
    """Magnitudes [FFT / 2 / COARSER + 1, columns] with those mel bands [BANDS, columns], of all such the smallest."""
    filters, gram = _filters()
    solved = torch.linalg.solve(gram, bands.double())
    return torch.relu(filters[::COARSER].double() @ solved).float()


def magnitudes(sound: Tensor, size: int) -> Tensor:
    """What a transform of that size has of a sound [frames]: [size / 2 + 1, columns]."""
    return transform(sound, size).abs()


def transform(sound: Tensor, size: int) -> Tensor:
    """The short-time Fourier transform of a sound [frames], zero-padded to that size: [size / 2 + 1, columns]."""
    return torch.stft(sound, size, HOP, WINDOW, window(), center=True, pad_mode="reflect", return_complex=True)


@cache
def window() -> Tensor:
    return torch.hann_window(WINDOW)


@cache
def _filters() -> tuple[Tensor, Tensor]:
    """The filterbank [FFT / 2 + 1, BANDS], and its products with itself, whose inverse makes the pseudo-inverse."""
    filters = melscale_fbanks(FFT // 2 + 1, 0.0, HIGHEST_HZ, BANDS, SAMPLE_RATE, norm=None, mel_scale="htk")
    return filters, filters.double().T @ filters.double()


def as_colours(picture: Picture) -> Tensor:
    """What the model's autoencoder takes: [1, 3, BANDS, columns] from -1 to 1."""
    grey = len(picture) == 1
    red, green, blue = picture[0] if grey else np.zeros_like(picture[0]), picture[0], picture[-1]
    pixels = torch.from_numpy(np.stack([red, green, blue]).astype(np.float32))
    return (pixels / 127.5 - 1)[None]


def from_colours(colours: Tensor, *, stereo: bool) -> Picture:
    """The picture in what the autoencoder gave, [1, 3, BANDS, columns] from -1 to 1; mono is its colours' mean."""
    pixels = ((colours[0].float().cpu() + 1) * 127.5).clamp(0, 255)
    channels = pixels[1:] if stereo else pixels.mean(0, keepdim=True)
    picture: Picture = channels.round().to(torch.uint8).numpy()
    return picture
