"""Drives the unmodified azure-ai-ml client (MLClient) against a server, with the environment of `lazurite exec`.

Every check raises on failure; all run, and the last line is `ok <number of checks>`. ONLY names the one to run after the
workspace is there.
"""

import os
import pathlib
import sys
import tempfile
import time
import traceback
import uuid

import requests
from azure.ai.ml import Input, MLClient, Output, command
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AmlCompute,
    AzureBlobDatastore,
    AzureDataLakeGen2Datastore,
    AzureFileDatastore,
    APIKeyConnection,
    BuildContext,
    ComputeInstance,
    Data,
    Environment,
    FeatureStore,
    FqdnDestination,
    Hub,
    IPRule,
    ManagedNetwork,
    NetworkAcls,
    PatTokenConfiguration,
    Model,
    Project,
    Workspace,
    WorkspaceConnection,
)
from azure.ai.ml._artifacts._fileshare_storage_helper import FileStorageClient
from azure.ai.ml._azure_environments import _get_storage_endpoint_from_metadata
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.storage.filedatalake import DataLakeFileClient
from azure.storage.fileshare import ShareFileClient

SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
GROUP = "Science-RG"
ARM = os.environ["LAZURITE_ARM_ENDPOINT"]
HERE = pathlib.Path(__file__).parent

credential = ClientSecretCredential(
    os.environ["AZURE_TENANT_ID"],
    os.environ["AZURE_CLIENT_ID"],
    os.environ["AZURE_CLIENT_SECRET"],
    authority=os.environ["AZURE_AUTHORITY_HOST"],
    disable_instance_discovery=True,
)


def client_of(workspace=None):
    return MLClient(credential, SUBSCRIPTION, GROUP, workspace, enable_telemetry=False)


def unique(prefix):
    return f"{prefix}{uuid.uuid4().hex[:8]}"


NAME = unique("lab-")
ml = client_of(NAME)


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
    network = ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound", outbound_rules=[FqdnDestination(name="pypi", destination="*.pypi.org")])
    made = ml.workspaces.begin_create(Workspace(name=name, location="local", managed_network=network, provision_network_now=True)).result()
    assert made.managed_network.status.status == "Active", made
    rules = ml.workspace_outbound_rules
    for destination in ("a.example.com", "b.example.com", "b.example.com"):
        rule = rules.begin_create(name, FqdnDestination(name="mine", destination=destination)).result()
        assert rule.destination == destination and rule.status == "Active", rule
    assert rules.get(name, "mine").destination == "b.example.com"
    assert {"mine", "pypi"} <= {each.name for each in rules.list(name)}
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


def wait_for(read):
    """What `read` answers once it is provisioned."""
    for _ in range(100):
        found = read()
        if getattr(found, "provisioning_state", "Succeeded") in (None, "Succeeded"):
            return found
        time.sleep(0.2)
    raise AssertionError("not provisioned in time")


def account_of_workspace():
    return ml.workspaces.get(NAME).storage_account.split("/")[-1]


def test_datastores():
    names = {each.name for each in ml.datastores.list()}
    assert {"workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"} <= names, names
    assert ml.datastores.get_default().name == "workspaceblobstore"
    account, key = account_of_workspace(), AccountKeyConfiguration(account_key=ml.workspaces.get_keys(NAME).user_storage_key)
    made = [
        AzureBlobDatastore(name="more_blobs", account_name=account, container_name="more", credentials=key, description="more"),
        AzureFileDatastore(name="more_files", account_name=account, file_share_name="more", credentials=key),
        AzureDataLakeGen2Datastore(name="more_lake", account_name=account, filesystem="lake"),
    ]
    for each in made:
        assert ml.datastores.create_or_update(each).name == each.name
        assert ml.datastores.get(each.name).account_name == account
    assert ml.datastores.get("more_blobs", include_secrets=True).credentials is not None
    for each in made[:2]:
        ml.datastores.delete(each.name)


def test_data():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "numbers")
        path.mkdir()
        (path / "a.csv").write_text("1,2,3\n")
        (path / "empty.csv").write_text("")
        made = ml.data.create_or_update(Data(name="numbers", path=str(path), type=AssetTypes.URI_FOLDER, tags={"k": "v"}))
        assert made.version == "1" and made.path.startswith("azureml://"), made
        again = ml.data.create_or_update(Data(name="numbers", path=str(path), type=AssetTypes.URI_FOLDER))
        assert again.version == "2" and again.path == made.path, "the same content is not uploaded twice"
        assert ml.data.get("numbers", label="latest").version == "2"
        file = ml.data.create_or_update(Data(name="one", version="7", path=str(path / "a.csv"), type=AssetTypes.URI_FILE))
        assert file.path.endswith("a.csv"), file
    assert {"1", "2"} == {each.version for each in ml.data.list("numbers")}
    assert {"numbers", "one"} <= {each.name for each in ml.data.list()}
    ml.data.archive("numbers", version="1")
    assert {"2"} == {each.version for each in ml.data.list("numbers")}
    ml.data.restore("numbers", version="1")
    try:
        ml.data.create_or_update(Data(name="one", version="7", path="azureml://datastores/workspaceblobstore/paths/other", type=AssetTypes.URI_FILE))
    except Exception as error:
        assert "Changing property 'properties.dataUri' is not allowed" in str(error), error
    else:
        raise AssertionError("the path of a version changed")


def test_lake_data():
    account = account_of_workspace()
    ml.datastores.create_or_update(AzureDataLakeGen2Datastore(name="lake_data", account_name=account, filesystem="lake-data"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "tree", "deep")
        path.mkdir(parents=True)
        (path / "b.txt").write_text("in a lake")
        made = ml.data.create_or_update(Data(name="lake", path=str(path.parent), type=AssetTypes.URI_FOLDER, datastore="lake_data"))
        assert "/datastores/lake_data/" in made.path, made
        again = ml.data.create_or_update(Data(name="lake", path=str(path.parent), type=AssetTypes.URI_FOLDER, datastore="lake_data"))
        assert again.path == made.path, again


def test_share_data():
    # The client uploads no data to a file share by itself ("not supported for uploads"); this is its own class for shares.
    store = ml.datastores.get("workspaceworkingdirectory", include_secrets=True)
    # Of the keys that it could be given it takes none outside of Azure's own domain.
    url, signature = f"https://{store.account_name}.file.{_get_storage_endpoint_from_metadata()}", store.credentials.sas_token

    def share():
        return FileStorageClient(credential=signature, file_share_name=store.file_share_name, account_url=url)

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "tree")
        path.mkdir()
        (path / "c.txt").write_text("in a share")
        made = share().upload(str(path), "tree", "1", asset_hash="h1", show_progress=False)
        again = share().upload(str(path), "tree", "1", asset_hash="h1", show_progress=False)
        assert again["remote path"] == made["remote path"] and made["name"] == "tree", (made, again)
        down = pathlib.Path(folder, "down")
        down.mkdir()
        share().download(starts_with="", destination=str(down))
        (found,) = down.rglob("c.txt")
        assert found.read_text() == "in a share", found
    place = "azureml://datastores/workspaceworkingdirectory/paths/LocalUpload/"
    ml.datastores.create_or_update(AzureDataLakeGen2Datastore(name="lake_jobs", account_name=store.account_name, filesystem="lake-jobs"))
    job = command(
        command="cp ${{inputs.tree}}/*/tree/c.txt ${{outputs.copy}}/c.txt && cp ${{outputs.copy}}/c.txt ${{outputs.lake}}/c.txt",
        inputs={"tree": Input(type=AssetTypes.URI_FOLDER, path=place)},
        outputs={
            "copy": Output(type=AssetTypes.URI_FOLDER, path="azureml://datastores/workspacefilestore/paths/copies/"),
            "lake": Output(type=AssetTypes.URI_FOLDER, path="azureml://datastores/lake_jobs/paths/copies/"),
        },
        environment=Environment(image="ubuntu"),
        experiment_name="shares",
    )
    done = ml.jobs.create_or_update(job)
    ml.jobs.stream(done.name)
    assert ml.jobs.get(done.name).status == "Completed", done
    out = ml.datastores.get("workspacefilestore", include_secrets=True)
    copied = ShareFileClient(f"https://{out.account_name}.file.{_get_storage_endpoint_from_metadata()}", out.file_share_name, "copies/c.txt", credential=out.credentials.sas_token)
    assert copied.download_file().readall() == b"in a share"
    lake = DataLakeFileClient(f"https://{store.account_name}.dfs.{_get_storage_endpoint_from_metadata()}", "lake-jobs", "copies/c.txt", credential=credential)
    assert lake.download_file().readall() == b"in a share"


def test_models():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "weights")
        path.mkdir()
        (path / "w.bin").write_bytes(bytes(range(256)) * 1000)
        made = ml.models.create_or_update(Model(name="net", path=str(path), type=AssetTypes.CUSTOM_MODEL, description="a net"))
        assert made.version == "1", made
        second = ml.models.create_or_update(Model(name="net", path=str(path / "w.bin"), type=AssetTypes.CUSTOM_MODEL))
        assert second.version == "2" and ml.models.get("net", label="latest").version == "2", second
        ml.models.download("net", "1", download_path=str(pathlib.Path(folder, "down")))
        (found,) = pathlib.Path(folder, "down").rglob("w.bin")
        assert found.read_bytes() == (path / "w.bin").read_bytes()
    assert len(list(ml.models.list("net"))) == 2
    ml.models.archive("net", version="1")
    assert len(list(ml.models.list("net"))) == 1


def test_environments():
    conda = {"name": "e", "dependencies": ["python=3.11", "pip"]}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "conda.json")
        file.write_text(str(conda).replace("'", '"'))
        made = ml.environments.create_or_update(Environment(name="env", image="ubuntu", conda_file=str(file)))
        assert made.version == "1", made
        context = pathlib.Path(folder, "context")
        context.mkdir()
        (context / "Dockerfile").write_text("FROM ubuntu\n")
        try:
            ml.environments.create_or_update(Environment(name="built", build=BuildContext(path=str(context))))
        except HttpResponseError as error:
            assert error.error.code == "BuildContextNotSupported", error
        else:
            raise AssertionError("an image was taken for built")
    assert ml.environments.get("env", label="latest").version == "1"
    assert "env" in {each.name for each in ml.environments.list()}


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


def submit(text="hello lazurite", **settings):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "input.txt")
        file.write_text(text)
        job = command(
            code=str(HERE / "src"),
            command="python train.py ${{inputs.text}} ${{outputs.scores}}",
            inputs={"text": Input(type=AssetTypes.URI_FILE, path=str(file))},
            outputs={"scores": Output(type=AssetTypes.URI_FOLDER)},
            environment=Environment(image="ubuntu"),
            experiment_name="ai-ml",
            display_name="train",
            **settings,
        )
        return ml.jobs.create_or_update(job)


def test_jobs():
    first = submit(name=unique("job_"))
    assert first.status in ("NotStarted", "Queued", "Starting", "Preparing", "Running"), first.status
    ml.jobs.stream(first.name)
    done = ml.jobs.get(first.name)
    assert done.status == "Completed", done.status
    with tempfile.TemporaryDirectory() as folder:
        ml.jobs.download(first.name, download_path=folder, all=True)
        found = {str(each.relative_to(folder)): each.read_text() for each in pathlib.Path(folder).rglob("*.txt")}
        assert found["named-outputs/scores/scores.txt"] == "0.93", found
        assert found["artifacts/outputs/model.txt"] == "weights of hello lazurite", found
        assert "training with" in found["artifacts/user_logs/std_log.txt"], found
    second = submit(name=unique("job_"))
    assert second.code.split("/codes/")[1] == done.code.split("/codes/")[1], "the same code is found by its hash"
    ml.jobs.begin_cancel(second.name).result()
    assert {first.name, second.name} <= {each.name for each in ml.jobs.list()}
    changed = ml.jobs.update(first.name, display_name="renamed", description="by the client", tags={"stage": "trial"})
    assert (changed.display_name, changed.description, changed.tags["stage"]) == ("renamed", "by the client", "trial"), changed
    assert changed.status == "Completed" and ml.jobs.show_services(first.name) in (None, {}), changed
    assert list(ml.jobs.list(parent_job_name=first.name)) == []
    ml.jobs.archive(first.name)
    assert first.name not in {each.name for each in ml.jobs.list()}


def test_registered_output():
    job = submit(name=unique("job_"))
    ml.jobs.stream(job.name)
    made = ml.models.create_or_update(Model(name="from-job", path=f"azureml://jobs/{job.name}/outputs/artifacts/paths/outputs/", type=AssetTypes.CUSTOM_MODEL))
    assert made.version == "1" and made.job_name == job.name, made


def main():
    only = os.environ.get("ONLY")
    make_workspace()
    done, failed = 0, 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (only and name not in only.split(",")):
            continue
        try:
            test()
            done += 1
        except Exception:
            failed += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
    if failed:
        sys.exit(f"{failed} of {failed + done} checks failed")
    print(f"ok {done}")


main()
