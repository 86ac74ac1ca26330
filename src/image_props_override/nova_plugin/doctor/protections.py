# SPDX-License-Identifier: Apache-2.0
"""Do ``nova.conf`` and Glance's property protections agree?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from nova.context import RequestContext
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.names import (
    TRAIT_PREFIX,
    PropertyName,
)
from image_props_override.core.rules.property_protections import Operation
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.doctor.plain_member import (
    PLAIN_MEMBER,
    PlainMember,
)
from image_props_override.nova_plugin.rules.glance_protections import (
    GlanceProtections,
    load_protections,
)


def check_protections(host: ApiHost) -> Finding:
    """Return what users may override, but not set on their own images.

    Raises:
        ProtectionFileError: nova-api cannot use the file.
        RulesFileError: nova-api cannot use the rules file.
    """
    section = host.section
    protections = load_protections(section, host.catalogue)
    if protections is None:
        return Finding(
            Code.SUCCESS,
            (
                "None are configured. If glance-api.conf has a "
                "property_protection_file, give nova-api a copy of it "
                "([image_props_override] property_protection_file), or users "
                "can override what Glance forbids them to set.",
            ),
        )
    file = section.property_protection_file
    member = PlainMember(section, host.catalogue)
    differences = _differences(protections, member)
    if not differences:
        return Finding(
            Code.SUCCESS,
            (
                f"{file} permits plain members everything that nova.conf "
                "allows",
            ),
        )
    return Finding(
        Code.SUCCESS,
        (
            f"{file} is enforced. Whatever the lists in nova.conf allow, "
            "plain members may not do this to an image by an override:",
            *(
                f"{', '.join(operations)}: {', '.join(names)}"
                for operations, names in differences.items()
            ),
        ),
    )


def _differences(
    protections: GlanceProtections, member: PlainMember
) -> dict[tuple[str, ...], list[str]]:
    """Return operations to the names that only nova.conf permits them for."""
    # Told that it is no admin, or Nova would read its own policy file.
    context = RequestContext(
        project_id=PLAIN_MEMBER.project_id,
        roles=sorted(PLAIN_MEMBER.roles),
        is_admin=False,
    )

    found = defaultdict(list)
    for name in _names(protections.catalogue):
        refused = tuple(
            operation.value
            for operation in _operations(name, member)
            if not protections.protections.permits(
                name.canonical,
                operation,
                context.roles,
                lambda policy: protections.enforce(context, policy),
            ).allowed
        )
        if refused:
            found[refused].append(name.canonical)
    return found


def _operations(name: PropertyName, member: PlainMember) -> list[Operation]:
    """Return what the lists in nova.conf let the member do to an image."""
    operations = []
    if member.may_set(name):
        operations += [Operation.CREATE, Operation.UPDATE]
    if member.may_remove(name):
        operations += [Operation.DELETE]
    return operations


def _names(catalogue: PropertyCatalogue) -> Iterator[PropertyName]:
    """Return a name of each property; of lists, that of one member."""
    for definition in catalogue.values():
        name = PropertyName(definition.name, definition)
        if name.is_whole_list:
            yield PropertyName(f"{definition.name}.0", definition, 0)
        elif definition.kind is PropertyKind.TRAIT_LIST:
            yield PropertyName(f"{TRAIT_PREFIX}CUSTOM_ANY", definition)
        elif definition.kind is not PropertyKind.STRUCTURED:
            yield name
