"""Ideas from a server: what it is asked and told, and what is let through of all that one could answer."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

import pytest

from library.generators.servers import client
from library.generators.servers.client import Patience
from ratings.ideas.idea import IdeasError
from ratings.ideas.server import KEY_VARIABLE, ask_server, clean_prompt, server_address
from tests.ratings.ideas.chat_server import ChatServer

QUICK = Patience(connect_s=2.0, answer_s=1.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)
    chat = ChatServer()
    with chat.running():
        yield chat


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://box:1234/v1/", "http://box:1234"),
        ("https://host/api/v1/chat/completions", "https://host/api"),
        ("localhost:8080", "http://localhost:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("8080", "http://127.0.0.1:8080"),
    ],
)
def test_addresses_are_read_with_v1_or_without(typed: str, address: str) -> None:
    assert server_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "ftp://box", "http://", "http://me:secret@box", "http://box:99999", "http://box/?a=b", "a b", "x\x1b"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(IdeasError) as caught:
        server_address(typed)
    assert caught.value.remedy
    assert "secret" not in str(caught.value)


def test_it_is_asked_by_the_schema_and_told_only_what_is_given(server, monkeypatch) -> None:
    server.say("slow tango", "Slow  Tango", "known one", "fast polka", "jig")
    found = ask_server(f"{server.url}/v1/", None, "accordion", 2, {"known one"}, patience=QUICK)
    assert [(one.prompt, one.source, one.because) for one in found] == [
        ("slow tango", "server", "it swings"),
        ("fast polka", "server", "it swings"),
    ]
    (sent,) = server.sent_to("/v1/chat/completions")
    assert sent["model"] == "tiny"
    assert sent["response_format"]["type"] == "json_schema"
    asked = json.dumps(sent["messages"])
    assert "accordion" in asked
    assert "liked" not in asked
    assert server.keys == [None]
    monkeypatch.setenv(KEY_VARIABLE, "top-secret")
    ask_server(server.url, "huge", "", 9, (), liked=["slow harp"], disliked=["fast drums"], patience=QUICK)
    sent = server.sent_to("/v1/chat/completions")[-1]
    assert sent["model"] == "huge"
    assert all(words in json.dumps(sent["messages"]) for words in ("slow harp", "fast drums"))
    assert server.keys[-1] == "Bearer top-secret"
    server.faults = {"fail"}
    with pytest.raises(IdeasError) as caught:
        ask_server(server.url, "huge", "", 9, (), patience=QUICK)
    assert "top-secret" not in f"{caught.value}{caught.value.__cause__}"


@pytest.mark.parametrize("fault", ["fail", "garbage", "web page", "redirect", "hang", "long answer", "deep", "list"])
def test_a_server_that_misbehaves_is_an_error_with_a_remedy(server, fault: str) -> None:
    server.say("slow tango")
    server.faults = {fault}
    with pytest.raises(IdeasError) as caught:
        ask_server(server.url, "tiny", "", 3, (), patience=QUICK)
    assert caught.value.remedy
    assert "generators.toml" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [None, 7, "", "no ideas today", "[1, 2]", '{"ideas": 3}', '{"ideas": [', "}{", "\ud800"]
)
def test_an_answer_that_is_no_list_is_an_error(server, content: object) -> None:
    server.content = content
    with pytest.raises(IdeasError) as caught:
        ask_server(server.url, "tiny", "", 3, (), patience=QUICK)
    assert caught.value.remedy


def test_one_that_knows_no_bounds_in_a_schema_is_asked_without(server) -> None:
    server.say("slow tango")
    server.faults = {"no bounds"}
    assert [one.prompt for one in ask_server(server.url, "tiny", "", 3, (), patience=QUICK)] == ["slow tango"]
    assert len(server.sent_to("/v1/chat/completions")) == 2


def test_one_that_is_stopped_gives_nothing(server) -> None:
    server.faults = {"hang"}
    assert ask_server(server.url, "tiny", "", 3, (), stopped=lambda: True) == []


def test_what_a_model_writes_is_cleaned(server) -> None:
    zalgo = "dark" + "\u0301\u0302\u0303" * 40 + " waltz"
    server.say(
        "\x1b[31mslow\x07 tango\r\n", "jig\u202egnola\u2066", "\ue000polka\ue001", zalgo, "# march for brass",
        "1. calm harp", '"quiet organ"', "x" * 5000, "…", "", 3, None, ["a"], {"b": 1}, "https://evil.example/x",
        '{"prompt": "nested"}', "\u0301\u0301leading marks", "{slow|fast} reel", "\U0001f3b9 piano",
    )  # fmt: skip
    server.content = f"Sure! ```json\n{server.content}\n```"
    found = [one.prompt for one in ask_server(server.url, "tiny", "", 50, (), patience=QUICK)]
    assert [prompt for prompt in found if prompt.isascii()] == [
        "[31mslow tango", "jiggnola", "polka", "march for brass", "calm harp", "quiet organ", "leading marks",
        "{slow|fast} reel",
    ]  # fmt: skip
    assert any("piano" in prompt for prompt in found)
    for prompt in found:
        assert prompt.isprintable()
        assert len(prompt) <= 400
        assert sum(unicodedata.combining(letter) > 0 for letter in prompt) <= 2
    assert clean_prompt("é" * 3) == "é" * 3
