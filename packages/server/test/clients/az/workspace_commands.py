"""What `az ml workspace` does, without `az ml`: the Azure CLI signs in and names the cloud, azure-ai-ml does the work.

The extension is on no package registry. It makes its client from the CLI's login and cloud, as here, and calls the methods
below. Takes a resource group; prints one JSON object, with a member for each command.
"""

import json
import sys

from azure.ai.ml import MLClient
from azure.ai.ml.entities import AmlCompute, FqdnDestination, ManagedNetwork, Workspace
from azure.cli.core import get_default_cli
from azure.cli.core._profile import Profile
from azure.cli.core.commands.client_factory import get_mgmt_service_client, get_subscription_id
from azure.core.exceptions import ResourceNotFoundError


def open_client(group: str, workspace: str | None = None) -> MLClient:
    cli = get_default_cli()
    cloud = cli.cloud
    portal = cloud.endpoints.portal
    metadata = {
        "azure_portal": portal,
        "resource_manager": cloud.endpoints.resource_manager,
        "active_directory": cloud.endpoints.active_directory,
        "aml_resource_id": portal.replace("portal", "ml"),
        "storage_endpoint": cloud.suffixes.storage_endpoint,
        "registry_discovery_url": f"{portal}/registries",
    }
    assert Profile(cli_ctx=cli).get_current_account_user()
    return get_mgmt_service_client(
        cli,
        MLClient._ml_client_cli,
        subscription_id=get_subscription_id(cli),
        resource_group_name=group,
        workspace_name=workspace,
        cloud=cloud.name,
        cloud_metadata=metadata,
        credential_scopes=[cloud.endpoints.resource_manager.strip("/") + "/.default"],
    )


def network_and_compute(group: str, name: str) -> dict:
    client = open_client(group, name)
    rules, computes = client.workspace_outbound_rules, client.compute
    isolated = Workspace(name=name, managed_network=ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound"))
    client.workspaces.begin_update(isolated).result()
    said = {"provision-network": client.workspaces.begin_provision_network(workspace_name=name).result().status}
    rule = FqdnDestination(name="conda", destination="*.example.com")
    said["set"] = [rules.begin_create(name, rule).result()._to_dict()["destination"] for _twice in range(2)]
    rules.begin_remove(name, "conda").result()
    said["rules"] = [rule.name for rule in rules.list(name) if not rule.name.startswith("__SYS_")]
    cluster = AmlCompute(name="cpu", size="LOCAL", max_instances=2)
    said["compute"] = [computes.begin_create_or_update(cluster).result().max_instances for _twice in range(2)]
    said["compute"].append(computes.begin_update(AmlCompute(name="cpu", size="LOCAL", max_instances=3)).result().max_instances)
    computes.begin_delete("cpu").result()
    return said


def main(group: str) -> None:
    workspaces = open_client(group).workspaces
    name = "from-az"
    said = {}
    said["create"] = workspaces.begin_create(Workspace(name=name, location="local", tags={"a": "b"})).result()._to_dict()
    said["show"] = workspaces.get(name)._to_dict()
    changed = Workspace(name=name, description="Changed", display_name="Ours", public_network_access="Enabled", tags={"c": "d"})
    said["update"] = workspaces.begin_update(changed).result()._to_dict()
    said["list"] = [workspace.name for workspace in workspaces.list(scope="resource_group")]
    keys = workspaces.get_keys(name)
    said["list-keys"] = {"storage": keys.user_storage_resource_id, "hasKey": bool(keys.user_storage_key)}
    said["sync-keys"] = workspaces.begin_sync_keys(name).result()
    diagnosis = workspaces.begin_diagnose(name).result()
    said["diagnose"] = {part: found for part, found in vars(diagnosis).items()} if diagnosis is not None else None
    said["network and compute"] = network_and_compute(group, name)
    workspaces.begin_delete(name, delete_dependent_resources=True, permanently_delete=True).result()
    try:
        workspaces.get(name)
        said["delete"] = "still there"
    except ResourceNotFoundError as error:
        said["delete"] = error.status_code
    print(json.dumps(said, default=str))


main(sys.argv[1])
