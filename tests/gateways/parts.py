"""Takes the files of a test's certificates apart."""

from pathlib import Path


def parts(file: Path) -> tuple[str, str]:
    """Certificate and key of a file that holds both."""
    certificate, mark, key = file.read_text().partition("-----BEGIN PRIVATE KEY-----")
    return certificate, mark + key
