"""How the library screen is laid out, by the size of the terminal."""

LIBRARY_CSS = """
LibraryScreen {
    #body { height: 1fr; }
    #filter { margin: 0 1; }
    #filter-line { height: 1; margin: 1 0 0 0; }
    #filter-line Input { width: 1fr; }
    #filter-line .sort { width: auto; color: $quiet; padding: 0 2; }
    #list-column { width: 1fr; }
    #list-side { height: 1fr; }
    TakeDetail { display: none; border-left: vkey $border; margin-left: 1; }
    Waveform { height: 3; margin: 0 1; }
    #nothing { color: $quiet; padding: 2 4; height: 1fr; }
    &.-short #filter-line { margin: 0; }
    &.-narrow.-peek TakeDetail { display: block; width: 44; max-width: 60%; margin-left: 0; }
    &.-normal TakeDetail { display: block; width: 42; }
    &.-wide TakeDetail { display: block; width: 64; }
    &.-normal.-no-details TakeDetail, &.-wide.-no-details TakeDetail { display: none; }
    &.-nothing Headings { display: none; }
    &.-empty { #filter-line, Headings, TakeDetail, Waveform, PlayerBar { display: none; } }
    &.-tall Waveform { height: 5; margin: 1 1 0 1; }
}
"""
