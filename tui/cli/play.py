"""`earmark play`: hear a take without the app."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tui.cli.options import library_of, library_option

POLL_S = 0.05


@click.command("play")
@click.argument("take")
@click.option("--from", "from_s", type=click.FloatRange(min=0), default=0.0, metavar="S", help="Start at S seconds.")
@library_option
def command(take: str, from_s: float, library: Path | None) -> None:
    """Play TAKE; Ctrl-C stops."""
    from library.errors import EarmarkError
    from library.sound.changed_sound import changed_since
    from library.sound.playback_gain import gain_db
    from library.store.catalog import Catalog
    from tui.cli.output import progress
    from tui.frame.formatting import clock
    from tui.playing.player.api import Track
    from tui.playing.player.client import AudioPlayer

    catalog = Catalog.load(library_of(library))
    subject = catalog.find(take)
    if not from_s < subject.duration_s:  # which "nan" is not either
        raise click.UsageError(f"--from: {subject.id[:8]} is {subject.duration_s:.2f} s long.")
    path = catalog.path_of(subject)
    if not catalog.has_sound(subject):
        raise EarmarkError(f"The sound of {subject.id[:8]} is no longer at {path}.", "Import the folder it's in now.")
    if (changed := changed_since(subject.id, subject.created_at, path)) is not None:
        raise changed
    gain = gain_db(subject)
    player = AudioPlayer()
    player.start()
    try:
        track = Track(take=subject.id, path=path, duration_s=subject.duration_s, gain_db=gain, since=subject.created_at)
        player.load(track, at_s=from_s)
        with progress("Playing") as bar:
            while not (head := player.playhead()).ended:
                if trouble := player.trouble():
                    raise EarmarkError(trouble.what, trouble.remedy)
                if head.error is not None:
                    raise EarmarkError(head.error)
                bar.show(head.position_s, max(head.duration_s, 0.01), f"{clock(head.position_s)}")
                time.sleep(POLL_S)
    except KeyboardInterrupt:
        return
    finally:
        player.close()
