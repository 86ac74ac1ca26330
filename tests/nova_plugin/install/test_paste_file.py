# SPDX-License-Identifier: Apache-2.0
"""Three names change in a paste file, and no other byte."""

from __future__ import annotations

import configparser
import difflib
import importlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_props_override.nova_plugin.install.paste_file import (
    FACTORIES,
    NOVAS_COMPUTE,
    OPTION,
    PasteFileError,
    factory_lines,
    with_novas_factories,
    with_our_factories,
)
from tests.nova_plugin.doctor.doctor_host import (
    FACTORIES as SAMPLE_FACTORIES,
)
from tests.nova_plugin.doctor.doctor_host import novas_paste_file

NOVAS_VERSIONS, NOVAS_VERSION = list(FACTORIES)[1:]

# As a distribution has it: one more filter, and options of a filter's own.
WITH_AUDIT_AND_HEALTH_CHECK = f"""\
# Ours, not Nova's.
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/: oscomputeversions
/v2.1/+: openstack_compute_api_v21

[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
keystone = healthcheck cors authtoken audit osapi_compute_app_v21

[filter:healthcheck]
use = egg:oslo.middleware#healthcheck
backends = disable_by_file
disable_by_file_path = /etc/nova/healthcheck_disable

[filter:audit]
paste.filter_factory = keystonemiddleware.audit:filter_factory
audit_map_file = %(here)s/api_audit_map.conf

[app:osapi_compute_app_v21]
paste.app_factory = {NOVAS_COMPUTE}

[pipeline:oscomputeversions]
pipeline = cors faultwrap oscomputeversionapp

[app:oscomputeversionapp]
paste.app_factory = {NOVAS_VERSIONS}
[app:oscomputeversionapp_v2]
paste.app_factory = {NOVAS_VERSION}
"""
# openstack-helm's chart writes /v2.1 without a document of its own for it,
# no blanks, and no line end after the last line.
WITHOUT_A_VERSION_DOCUMENT = f"""\
[app:osapi_compute_app_v21]
paste.app_factory={NOVAS_COMPUTE}
[app:oscomputeversionapp]
paste.app_factory={NOVAS_VERSIONS}"""
RENAMED_SECTIONS = f"""\
[app:compute]
paste.app_factory: {NOVAS_COMPUTE}
[app:versions]
paste.app_factory: {NOVAS_VERSIONS}
"""
SHAPES = {
    "novas": novas_paste_file().read_text(),
    "audit": WITH_AUDIT_AND_HEALTH_CHECK,
    "helm": WITHOUT_A_VERSION_DOCUMENT,
    "renamed": RENAMED_SECTIONS,
}


def parsed(data: bytes) -> dict[str, dict[str, str]]:
    """Return what Paste Deploy reads in a file."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_file(io.TextIOWrapper(io.BytesIO(data), "utf-8"))
    return {name: dict(section) for name, section in parser.items()}


def with_factories_replaced(
    sections: dict[str, dict[str, str]],
) -> dict[str, dict[str, str]]:
    """Return what should be read after switching on."""
    return {
        name: {
            option: FACTORIES.get(value, value) if option == OPTION else value
            for option, value in options.items()
        }
        for name, options in sections.items()
    }


def test_factories_are_there() -> None:
    """Ours are what the plug-in has, Nova's what Nova has."""
    for novas, ours in FACTORIES.items():
        module, _, function = ours.partition(":")
        assert callable(getattr(importlib.import_module(module), function))
        module, _, path = novas.partition(":")
        name, _, factory = path.partition(".")
        theirs = getattr(importlib.import_module(module), name)
        assert callable(getattr(theirs, factory))


def test_novas_own_file() -> None:
    """All of its lines that etc/api-paste.ini.sample has change."""
    old = novas_paste_file().read_bytes()
    assert all(not line.is_ours for line in factory_lines(old))
    switched = parsed(with_our_factories(old))
    ours = {
        name: options[OPTION]
        for name, options in switched.items()
        if options.get(OPTION) in FACTORIES.values()
    }
    assert ours == SAMPLE_FACTORIES


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str, line_end: str) -> None:
    """Only the names of the factories change, whatever else is there."""
    old = SHAPES[shape].replace("\n", line_end).encode()
    new = with_our_factories(old)
    assert parsed(new) == with_factories_replaced(parsed(old))
    before, after = (
        each.decode().splitlines(keepends=True) for each in (old, new)
    )
    changed = [
        line[2:]
        for line in difflib.ndiff(before, after)
        if line.startswith("- ")
    ]
    assert len(changed) == SHAPES[shape].count("nova.api.openstack.compute")
    assert with_our_factories(new) == new
    assert with_novas_factories(new) == old
    assert with_novas_factories(old) == old


def test_half_switched_on() -> None:
    """A file with some lines is completed, and reverted as a whole."""
    text = WITH_AUDIT_AND_HEALTH_CHECK
    half = text.replace(NOVAS_COMPUTE, FACTORIES[NOVAS_COMPUTE]).encode()
    assert [line.is_ours for line in factory_lines(half)] == [
        True,
        False,
        False,
    ]
    assert with_our_factories(half) == with_our_factories(text.encode())
    assert with_novas_factories(half) == text.encode()


APP = "[app:osapi_compute_app_v21]\n"
GOOD = f"{APP}{OPTION} = {NOVAS_COMPUTE}\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", None, "no line is"),
        ("[pipeline:meta]\npipeline = cors metaapp\n", None, "no line is"),
        ("x = 1\n" + GOOD, 1, "[section]"),
        (GOOD + "\n[app\n", 4, "[section]"),
        (GOOD + "a\n", 3, "OPTION = VALUE"),
        (GOOD + APP, 3, "[app:osapi_compute_app_v21] twice"),
        (GOOD + f"{OPTION} = x\n", 3, f"{OPTION} twice"),
        (b"# \xc3\xa9\r\n[app:x]\r\n# \xe9\n" + GOOD.encode(), 3, "UTF-8"),
        ("\ufeff" + GOOD, 1, "[section]"),
        # Somebody else's API instead of Nova's.
        (f"{APP}\n{OPTION} = rivals:app\n", 3, "cannot be combined"),
        (f"{APP}use = egg:rivals\n{OPTION} = x:y\n", 2, "cannot be combined"),
        # Nova's, in a form that is not expected.
        (f"{APP}use = call:{NOVAS_COMPUTE}\n", 2, "by hand"),
        (f"{APP}{OPTION} =\n  {NOVAS_COMPUTE}\n", 3, "by hand"),
        (f"{APP}  {OPTION} = {NOVAS_COMPUTE}\n", 2, "by hand"),
        (f"{APP}{OPTION} = {NOVAS_COMPUTE} # Nova's\n", 2, "by hand"),
        (f"{APP}{OPTION} = {NOVAS_COMPUTE}\n  more\n", 2, "by hand"),
        (f"{APP}Paste.App_Factory = {NOVAS_COMPUTE}\n", 2, "by hand"),
        (f"{GOOD}[app:v]\nuse = call:{NOVAS_VERSION}\n", 4, "by hand"),
        (f"{GOOD}[a:v]\nx = {FACTORIES[NOVAS_VERSION]}\n", 4, "by hand"),
    ],
)
def test_refused(text: str | bytes, line: int | None, told: str) -> None:
    """What is not understood is refused, with the line and what to do."""
    data = text if isinstance(text, bytes) else text.encode()
    for function in (factory_lines, with_our_factories, with_novas_factories):
        with pytest.raises(PasteFileError) as caught:
            function(data)
        assert caught.value.line == line
        assert told in str(caught.value)
        assert line is None or str(caught.value).startswith(f"line {line}: ")


def test_comments_count_for_nothing() -> None:
    """Nova's factories in comments stay as they are."""
    text = f"# {OPTION} = {NOVAS_VERSION}\n ; {NOVAS_COMPUTE}\n{GOOD}"
    new = with_our_factories(text.encode()).decode()
    assert new == text[: -len(GOOD)] + GOOD.replace(
        NOVAS_COMPUTE, FACTORIES[NOVAS_COMPUTE]
    )


WORDS = st.text("abcÄ%:=#;/ .[]", max_size=12).map(str.strip)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
NOISE = st.one_of(
    st.just(""),
    BLANKS,
    st.builds("{}# {}".format, BLANKS, WORDS),
    st.builds("; {}".format, WORDS),
    st.builds("option{}{} = {}".format, st.integers(0), BLANKS, WORDS),
    st.builds("option{} = a\n  {}x".format, st.integers(0), WORDS),
)


@st.composite
def paste_files(draw: st.DrawFn) -> bytes:
    """Return a paste file with Nova's factories, filters and noise."""
    factories = [
        NOVAS_COMPUTE,
        *draw(st.sets(st.sampled_from([NOVAS_VERSIONS, NOVAS_VERSION]))),
    ]
    sections = [
        f"{OPTION}{draw(BLANKS)}{draw(st.sampled_from('=:'))}{draw(BLANKS)}"
        f"{factory}{draw(BLANKS)}"
        for factory in factories
    ]
    sections += draw(
        st.lists(st.builds("paste.filter_factory = {}".format, WORDS))
    )
    lines = draw(st.lists(st.sampled_from(["", "# comment", "; ä"])))
    for number, section in enumerate(draw(st.permutations(sections))):
        lines.append(f"[{draw(st.sampled_from(['app', 'filter']))}:{number}]")
        lines += draw(st.lists(NOISE, max_size=3))
        lines.append(section)
        lines += draw(st.lists(NOISE.filter(lambda text: text), max_size=2))
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    return text.replace("\n", line_end).encode()


@given(paste_files())
def test_apply_then_revert_is_the_identity(old: bytes) -> None:
    """Of any file; or it is refused, unchanged."""
    try:
        new = with_our_factories(old)
    except PasteFileError:
        # Only what nova-api could not load either, or would load otherwise.
        assert is_ambiguous(old)
        return
    assert with_novas_factories(new) == old
    assert with_our_factories(new) == new
    assert parsed(new) == with_factories_replaced(parsed(old))
    assert all(line.is_ours for line in factory_lines(new))


def is_ambiguous(data: bytes) -> bool:
    """Whether it cannot be loaded, or a factory is not what its line says."""
    try:
        sections = parsed(data)
    except configparser.Error:
        return True
    read = [options.get(OPTION) for options in sections.values()]
    return any(
        novas.encode() in data and novas not in read for novas in FACTORIES
    )


@given(paste_files(), st.data())
def test_any_bytes(old: bytes, data: st.DataObject) -> None:
    """A file with bytes cut out or put in never changes elsewhere."""
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    broken = old[:start] + data.draw(st.binary(max_size=5)) + old[end:]
    try:
        new = with_our_factories(broken)
    except PasteFileError:
        return
    assert parsed(new) == with_factories_replaced(parsed(broken))
    if not any(ours.encode() in broken for ours in FACTORIES.values()):
        assert with_novas_factories(new) == broken
