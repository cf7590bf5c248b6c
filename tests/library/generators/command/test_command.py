"""A command as a generator: what it is given, what is read back, how it is ended. The commands are real programs."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from library.generators.api import Failed, Rendered
from library.generators.command.generator import CommandGenerator
from library.generators.command.placeholders import fill, unknown_placeholders
from library.generators.command.progress import fraction_in
from library.generators.command.version import find_program, version_of
from library.generators.spec import Setting
from library.generators.user_defined.definition import Definition
from library.take import Draft, Recipe
from tests.library.generators.contexts import Context
from tests.processes import await_end

SOUND = "0123456789abcdef0123"
RATE = 8000
SOON_S = 20.0
"""What is cancelled is over by then, whatever else runs here; by itself it takes less than a second."""
BEGIN = """
import json, os, random, struct, subprocess, sys, time, wave
asked = json.load(sys.stdin)
out, seconds, seed = asked["out"], asked["duration_s"], asked["seed"]
def write(seconds=seconds, seed=seed, loud=9000, path=out):
    draw = random.Random(seed)
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        frames = range(int(seconds * 8000))
        file.writeframes(b"".join(struct.pack("<h", draw.randint(-loud, loud) if loud else 0) for _ in frames))
def tell(**facts):
    with open(out + ".json", "w") as file:
        json.dump(facts, file)
"""
FAMILY = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(f"new{seed}", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(f"new{seed}", f"pids{seed}")
time.sleep(600)
"""
"""What starts another process and doesn't end."""


@pytest.fixture
def definition(tmp_path: Path) -> Definition:
    return Definition(name="mine", kind="command", folder=tmp_path)


def recipe(seed: int = 7, duration_s: float = 1.0, prompt: str = "slow strings", **more) -> Recipe:
    return Recipe(generator="mine", prompt=prompt, seed=seed, duration_s=duration_s, **more)


def written(definition: Definition, program: str, *words: str, **changes) -> CommandGenerator:
    """The generator whose command runs `program`."""
    path = definition.folder / "make.py"
    path.write_text(BEGIN + program)
    return CommandGenerator(replace(definition, command=(sys.executable, str(path), *words), **changes))


def one(generator: CommandGenerator, *recipes: Recipe, context: Context | None = None) -> Rendered:
    (result,) = generator.generate(recipes or [recipe()], context or Context())
    assert isinstance(result, Rendered), result.error
    return result


def failure(generator: CommandGenerator, *recipes: Recipe) -> str:
    (result,) = generator.generate(recipes or [recipe()], Context())
    assert isinstance(result, Failed)
    return str(result.error)


def test_what_it_is_given_and_what_is_read_back(definition: Definition, tmp_path: Path) -> None:
    settings = (
        Setting(name="guidance", kind="number", help="", default=3.0),
        Setting(name="mood", kind="text", help=""),
    )
    program = """
assert sys.argv[1:4] == ["--prompt=slow strings", "7", "1"], sys.argv
assert sys.argv[4] == out and sys.argv[5] == "" and sys.argv[7] == "large{}" and sys.argv[8] == "3", sys.argv
assert json.loads(sys.argv[6]) == asked
assert asked == {"prompt": "slow strings", "seed": 7, "duration_s": 1.0, "settings": {"guidance": 3.0}, "draft": None,
                 "draft_use": None, "out": out, "model": "large"}, asked
assert os.getcwd() == os.path.dirname(os.path.abspath(__file__))
write()
tell(seed=7, model="large-v2", steps=30, nested={"a": [1, 2]}, escape="\\x1b[31mred", nothing=None)
"""
    words = ("--prompt={prompt}", "{seed}", "{duration}", "{out}", "{draft}", "{json}", "{model}{{}}", "{guidance}")
    made = one(written(definition, program, *words, settings=settings), recipe(model="large"))
    assert (len(made.samples), made.sample_rate) == (RATE, RATE)
    assert made.recipe.model == "large-v2"
    facts = {"steps": "30", "nested": '{"a":[1,2]}', "escape": "[31mred", "asked model": "large"}
    assert made.recipe.reported == facts
    assert (made.recipe.asked_seed, made.recipe.exact) == (None, False)
    assert not [path for path in tmp_path.iterdir() if path.name != "make.py"], "it cleans up"


def test_settings_of_the_recipe_reach_it_and_senseless_ones_dont(definition: Definition) -> None:
    settings = (Setting(name="guidance", kind="number", help="", default=3.0, low=0, high=10),)
    program = "write(loud=int(asked['settings']['guidance'] * 1000))"
    generator = written(definition, program, settings=settings)
    loud = one(generator, recipe(settings={"guidance": 5.0}))
    assert 4000 < np.abs(loud.samples).max() * 32768 <= 5000
    assert "can't be 50" in failure(generator, recipe(settings={"guidance": 50.0}))


def test_another_seed_than_asked_is_the_takes_and_the_asked_one_stays(definition: Definition) -> None:
    context = Context()
    made = one(written(definition, "write(); tell(seed=99)"), context=context)
    assert (made.recipe.seed, made.recipe.asked_seed) == (99, 7)
    assert "other seeds" in context.told[0]


def test_made_again_it_is_asked_for_the_same_model_whatever_it_called_that(definition: Definition) -> None:
    program = "tell(model='large-v2' if asked['model'] == 'large' else 'usual-v2', asked=asked['model']); write()"
    generator = written(definition, program)
    for model, named in (("large", "large-v2"), (None, "usual-v2")):
        made = one(generator, recipe(model=model))
        again = one(generator, made.recipe)
        assert made.recipe.model == again.recipe.model == named
        assert made.recipe.reported == again.recipe.reported


@pytest.mark.parametrize("said", ['{"seed": -1}', '{"seed": "many"}', '{"seed": 1e99}', "[]", "{", '{"a":' * 10_000])
def test_a_report_that_makes_no_sense_costs_nothing_but_a_remark(definition: Definition, said: str) -> None:
    context = Context()
    made = one(written(definition, f"write(); open(out + '.json', 'w').write({said!r})"), context=context)
    assert made.recipe.seed == 7
    assert context.told


def test_progress_is_read_from_what_it_writes(definition: Definition) -> None:
    context = Context()
    program = """
for step in range(1, 5):
    sys.stderr.write(f"\\rsampling {step * 25}%"); sys.stderr.flush(); time.sleep(0.15)
write()
"""
    one(written(definition, program), context=context)
    assert len({report.done for report in context.reports}) >= 4
    assert any(report.note.startswith("sampling") for report in context.reports)
    assert any(0 in report.seconds for report in context.reports)


@pytest.mark.parametrize(
    ("line", "fraction"),
    [("45%", 0.45), ("  3/8 [00:01<00:02]", 3 / 8), ("step 2 of 4", 0.5), ("12.5 % done", 0.125), ("37%| 3/8", 0.37),
     ("2026/11/30", None), ("loading", None), ("150%", None), ("9/8", None), ("1/0", None), ("v1.2.3", None)],
)  # fmt: skip
def test_percentages_and_fractions(line: str, fraction: float | None) -> None:
    assert fraction_in(line) == fraction


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("sys.exit('CUDA out of memory')", "failed (exit code 1). It says: CUDA out of memory"),
        ("os.kill(os.getpid(), 9)", "signal 9"),
        ("pass", "left no sound"),
        ("open(out, 'w')", "an empty file"),
        ("open(out, 'w').write('<!doctype html><title>Sign in</title>')", "web page instead of sound: “Sign in”"),
        ("open(out, 'w').write('{\"error\": \"no credits\"}')", "message instead of sound"),
        ("open(out, 'w').write('la la la')", "can't be read"),
        ("write(); os.truncate(out, 8000)", "part of the sound"),
        ("write(seconds=200)", "200 s"),
        ("write(seconds=0)", "can't be read"),
        ("os.mkfifo(out)", "left no sound"),
        ("os.mkdir(out)", "left no sound"),
        ("open(out, 'w').close(); os.truncate(out, 10 << 30); time.sleep(600)", "can't be a take"),
        ("open(out, 'w').close(); os.truncate(out, 10 << 30)", "can't be a take"),
        ("os.symlink('/dev/zero', out)", "left no sound"),
    ],
)
def test_what_is_no_take_fails_with_a_reason(definition: Definition, program: str, words: str) -> None:
    assert words in failure(written(definition, program))


def test_silence_and_a_wrong_length_are_takes_that_will_be_flagged(definition: Definition) -> None:
    made = one(written(definition, "write(seconds=2 * seconds, loud=0)"))
    assert len(made.samples) == 2 * RATE
    assert not made.samples.any()


def test_one_that_takes_too_long_is_ended(definition: Definition) -> None:
    words = failure(written(definition, "time.sleep(600)", timeout_s=0.5))
    assert "longer than 0.5 s" in words
    assert "set timeout in [generators.mine]" in words


def test_cancelling_ends_it_and_all_it_started_soon(definition: Definition, tmp_path: Path) -> None:
    begun: list[float] = []

    def stop() -> bool:
        if (tmp_path / "pids1").exists() and (tmp_path / "pids2").exists():
            begun.append(time.monotonic())
        return bool(begun)

    generator = written(definition, FAMILY, jobs=2)
    assert list(generator.generate([recipe(1), recipe(2), recipe(3)], Context(stop))) == []
    assert time.monotonic() - begun[0] < SOON_S
    for path in (tmp_path / "pids1", tmp_path / "pids2"):
        for process in path.read_text().split():
            await_end(int(process))
    assert not (tmp_path / "pids3").exists()


def test_a_run_that_is_given_up_leaves_nothing_behind(definition: Definition, tmp_path: Path) -> None:
    """The library can't be written any more, say: nobody takes what is still to come."""
    waiting = "while not os.path.exists('pids2'): time.sleep(0.01)"
    indented = FAMILY.replace("\n", "\n    ")
    generator = written(definition, f"if seed == 1:\n    {waiting}\n    write()\nelse:{indented}", jobs=2)
    results = generator.generate([recipe(1), recipe(2)], Context())
    assert isinstance(next(results), Rendered)
    results.close()
    for process in (tmp_path / "pids2").read_text().split():
        await_end(int(process))


def test_a_take_that_nobody_wants_is_stopped_and_the_others_go_on(definition: Definition) -> None:
    context = Context()
    context.dropped.add(0)
    generator = written(definition, "if seed == 1: time.sleep(600)\nwrite()")
    dropped, kept = sorted(generator.generate([recipe(1), recipe(2)], context), key=lambda result: result.index)
    assert isinstance(dropped, Failed)
    assert isinstance(kept, Rendered)


@pytest.mark.parametrize(("use", "seconds"), [("melody", 4.0), ("continuation", 1.5)])
def test_a_draft_is_a_file_up_to_where_the_take_goes_on(definition: Definition, use: str, seconds: float) -> None:
    program = """
assert asked["draft"] == sys.argv[1]
with wave.open(asked["draft"]) as file:
    tell(frames=file.getnframes(), channels=file.getnchannels(), use=asked["draft_use"])
write()
"""
    context = Context(drafts={SOUND: (np.full((4 * RATE, 2), 0.25, np.float32), RATE)})
    draft = Draft(sound=SOUND, use=use, until_s=1.5 if use == "continuation" else None)
    made = one(written(definition, program, "{draft}"), recipe(draft=draft), context=context)
    assert made.recipe.reported == {"frames": str(round(seconds * RATE)), "channels": "2", "use": use}


def test_its_version_and_its_words_are_in_the_fingerprint(definition: Definition) -> None:
    version = (sys.executable, "-c", "print('make-music 2.1')")
    first = one(written(definition, "write()", version=version)).recipe.fingerprint
    other = one(written(definition, "write()", "--fast", version=version)).recipe.fingerprint
    assert first["version"] == other["version"] == "make-music 2.1"
    assert first["command"] != other["command"]


def test_what_a_version_command_may_do_wrong(definition: Definition) -> None:
    fails = replace(definition, version=(sys.executable, "-c", "import sys; sys.exit('no such option')"))
    assert "no such option" in (version_of(fails).fault or "")
    gone = replace(definition, version=("no-such-program-there",))
    assert "doesn't run" in (version_of(gone).fault or "")
    on_stderr = replace(definition, version=(sys.executable, "-c", "import sys; sys.stderr.write('v3\\n')"))
    assert version_of(on_stderr).text == "v3"


def test_a_program_is_found_or_not(definition: Definition, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    assert find_program(replace(definition, command=(sys.executable,))) is None
    assert "isn’t there" in (find_program(replace(definition, command=("no-such-program-there",))) or "")
    assert "can be run" in (find_program(replace(definition, command=("./notes.txt",))) or "")


def test_one_that_isnt_there_fails_with_a_way_to_mend_it(definition: Definition) -> None:
    generator = CommandGenerator(replace(definition, command=("no-such-program-there",)))
    assert "generators --check" in failure(generator)


def test_a_prompt_can_be_no_option_and_no_shell_reads_it(definition: Definition, tmp_path: Path) -> None:
    hostile = '--output=/tmp/x; touch "$(pwd)/harmed" `touch harmed` {seed} | cat'
    program = "assert sys.argv[1] == ' ' + asked['prompt'], sys.argv\nwrite()"
    assert one(written(definition, program, "{prompt}"), recipe(prompt=hostile))
    assert not (tmp_path / "harmed").exists()


def test_a_prompt_with_a_character_of_no_bits_fails(definition: Definition) -> None:
    assert "no bits" in failure(written(definition, "write()", "{prompt}"), recipe(prompt="a\0b"))


@pytest.mark.parametrize(
    ("word", "filled"),
    [("{prompt}", " -x"), ("--p={prompt}", "--p=-x"), ("{{{seed}}}", "{7}"), ("{seed}{seed}", "77"), ("a{{b", "a{b")],
)
def test_placeholders(word: str, filled: str) -> None:
    assert fill([word], {"prompt": "-x", "seed": "7"}) == [filled]


@pytest.mark.parametrize(
    ("word", "unknown"), [("{sed}", ["sed"]), ("{", ["{"]), ("{{}}", []), ("{mood}", []), ("}", ["}"])]
)
def test_what_stands_for_nothing_is_found(word: str, unknown: list[str]) -> None:
    assert unknown_placeholders(word, ("mood",)) == unknown


def test_many_are_made_several_at_once(definition: Definition) -> None:
    """Each waits for another one: alone none would end."""
    program = """
open(f"begun{seed}", "w")
while not os.path.exists(f"begun{seed ^ 1}"):
    time.sleep(0.01)
write()
"""
    generator = written(definition, program, jobs=2, timeout_s=30)
    results = list(generator.generate([recipe(seed) for seed in range(4)], Context()))
    assert sorted(result.index for result in results) == list(range(4))
    assert all(isinstance(result, Rendered) for result in results)
