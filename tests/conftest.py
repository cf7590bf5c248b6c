"""What holds for all tests: none fails for the time it takes where much else runs."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("earmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("earmark")
