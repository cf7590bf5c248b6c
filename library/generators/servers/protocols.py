"""Which protocol a definition means."""

from __future__ import annotations

from library.generators.servers.ace_step.protocol import AceStepServer
from library.generators.servers.acestep_cpp.protocol import AceStepCpp
from library.generators.servers.comfyui.protocol import ComfyUI
from library.generators.servers.protocol import ServerProtocol
from library.generators.user_defined.definition import Definition


def protocol_for(definition: Definition) -> ServerProtocol:
    """How the server of `definition` is spoken to; its kind is a server's."""
    match definition.kind:
        case "ace-step-server":
            return AceStepServer(definition.audio_format)
        case "acestep-cpp":
            return AceStepCpp()
        case _:
            return ComfyUI(definition)
