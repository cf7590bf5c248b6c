"""The keys of Generate."""

from __future__ import annotations

from tui.frame.keys import key

GENERATE = [
    key("ctrl+g", "generate", "Generate", "Generate every prompt with every seed", "generate.go", show=True),
    key("c", "cancel_job", "Cancel", "Stop the running job; finished takes are kept", "generate.cancel",
        show=True),
    key("P", "pause_job", "Pause", "Pause the running job, or go on with it", "generate.pause", show=True),
    key("ctrl+e", "extend_keepers", "Extend", "Extend the picked takes, or all not rejected, to the form's length",
        "generate.extend", show=True),
    key("ctrl+t", "define_generator", "Your own", "Make a command or a server of yours a generator", "generate.define"),
    key("ctrl+r", "record_draft", "Record", "Record a draft from the microphone", "generate.record"),
    key("ctrl+n", "find_prompts", "Prompts", "Find prompts: ideas, earlier ones, favourites, a file",
        "generate.prompts", show=True),
    key("ctrl+l", "probe", "Probe", "Probe the generator: does its seed mean something?", "generate.probe"),
]  # fmt: skip

JOBS = [
    key("up,k", "choose(-1)", "Previous", "The job before", "jobs.previous"),
    key("down,j", "choose(1)", "Next", "The next job", "jobs.next"),
    key("space,enter", "pause", "Pause", "Pause the job, or go on with it", "jobs.pause", show=True),
    key("shift+up,K", "move(-1)", "Sooner", "Make it sooner", "jobs.sooner", show=True),
    key("shift+down,J", "move(1)", "Later", "Make it later", "jobs.later", show=True),
    key("delete,backspace", "drop", "Drop", "Drop the job; finished takes are kept", "jobs.drop", show=True),
]  # fmt: skip

DRAFT = [
    key("space", "play_draft", "Play draft", "Play or pause the draft", "draft.play", show=True),
    key("enter", "play_draft_from_start", "From start", "Play the draft from the start", "draft.start"),
    key("delete,backspace", "remove_draft", "Remove", "Remove the draft", "draft.remove", show=True),
]

PROMPTS = [
    key("up,k", "move(-1)", "Up", "The prompt above", "prompts.up"),
    key("down,j", "move(1)", "Down", "The prompt below", "prompts.down"),
    key("space", "choose", "Choose", "Choose the prompt, or not", "prompts.toggle"),
    key("enter", "take", "Use", "Write what is chosen into the form", "prompts.take"),
    key("f", "favourite", "Favourite", "Make it a favourite, or none", "prompts.favourite"),
    key("o", "others", "Others", "Other ideas", "prompts.others"),
    key("escape", "dismiss", "Cancel", "Take none", "prompts.cancel"),
]
