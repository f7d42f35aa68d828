"""What is refused, in words for the person; and lines of a person's own words, cleaned before they are kept."""

from plugin.people.filters import WORDS_OF_OBJECTION, objection
from plugin.people.letters import is_seen, tidy


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A request that we do not do. `status` is HTTP's; `text` is for the person, in English, with %(name)s for each of
    `values`; the web says it in the person's language. `field` is where it went wrong."""

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        field: str | None = None,
        *,
        after_seconds: int = 0,
        **values: object,
    ) -> None:
        super().__init__(text % values if values else text)
        self.status = status
        self.code = code
        self.text = text
        self.values = values
        self.field = field
        self.after_seconds = after_seconds  # when it may be tried again; 0 where waiting does not help

    @property
    def message(self) -> str:
        return str(self)


def clean_line(value: str, field: str, longest: int, empty: str | None = None) -> str:
    """One line of a person's own words, of letters that may stay; what cannot be seen is no line.

    `empty` is what to tell somebody who left it empty; None where that is allowed. Raises Refusal (422).
    """
    line = tidy(value)
    line = line if is_seen(line) else ""
    if empty is not None and not line:
        raise Refusal(422, "empty", empty, field)
    if len(line) > longest:
        raise Refusal(422, "too_long", "Please use at most %(longest)s characters.", field, longest=longest)
    return line


def kind_line(value: str, field: str, longest: int, empty: str | None = None, *, links: bool = False) -> str:
    """The same for lines that others read: no insults, and no links unless `links`. Raises Refusal (422)."""
    line = clean_line(value, field, longest, empty)
    refuse_objection(objection(line, links=not links) if line else None, field)
    return line


def refuse_objection(code: str | None, field: str) -> None:
    if code is not None:
        raise Refusal(422, code, WORDS_OF_OBJECTION[code], field)
