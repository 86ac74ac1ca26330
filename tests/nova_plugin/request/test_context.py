# SPDX-License-Identifier: Apache-2.0
"""What a context carries for our code, and for how long."""

from __future__ import annotations

import pytest
from nova import context

from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)


@pytest.mark.parametrize("what", Carried)
def test_within_the_block(what: Carried) -> None:
    """It is carried in the block, and by copies made there; not over RPC."""
    ours = context.get_admin_context()
    assert not hasattr(ours, what.value), "Nova has that name itself"
    with carrying(ours, what, 1):
        assert carried_by(ours, what) == 1
        assert carried_by(ours.elevated(), what) == 1
        sent = context.RequestContext.from_dict(ours.to_dict())
        assert carried_by(sent, what, "nothing") == "nothing"
    assert not hasattr(ours, what.value)


def test_what_was_there_is_restored() -> None:
    """A block in a block takes nothing from the outer one, nor does None."""
    ours = context.get_admin_context()
    with carrying(ours, Carried.REBUILD, "outer"):
        with carrying(ours, Carried.REBUILD, None):
            assert carried_by(ours, Carried.REBUILD, "absent") is None
        assert carried_by(ours, Carried.REBUILD) == "outer"
        with pytest.raises(KeyError), carrying(ours, Carried.REBUILD, 1):
            raise KeyError
        assert carried_by(ours, Carried.REBUILD) == "outer"


def test_things_are_apart() -> None:
    """One thing says nothing of another, nor one context of another."""
    ours, other = (context.get_admin_context() for _ in range(2))
    with carrying(ours, Carried.REBUILD, 1):
        assert carried_by(ours, Carried.ATTEMPT) is None
        assert carried_by(other, Carried.REBUILD) is None
