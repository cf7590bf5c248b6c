"""The keys of the Ranking."""

from __future__ import annotations

from textual.binding import Binding

from tui.frame.keys import key

RANKING = [
    key(
        "v,tab",
        "view(1)",
        "Next view",
        "Next view: takes, prompts, seeds, words, grid, listeners",
        "ranking.view",
        show=True,
    ),
    key("V,shift+tab", "view(-1)", "Back", "Previous view", "ranking.view_back"),
    key("c", "scale", "Sound", "Rank by composition, or by production quality", "ranking.scale", show=True),
    key("y", "whose", "Whose", "Everyone's ranking, yours, or another listener's", "ranking.whose", show=True),
]

GRID = [
    Binding("left", "walk(0,-1)", "Seed −", show=False, id="heatmap.left"),
    Binding("right", "walk(0,1)", "Seed +", show=False, id="heatmap.right"),
    Binding("up,k", "walk(-1,0)", "Prompt −", show=False, id="heatmap.up"),
    Binding("down,j", "walk(1,0)", "Prompt +", show=False, id="heatmap.down"),
]
