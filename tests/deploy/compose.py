"""What docker-compose.yml says, read as Compose reads it where there is no .env file."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
#: The services that run our own image.
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "vestnik"}


def environment_of(service: str) -> dict[str, str]:
    """The environment of one of our services, every variable at its default."""
    given = OURS[service].get("environment", {})
    return {name: re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", str(value)) for name, value in given.items()}


def health_check_of(service: str) -> list[str]:
    """The command of a service's health check, as a container runs it."""
    kind, *command = COMPOSE["services"][service]["healthcheck"]["test"]
    command = [word.replace("$$", "$") for word in command]
    return ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command
