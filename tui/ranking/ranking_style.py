"""How the Ranking is laid out."""

from __future__ import annotations

RANKING_CSS = """
RankingScreen {
    #tabs { height: 1; margin: 1 1; }
    #tabs Static {
        width: auto; margin-right: 3; color: $quiet;
        link-color: $quiet; link-style: none; link-style-hover: underline;
        link-color-hover: $foreground; link-background-hover: $background;
    }
    #tabs Static.-front { link-color: $primary; link-style: bold; }
    #tabs #scale { color: $accent; margin-right: 0; }
    #tabs #legend { width: 1fr; text-align: right; margin-right: 0; }
    &.-narrow #tabs #legend { display: none; }
    #views { height: 1fr; margin: 0 1; }
    #views > * { display: none; }
    #views > .-front { display: block; width: 1fr; }
    &.-wide #views > .-beside { display: block; width: 1fr; }
    #reliability { padding: 0 1; }
    #reliability Static { max-width: 110; }
    &.-wide Heatmap { margin-left: 3; }
    #words { height: 3; margin: 1 1 0 1; color: $quiet; }
    &.-short #tabs { margin: 0 1; }
    &.-short #words { height: 1; margin: 0 1; }
}
"""
