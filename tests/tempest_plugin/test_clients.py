# SPDX-License-Identifier: Apache-2.0
"""The plug-in's clients differ from Tempest's own, and leave them alone."""

import copy
from typing import Any

import pytest
from tempest.lib import exceptions
from tempest.lib.common import rest_client
from tempest.lib.services.compute import servers_client

from image_props_override.tempest_plugin.clients import KEY, ServersClient

OURS = "2.105"
NOVAS = "2.104"


def client(microversion: str) -> ServersClient:
    """Return a client that asks at a microversion; it has no cloud."""
    return ServersClient(
        None,
        "compute",
        "RegionOne",
        microversion=microversion,
        overrides_from=OURS,
    )


def server_schemas(microversion: str) -> list[dict[str, Any]]:
    """Return the schemas of a server in each answer that has one."""
    found = client(microversion).get_schema(
        servers_client.ServersClient.schema_versions_info
    )
    answers = (
        found.get_server,
        found.update_server,
        found.rebuild_server,
        found.rebuild_server_with_admin_pass,
    )
    servers = [
        answer["response_body"]["properties"]["server"] for answer in answers
    ]
    detail = found.list_servers_detail["response_body"]["properties"]
    return [*servers, detail["servers"]["items"]]


def test_ours_demands_the_key() -> None:
    """An answer without what was overridden is refused."""
    for schema in server_schemas(OURS):
        assert KEY in schema["properties"]
        assert KEY in schema["required"]


@pytest.mark.parametrize("microversion", ["2.1", "2.98", NOVAS])
def test_older_ones_refuse_the_key(microversion: str) -> None:
    """So a cloud that tells too early fails the test that notices."""
    for schema in server_schemas(microversion):
        assert KEY not in schema["properties"]
        assert schema["additionalProperties"] is False


def test_tempests_own_schemas_stay_as_they_are() -> None:
    """Other plug-ins and Tempest's own tests run in the same process."""
    newest = servers_client.ServersClient.schema_versions_info[-1]["schema"]
    before = copy.deepcopy(newest.get_server)
    server_schemas(OURS)
    assert newest.get_server == before


def test_asks_at_its_own_microversion() -> None:
    """Whatever other compute clients of the process ask at."""
    headers = {
        each: client(each).get_headers()["X-OpenStack-Nova-API-Version"]
        for each in (OURS, NOVAS)
    }
    assert headers == {OURS: OURS, NOVAS: NOVAS}


@pytest.mark.parametrize(
    ("asked", "answered", "fits"),
    [
        pytest.param(OURS, OURS, True, id="the same"),
        pytest.param(NOVAS, OURS, False, id="another"),
        pytest.param(OURS, None, False, id="none"),
        pytest.param("latest", OURS, True, id="whatever is latest"),
    ],
)
def test_an_answer_is_of_the_microversion_that_was_asked_at(
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    answered: str | None,
    fits: bool,
) -> None:
    """Nova tells it in a header; Tempest's own clients look at it too."""
    headers = {"x-openstack-nova-api-version": answered} if answered else {}
    answer = (headers, b"{}")
    monkeypatch.setattr(
        rest_client.RestClient, "request", lambda *_, **__: answer
    )
    if fits:
        assert client(asked).request("GET", "servers") == answer
    else:
        with pytest.raises(exceptions.InvalidHTTPResponseHeader):
            client(asked).request("GET", "servers")


@pytest.mark.parametrize(
    ("overrides", "fits"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"hw_vif_model": "e1000"}, True, id="a value"),
        pytest.param({"hw_vif_model": None}, True, id="a removal"),
        pytest.param({"hw_cpu_sockets": 1}, False, id="a number"),
        pytest.param(["hw_vif_model"], False, id="a list"),
    ],
)
def test_the_key_is_checked(overrides: Any, fits: bool) -> None:
    """Its values are strings, or null for a removal."""
    key = server_schemas(OURS)[0]["properties"][KEY]
    schema = {"status_code": [200], "response_body": key}
    response = rest_client.http.urllib3.HTTPResponse(status=200)
    if fits:
        client(OURS).validate_response(schema, response, overrides)
    else:
        with pytest.raises(exceptions.InvalidHTTPResponseBody):
            client(OURS).validate_response(schema, response, overrides)
