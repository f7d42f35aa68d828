"""What adapters that fill a manifest from a template have in common."""

from collections.abc import Mapping
from typing import Any


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """The template, as JSON has it, with what is ours in place of its placeholders."""
    if isinstance(value, dict):
        return {name: filled(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    if isinstance(value, str):
        for placeholder, word in words.items():
            value = value.replace(placeholder, word)
    return value
