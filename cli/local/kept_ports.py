"""Stores the ports of a data folder, so that addresses stay the same after a restart."""

from collections.abc import Mapping
from pathlib import Path

from cli.local.addresses import USUAL_PORTS
from cli.local.dotenv import read_dotenv, write_dotenv

FILE = "ports"
SERVED_AT: Mapping[str, str] = {"WEB_PORT": "pages", "SANDBOX_PORT": "phones", "FLOWER_PORT": "Flower"}


def kept_ports(folder: Path) -> dict[str, int]:
    """Returns the ports by name, as in USUAL_PORTS, without missing or invalid ports."""
    lines = read_dotenv(folder / FILE)
    return {name: int(lines[name]) for name in USUAL_PORTS if _is_port(lines.get(name, ""))}


def keep_ports(folder: Path, ports: Mapping[str, int]) -> None:
    write_dotenv(folder / FILE, {name: str(port) for name, port in ports.items()})


def port_change(name: str, wanted: int, used: int) -> str:
    """Returns a message about a changed port."""
    return f"{SERVED_AT[name]}: port {wanted} is taken by another program; using {used} instead, also after a restart"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65_536
