# SPDX-License-Identifier: Apache-2.0
"""The operator's rules file: YAML, checked, read again when it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from oslo_log import log as logging

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    unknown_patterns,
)
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.expressions import (
    ExpressionError,
    compile_expression,
)
from image_props_override.core.rules.ordered_rules import (
    Caller,
    Clause,
    Decision,
    Rule,
    RuleList,
    Wanted,
)
from image_props_override.core.rules.rule_values import Values

LOG = logging.getLogger(__name__)

_TEXTS = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "minLength": 1},
}
_RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["properties", "action"],
    "properties": {
        "properties": _TEXTS,
        "action": {"enum": ["allow", "deny"]},
        "values": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "listed": _TEXTS,
                "range": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "integer"},
                },
                "pattern": {"type": "string", "format": "expression"},
            },
        },
        "roles": _TEXTS,
        "projects": _TEXTS,
        "removal": {"type": "boolean"},
        "reason": {"type": "string", "maxLength": 200},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rules"],
    "properties": {"rules": {"type": "array", "items": _RULE}},
}


_FORMATS = jsonschema.FormatChecker(())


@_FORMATS.checks("expression", ExpressionError)
def _is_expression(text: object) -> bool:
    # Of what is no string, the schema tells.
    return not isinstance(text, str) or bool(compile_expression(text))


class RulesFileError(Exception):
    """The rules file cannot be used; the message says where and why."""


def read_rules(path: Path, catalogue: PropertyCatalogue) -> RuleList:
    """Return the rules of a file.

    Args:
        path: The file.
        catalogue: The image properties that exist.

    Raises:
        RulesFileError: The file cannot be read, is not YAML, or does not
            follow ``SCHEMA``; the message names file and line.
    """
    try:
        text = path.read_text()
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise RulesFileError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise RulesFileError(f"{path}: is not YAML: {error}") from error
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=_FORMATS)
    errors = sorted(checker.iter_errors(document), key=lambda e: str(e.path))
    if errors:
        lines = "; ".join(
            f"line {_line(root, error.absolute_path)}, "
            f"{_place(error.absolute_path)}: "
            f"{_words(error)}"
            for error in errors
        )
        raise RulesFileError(f"{path}: {lines}")
    rules = [_rule(each, catalogue) for each in document["rules"]]
    for number, rule in enumerate(rules, start=1):
        for pattern in unknown_patterns(
            rule.properties, catalogue, matches_legacy=not rule.allow
        ):
            LOG.warning(
                "Rule %d of %s: '%s' matches no image property of this Nova",
                number,
                path,
                pattern,
            )
    # Users are told which rule refuses, and not where operators keep files.
    return RuleList(tuple(rules), "the operator's rules file")


def _words(error: jsonschema.ValidationError) -> str:
    # Of a format, jsonschema itself says no more than its name.
    if error.cause:
        return f"{error.instance!r} {error.cause}"
    return str(error.message)


def _rule(document: dict[str, Any], catalogue: PropertyCatalogue) -> Rule:
    values = document.get("values")
    low, high = (values or {}).get("range", (None, None))
    pattern = (values or {}).get("pattern")
    return Rule(
        allow=document["action"] == "allow",
        properties=canonical_patterns(document["properties"], catalogue),
        values=values
        and Values(
            listed=tuple(values.get("listed", ())),
            low=low,
            high=high,
            pattern=None if pattern is None else compile_expression(pattern),
        ),
        roles=_names(document.get("roles"), lower=True),
        projects=_names(document.get("projects"), lower=False),
        removal=document.get("removal"),
        reason=document.get("reason", ""),
    )


def _names(texts: list[str] | None, *, lower: bool) -> frozenset[str] | None:
    if texts is None:
        return None
    return frozenset(text.lower() if lower else text for text in texts)


def _place(path: Iterable[str | int]) -> str:
    """Return where an error is; rules are counted from 1, as elsewhere."""
    words = [
        str(key) if isinstance(key, str) else str(key + 1) for key in path
    ]
    if words[:1] == ["rules"] and len(words) > 1:
        return ".".join([f"rule {words[1]}", *words[2:]])
    return ".".join(words) or "the file"


def _line(node: yaml.Node | None, path: Iterable[str | int]) -> int:
    """Return the line, counted from 1, of what a schema error is about."""
    for key in path:
        children = {}
        if isinstance(node, yaml.MappingNode):
            children = {k.value: child for k, child in node.value}
        elif isinstance(node, yaml.SequenceNode):
            children = dict(enumerate(node.value))
        node = children.get(key, node)
    return node.start_mark.line + 1 if node is not None else 1


class RulesFile:
    """The rules of a file, as it stands now.

    A file that turns invalid while the service runs changes nothing: the
    last valid rules stay in effect, and the log has an error for each change.
    """

    def __init__(self, path: Path, catalogue: PropertyCatalogue) -> None:
        """Read the file for the first time.

        Raises:
            RulesFileError: It cannot be used; the service must not start.
        """
        self._path = path
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._stamp = self._stamp_now()
        self._rules = read_rules(path, catalogue)

    def clauses(
        self, name: PropertyName, caller: Caller
    ) -> tuple[Clause, ...]:
        """Return those of the rules that are about the property."""
        return self._current().clauses(name, caller)

    def decide(
        self, name: PropertyName, value: Wanted, caller: Caller
    ) -> Decision | None:
        """Return what the first matching rule says, or None."""
        return self._current().decide(name, value, caller)

    def _current(self) -> RuleList:
        stamp = self._stamp_now()
        with self._lock:
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._rules = read_rules(self._path, self._catalogue)
                    LOG.info("Rules file %s read again", self._path)
                except RulesFileError as error:
                    LOG.error("The last valid rules stay in effect: %s", error)
            return self._rules

    def _stamp_now(self) -> tuple[int, int, int] | None:
        """Return what changes with the file; None while it is gone."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
