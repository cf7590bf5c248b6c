"""Text of which nobody says how it is encoded."""

from __future__ import annotations

import pytest

from library.importing.sources.decode_text import decode_text

TEXTS = {
    "cp1251": ["ночной драйв", "рок", "Тихий рояль и дождь, lo-fi beat", '{"prompt": "тёплые пэды", "seed": 411}'],
    "cp1252": ["Blüte im Wind", "été", "señor", "naïve “pop” – L’été", "größer, wärmer", "Ópera rock"],
    "cp932": ["夜のドライブ", "静かなピアノ、雨", "ジャズ", "夢見る夜 drive"],
    "gb18030": ["梦幻夜晚驾车", "雨夜 piano", "爵士", "古筝与电子乐，节奏缓慢"],
    "cp949": ["꿈결 같은 밤 드라이브", "느린 피아노와 비"],
    "big5": ["夢幻夜晚駕車", "安靜的鋼琴曲"],
}


@pytest.mark.parametrize(("page", "text"), [(page, text) for page, texts in TEXTS.items() for text in texts])
def test_a_local_code_page_is_found_by_its_letters(page: str, text: str) -> None:
    assert decode_text(text.encode(page)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ['{"prompt": "ночной драйв"}', '{"prompt": "夜のドライブ", "seed": 4}', "plain words"])
def test_unicode_is_read_in_all_its_forms(encoding: str, text: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xfe", b"\xff", b"\0\0\0", bytes(range(256)), b"\xef\xbb\xbf"])
def test_anything_is_some_text(data: bytes) -> None:
    assert isinstance(decode_text(data), str)
