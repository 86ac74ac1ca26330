# SPDX-License-Identifier: Apache-2.0
"""One image in several NUMA layouts, on a pretended host."""

from __future__ import annotations

import pytest

from sandbox.demo import nfv
from sandbox.demo.nfv import Layout
from sandbox.settings import Settings

DOMAIN = """
<domain>
  <memoryBacking><hugepages>
    <page size="2048" nodeset="0" unit="KiB"/>
  </hugepages></memoryBacking>
  <cputune>
    <vcpupin vcpu="0" cpuset="2"/>
    <vcpupin vcpu="1" cpuset="3"/>
    <emulatorpin cpuset="2-3"/>
  </cputune>
  <cpu><numa><cell id="0" cpus="0-1" memory="524288"/></numa></cpu>
</domain>
"""
PINNED = Layout(nodes=1, page_kib=2048, pins={0: 2, 1: 3})
FLOATING = Layout(nodes=1, page_kib=2048, pins={})


def test_all_layouts_agree(
    nfv_cloud: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three servers are what was asked for; a fourth is refused."""
    assert nfv.run(nfv_cloud) == 0
    shown = capsys.readouterr().out
    assert "All layouts agree" in shown
    assert "1 NUMA node, pages of 2048 KiB, vCPU 0 on CPU " in shown
    assert "2 NUMA nodes, pages of 4 KiB, no pinning" in shown
    assert "Cannot set cpu thread pinning policy" in shown


def test_defined_layout() -> None:
    """vCPUs that float among several CPUs are not pinned."""
    assert nfv.defined_layout(DOMAIN) == PINNED
    assert (
        nfv.defined_layout(
            DOMAIN.replace('cpuset="2"', 'cpuset="0-1"').replace(
                'cpuset="3"', 'cpuset="0-1"'
            )
        )
        == FLOATING
    )
    assert nfv.defined_layout("<domain/>") == Layout(0, 4, {})


@pytest.mark.parametrize(
    ("claimed", "defined", "problems"),
    [
        (PINNED, PINNED, 0),
        (PINNED, FLOATING, 2),
        (FLOATING, FLOATING, 2),
        (PINNED, Layout(1, 2048, {0: 3, 1: 2}), 1),
        (PINNED, Layout(1, 4, PINNED.pins), 1),
        (Layout(2, 2048, PINNED.pins), PINNED, 1),
    ],
)
def test_problems(claimed: Layout, defined: Layout, problems: int) -> None:
    """Each place that is not as asked for is one; so is a difference."""
    asked = nfv.SERVERS["pinned"]
    found = list(nfv.problems_with("pinned", asked, claimed, defined))
    assert len(found) == problems
