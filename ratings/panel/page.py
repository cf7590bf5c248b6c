"""A panel's page as HTML: what it asks, the sounds it asks about, and nothing that tells which takes they are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ratings.judgement import QUESTION
from ratings.panel.record import PanelRecord
from ratings.web.document import document, part, text

KIND = "panel"


def panel_page(record: PanelRecord, sounds: Sequence[str], made_by: str) -> str:
    """The whole page. `sounds` are data: URLs, in the order of the record's takes."""
    data = {
        "id": record.id,
        "key": record.key,
        "least": record.least_s,
        "orders": [[[one.a, one.b, one.first] for one in order] for order in record.orders],
    }
    players = "".join(f'<audio preload="auto" src="{sound}"></audio>' for sound in sounds)
    stars = "".join(
        f'<button type="button" data-answer="{n}" aria-label="{n} of 5"><b>{"★" * n}</b><kbd>{n}</kbd></button>'
        for n in range(1, 6)
    )
    sides = "".join(
        f'<button type="button" class="side" data-side="{side}"><b>{side.upper()}</b><span></span></button>'
        for side in "ab"
    )
    duel = "".join(
        f'<button type="button" data-answer="{key}">{words}<kbd>{key}</kbd></button>'
        for key, words in (("a", "A is better"), ("b", "B is better"), ("t", "a tie"), ("o", "neither is good"))
    )
    body = f"""<main data-panel="{text(msgspec.json.encode(data).decode())}">
<section id="start">
<h1>What do your ears say?</h1>
<p>You hear pieces of music, one or two at a time, and say how good each one is. The question is always the same:</p>
<blockquote>{text(QUESTION)}</blockquote>
<p>So it is about the composition, not about how it is recorded. You won't be told what made a piece. Some may come
again. Use headphones or good speakers; all pieces are equally loud. You can close the page and go on later.</p>
<form><label for="name">Your name, as your friend knows you</label>
<input id="name" maxlength="60" autocomplete="nickname" required>
<button id="begin" class="main">Begin</button></form>
<p id="unkept" class="warning" hidden>This browser keeps nothing for a page opened like this: finish in one go.</p>
</section>
<section id="ask" hidden>
<header><progress id="progress" max="1" value="0"></progress><p id="where"></p></header>
<h2 id="question"></h2>
<div id="sides" hidden>{sides}</div>
<div id="player"><button type="button" id="play" aria-label="Play or pause">▶</button>
<input id="seek" type="range" min="0" max="1000" value="0" aria-label="Where it plays">
<span id="clock">0:00</span></div>
<p id="wait" role="status"></p>
<div id="stars" class="answers">{stars}</div>
<div id="duel" class="answers" hidden>{duel}</div>
<footer><button type="button" id="back" class="quiet">Change the last answer</button>
<button type="button" id="finish" class="quiet">Stop here and send what I have</button></footer>
<p class="keys"><kbd>space</kbd> play or pause · <kbd>→</kbd> <kbd>←</kbd> five seconds · <kbd>tab</kbd> the other one ·
<kbd>backspace</kbd> last answer</p>
</section>
<section id="end" hidden>
<h1>Thank you!</h1>
<p id="count"></p>
<p>Nothing was sent. Give your friend this small file, or paste the text below into a message.</p>
<p><a id="download" class="main" href="#">Download your answers</a>
<button type="button" id="copy">Copy the text</button>
<span id="copied" role="status"></span></p>
<textarea id="answers" rows="8" readonly aria-label="Your answers, as text"></textarea>
<p><button type="button" id="last" class="quiet">Change the last answer</button>
<button type="button" id="more" class="quiet">Go on answering</button></p>
</section>
<div hidden>{players}</div>
</main>"""
    style, script = (part("ratings.panel", name) for name in ("panel.css", "panel.js"))
    title = "Listening panel"
    return document(title, body, style=style, script=script, made_by=made_by, kind=KIND)
