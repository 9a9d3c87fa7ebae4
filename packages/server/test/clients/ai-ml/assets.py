"""Datastores, and the data, models and environments that are uploaded to them."""

import pathlib
import tempfile

from azure.ai.ml import command, Input, Output
from azure.ai.ml._artifacts._fileshare_storage_helper import FileStorageClient
from azure.ai.ml._azure_environments import _get_storage_endpoint_from_metadata
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AzureBlobDatastore,
    AzureDataLakeGen2Datastore,
    AzureFileDatastore,
    BuildContext,
    Data,
    Environment,
    Model,
)
from azure.core.exceptions import HttpResponseError
from azure.storage.filedatalake import DataLakeFileClient
from azure.storage.fileshare import ShareFileClient

from session import account_of_workspace, credential, ml, NAME


def test_datastores():
    names = {each.name for each in ml.datastores.list()}
    assert {"workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"} <= names, names
    assert ml.datastores.get_default().name == "workspaceblobstore"
    account, key = account_of_workspace(), AccountKeyConfiguration(account_key=ml.workspaces.get_keys(NAME).user_storage_key)
    made = [
        AzureBlobDatastore(name="more_blobs", account_name=account, container_name="more", protocol="wasbs", credentials=key, description="more"),
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
