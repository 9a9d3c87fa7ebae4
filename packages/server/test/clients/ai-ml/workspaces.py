"""Workspaces of all kinds, with their networks, connections and computes; and what is not there."""

import requests
from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    AmlCompute,
    APIKeyConnection,
    ComputeInstance,
    FeatureStore,
    FqdnDestination,
    Hub,
    IPRule,
    ManagedNetwork,
    NetworkAcls,
    PatTokenConfiguration,
    Project,
    Workspace,
    WorkspaceConnection,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from session import ARM, client_of, credential, GROUP, ml, NAME, unique, wait_for


def make_workspace():
    client = client_of()
    made = client.workspaces.begin_create(Workspace(name=NAME, location="local", display_name="The lab", tags={"team": "a"})).result()
    assert made.name == NAME and made.display_name == "The lab", made
    assert made.storage_account and made.key_vault and made.application_insights, made
    assert made.discovery_url and made.mlflow_tracking_uri.startswith("azureml://"), made


def test_workspaces():
    got = ml.workspaces.get(NAME)
    assert got.tags["team"] == "a" and got.resource_group == GROUP, got
    assert NAME in [each.name for each in ml.workspaces.list()]
    got.description = "changed"
    got.tags["team"] = "b"
    changed = ml.workspaces.begin_update(got).result()
    assert changed.description == "changed" and changed.tags["team"] == "b", changed
    keys = ml.workspaces.get_keys(NAME)
    assert keys.user_storage_key, keys
    ml.workspaces.begin_sync_keys(NAME).result()
    report = ml.workspaces.begin_diagnose(NAME).result()
    areas = [report.storage_account_results, report.key_vault_results, report.container_registry_results, report.application_insights_results, report.other_results]
    assert [found for area in areas for found in area if found.level == "Error"] == [], areas


def test_workspace_is_deleted():
    name = unique("gone-")
    ml.workspaces.begin_create(Workspace(name=name, location="local")).result()
    ml.workspaces.begin_delete(name, delete_dependent_resources=True, permanently_delete=True).result()
    try:
        ml.workspaces.get(name)
    except ResourceNotFoundError:
        return
    raise AssertionError("the workspace is still there")


def test_hubs_and_projects():
    # Version 1.35 writes the access of a hub it has read, or of none, as the name of a Python enum into the template.
    hub = ml.workspaces.begin_create(Hub(name=unique("hub-"), location="local", display_name="Hub", public_network_access="Enabled")).result()
    path = hub.id.replace(hub.name, unique("project-"))
    token = credential.get_token("https://management.azure.com/.default").token
    body = {"location": "local", "kind": "Project", "identity": {"type": "SystemAssigned"}, "properties": {"hubResourceId": hub.id}}
    requests.put(f"{ARM}{path}?api-version=2024-10-01", json=body, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    project = wait_for(lambda: ml.workspaces.get(path.split("/")[-1]))
    assert isinstance(project, Project) and project.hub_id.lower() == hub.id.lower(), project
    assert project.name in [each.name for each in ml.workspaces.list(filtered_kinds="project")]
    ml.workspaces.begin_delete(project.name, delete_dependent_resources=False, permanently_delete=True).result()
    ml.workspaces.begin_delete(hub.name, delete_dependent_resources=True, permanently_delete=True).result()


def test_managed_networks():
    name = unique("net-")
    network = ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound", outbound_rules=[FqdnDestination(name="public", destination="*.example.com")])
    made = ml.workspaces.begin_create(Workspace(name=name, location="local", managed_network=network, provision_network_now=True)).result()
    assert made.managed_network.status.status == "Active", made
    rules = ml.workspace_outbound_rules
    for destination in ("a.example.com", "b.example.com", "b.example.com"):
        rule = rules.begin_create(name, FqdnDestination(name="mine", destination=destination)).result()
        assert rule.destination == destination and rule.status == "Active", rule
    assert rules.get(name, "mine").destination == "b.example.com"
    assert {"mine", "public"} <= {each.name for each in rules.list(name)}
    rules.begin_remove(name, "mine").result()
    assert ml.workspaces.begin_provision_network(workspace_name=name, include_spark=True).result().spark_ready
    open_rules = NetworkAcls(default_action="Deny", ip_rules=[IPRule(value="192.0.2.0/24")])
    changed = ml.workspaces.begin_update(ml.workspaces.get(name), network_acls=open_rules).result()
    assert [each.value for each in changed.network_acls.ip_rules] == ["192.0.2.0/24"], changed
    ml.workspaces.begin_delete(name, delete_dependent_resources=True, permanently_delete=True).result()


def test_feature_stores():
    name = unique("features")
    stores = client_of().feature_stores
    stores.begin_create(FeatureStore(name=name, location="local", description="d")).result()
    made = stores.get(name)
    assert made.offline_store.type == "azure_data_lake_gen2" and made.materialization_identity.resource_id, made
    assert name in [each.name for each in stores.list()]
    assert stores.begin_update(FeatureStore(name=name, display_name="Ours")).result().display_name == "Ours"
    assert client_of().workspaces.get(name).storage_account
    stores.begin_delete(name, delete_dependent_resources=True).result()


def test_connections():
    token = PatTokenConfiguration(pat="hush")
    made = ml.connections.create_or_update(WorkspaceConnection(name="git", type="git", target="https://git.example.com/a", credentials=token, metadata={"a": "b"}))
    assert made.target == "https://git.example.com/a" and made.metadata["a"] == "b", made
    ml.connections.create_or_update(APIKeyConnection(name="keyed", api_base="https://api.example.com", api_key="secret"))
    assert ml.connections.get("keyed", populate_secrets=True).api_key == "secret"
    assert ml.connections.get("keyed").api_key is None
    assert {"git", "keyed"} <= {each.name for each in ml.connections.list()}
    for each in ("git", "keyed"):
        ml.connections.delete(each)


def test_compute_instances():
    made = ml.compute.begin_create_or_update(ComputeInstance(name="desk-one", size="LOCAL")).result()
    assert made.state == "Running" and made.type == "computeinstance", made
    for change, state in ((ml.compute.begin_stop, "Stopped"), (ml.compute.begin_start, "Running"), (ml.compute.begin_restart, "Running")):
        change("desk-one").result()
        assert ml.compute.get("desk-one").state == state, (change, state)
    assert [each.name for each in ml.compute.list_sizes()] == ["LOCAL"]
    assert list(ml.compute.list_usage())
    ml.compute.begin_delete("desk-one").result()


def test_computes():
    made = ml.compute.begin_create_or_update(AmlCompute(name="cluster", size="LOCAL", min_instances=0, max_instances=1, idle_time_before_scale_down=120)).result()
    assert made.name == "cluster" and made.max_instances == 1, made
    made.max_instances = 2
    assert ml.compute.begin_update(made).result().max_instances == 2
    assert "cluster" in [each.name for each in ml.compute.list()]
    assert list(ml.compute.list_nodes("cluster")) == []
    ml.compute.begin_delete("cluster").result()
    try:
        ml.compute.get("cluster")
    except (ResourceNotFoundError, HttpResponseError):
        return
    raise AssertionError("the compute is still there")


def test_what_is_not_there_is_refused_by_name():
    refused = {
        "workspaces/schedules": lambda: list(ml.schedules.list()),
        "workspaces/components": lambda: list(ml.components.list()),
        "workspaces/onlineEndpoints": lambda: list(ml.online_endpoints.list()),
        "workspaces/batchEndpoints": lambda: list(ml.batch_endpoints.list()),
        "'registries'": lambda: list(ml.registries.list()),
        "The registry 'shared' was not found": lambda: MLClient(credential, registry_name="shared"),
    }
    for name, ask in refused.items():
        try:
            ask()
        except HttpResponseError as error:
            assert name in str(error), (name, error)
        else:
            raise AssertionError(f"{name} is there")
