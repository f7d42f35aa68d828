"""What the service of each test would work out anew, and is the same each time: half of its processor time.

Routes, statements, templates: each is a pure function of what it is made from.
"""

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from plugin.state.db import CIPHER_ATTRIBUTE

STATEMENTS = 5_000  # more than there are


def remember() -> None:
    _routes()
    _statements()
    Flask.jinja_options = {"bytecode_cache": _Templates()}


def _routes() -> None:
    """Werkzeug compiles a pattern and two functions for each route of each app; they depend on the route alone."""
    compiled: dict[tuple[str, ...], dict[str, Any]] = {}
    compile_rule = Rule.compile
    made = ("_parts", "_trace", "_converters", "arguments")
    builders = ("_build", "_build_unknown")

    def remembered(rule: Rule) -> None:
        key = (
            rule.rule,
            repr(rule.defaults),
            repr(rule.subdomain),
            repr(rule.host),
            repr(rule.strict_slashes),
        )
        if key not in compiled:
            compile_rule(rule)
            compiled[key] = {name: getattr(rule, name) for name in made}
            compiled[key] |= {name: getattr(rule, name).__func__ for name in builders}
            return
        known = compiled[key]
        for name in made:
            setattr(rule, name, known[name])
        for name in builders:
            setattr(rule, name, known[name].__get__(rule, None))

    Rule.compile = remembered  # type: ignore[method-assign]


def _statements() -> None:
    """An engine keeps the SQL of each statement under its dialect: those alike share one memory."""
    kept: dict[type, LRUCache[Any, Any]] = {}

    def of_all(engine: Engine) -> LRUCache[Any, Any]:
        return kept.setdefault(type(engine.dialect), LRUCache(STATEMENTS))

    Engine._compiled_cache = property(of_all, lambda engine, own: None)  # type: ignore[assignment]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda one, other: _kind(one) == _kind(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(_kind(one))  # type: ignore[method-assign]


def _kind(dialect: Any) -> tuple[Any, ...]:
    """What a statement's SQL and its encrypted parameters depend on."""
    cipher = getattr(dialect, CIPHER_ATTRIBUTE, None)
    return type(dialect), *(each._encryption_key for each in getattr(cipher, "_fernets", ()))


class _Templates(BytecodeCache):
    """The code of templates, in memory."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get(bucket.key + bucket.checksum)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key + bucket.checksum] = bucket.bytecode_to_string()
