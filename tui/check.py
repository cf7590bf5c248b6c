"""What `doctor` says of one thing that it has looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str
    remedy: str = ""
    vital: bool = False
    """Whether, where it is not ok, something of the library is damaged or the library can't be used."""
    extra: bool = False
    """Whether Earmark is whole without it."""

    def as_json(self) -> dict[str, str | bool]:
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "remedy": self.remedy}
