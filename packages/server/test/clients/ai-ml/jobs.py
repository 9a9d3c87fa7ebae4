"""Jobs: submitted, followed, downloaded, canceled; and a model of what one made."""

import pathlib
import tempfile

from azure.ai.ml import command, Input, Output
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.entities import Environment, Model
from azure.core.exceptions import HttpResponseError

from session import ml, unique

HERE = pathlib.Path(__file__).parent


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


def test_environment_of_a_registry():
    curated = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest"
    try:
        ml.jobs.create_or_update(command(command="true", environment=curated))
    except HttpResponseError as error:
        assert error.error.code == "RegistryNotSupported" and "az ml environment create --name sklearn-1.5" in str(error), error
    else:
        raise AssertionError("an environment of a registry was taken for one of the workspace")
    ml.environments.create_or_update(Environment(name="sklearn-1.5", image="ubuntu"))
    job = ml.jobs.create_or_update(command(command="true", environment=curated))
    ml.jobs.stream(job.name)
    assert ml.jobs.get(job.name).status == "Completed", job


def test_registered_output():
    job = submit(name=unique("job_"))
    ml.jobs.stream(job.name)
    made = ml.models.create_or_update(Model(name="from-job", path=f"azureml://jobs/{job.name}/outputs/artifacts/paths/outputs/", type=AssetTypes.CUSTOM_MODEL))
    assert made.version == "1" and made.job_name == job.name, made
