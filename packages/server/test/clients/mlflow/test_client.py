"""Drives the unmodified mlflow client against a workspace. Works with 2.22 and 3.x.

MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say which server; every check raises on failure, and the last line is
`ok <number of checks>`.
"""

import json
import math
import os
import tempfile
import time
import traceback
import urllib.error
import urllib.request
import uuid

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_ENABLE_DB_SDK", "false")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

MAJOR = int(mlflow.__version__.split(".")[0])
URI = os.environ["MLFLOW_TRACKING_URI"]
TOKEN = os.environ["MLFLOW_TRACKING_TOKEN"]
client = MlflowClient()


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def raises(code, act, *args, **kwargs):
    """The error must have this code; returns its text."""
    try:
        act(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, f"{error.error_code} instead of {code}: {error}"
        return str(error)
    raise AssertionError(f"{act} did not raise {code}")


def call(method, path, body=None, raw=None):
    """A bare request; returns (status, JSON or text)."""
    data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(URI + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, json.loads(text) if text.startswith("{") else text


def test_default_experiment():
    default = client.get_experiment_by_name("Default")
    assert default is not None
    assert client.get_experiment("0").experiment_id == default.experiment_id
    with mlflow.start_run() as run:
        pass
    assert run.info.experiment_id == default.experiment_id


def test_experiments():
    name = unique("exp")
    made = client.create_experiment(name, tags={"team": "blue"})
    assert client.get_experiment(made).tags["team"] == "blue"
    raises("RESOURCE_ALREADY_EXISTS", client.create_experiment, name)
    assert client.get_experiment_by_name("no such") is None
    client.set_experiment_tag(made, "stage", "one")
    found = client.search_experiments(filter_string=f"name = '{name}' AND tags.team LIKE 'bl%'")
    assert [e.experiment_id for e in found] == [made]
    assert found[0].creation_time <= int(time.time() * 1000) + 1000
    other = name + "-renamed"
    client.rename_experiment(made, other)
    assert client.get_experiment(made).name == other
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert made in [e.experiment_id for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    raises("INVALID_PARAMETER_VALUE", client.create_run, made)
    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"
    raises("RESOURCE_DOES_NOT_EXIST", client.get_experiment, str(uuid.uuid4()))
    assert mlflow.set_experiment(other).experiment_id == made
    pages = client.search_experiments(max_results=1)
    assert pages.token


def test_metrics_params_tags():
    mlflow.set_experiment(unique("data"))
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({f"p{i}": i for i in range(150)})
        for step in range(20):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"acc": 0.9, "train/f1 score": float("nan")}, step=3)
        mlflow.log_metric("big", float("inf"))
        mlflow.set_tag("mood", "good")
        mlflow.set_tags({"a": "1", "b": "x" * 9000})
        run_id = run.info.run_id
        raises("INVALID_PARAMETER_VALUE", mlflow.log_param, "alpha", 0.6)
    data = client.get_run(run_id)
    assert data.info.status == "FINISHED" and data.info.end_time >= data.info.start_time
    assert data.info.run_name == "first" and data.data.tags["mlflow.runName"] == "first"
    assert data.data.params["alpha"] == "0.5" and len(data.data.params) == 151
    assert data.data.metrics["loss"] == 1.0 / 20 and data.data.metrics["acc"] == 0.9
    assert math.isnan(data.data.metrics["train/f1 score"])
    assert data.data.metrics["big"] > 1e308
    assert len(data.data.tags["b"]) == 8000 and data.data.tags["mood"] == "good"
    history = client.get_metric_history(run_id, "loss")
    assert [m.step for m in history] == list(range(20))
    client.delete_tag(run_id, "mood")
    raises("RESOURCE_DOES_NOT_EXIST", client.delete_tag, run_id, "mood")
    client.set_tag(run_id, "mlflow.runName", "second")
    assert client.get_run(run_id).info.run_name == "second"
    client.update_run(run_id, name="third")
    assert client.get_run(run_id).data.tags["mlflow.runName"] == "third"
    client.delete_run(run_id)
    assert "must be in the 'active' state" in raises("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "loss", 1)
    client.restore_run(run_id)
    client.log_metric(run_id, "loss", 7, timestamp=1, step=5)
    assert client.get_run(run_id).data.metrics["loss"] == 1.0 / 20


def test_batch():
    run = client.create_run(client.create_experiment(unique("batch")), start_time=1_700_000_000_000)
    run_id = run.info.run_id
    assert run.info.start_time == 1_700_000_000_000
    points = [Metric("m", i * 0.5, 1000 + i, i) for i in range(1000)]
    client.log_batch(run_id, metrics=points)
    client.log_batch(run_id, metrics=points)
    assert len(client.get_metric_history(run_id, "m")) == 1000
    client.log_batch(run_id, [Metric("n", 1, 1, 1)], [Param("k", "v")], [RunTag("t", "1"), RunTag("t", "2")])
    assert client.get_run(run_id).data.tags["t"] == "2"
    raises("INVALID_PARAMETER_VALUE", client.log_batch, run_id, [Metric("o", 1, 1, 1)], [Param("k", "other")])
    assert "o" not in client.get_run(run_id).data.metrics
    status, body = call("POST", "/api/2.0/mlflow/runs/log-batch", {"run_id": run_id, "metrics": [{"key": "m", "value": 1, "timestamp": 1}] * 1001})
    assert status == 400 and body["error_code"] == "INVALID_PARAMETER_VALUE", body
    status, body = call("POST", "/api/2.0/mlflow/runs/log-batch", {"run_id": run_id, "params": [{"key": "z", "value": "1"}] * 2})
    assert status == 400, body
    assert call("POST", "/api/2.0/mlflow/runs/log-batch", {"run_id": run_id}) == (200, {})


def test_nested_and_failed():
    mlflow.set_experiment(unique("nested"))
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("x", 1)
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    found = mlflow.search_runs(filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert list(found.run_id) == [child.info.run_id]
    try:
        with mlflow.start_run() as broken:
            raise ValueError("on purpose")
    except ValueError:
        pass
    assert client.get_run(broken.info.run_id).info.status == "FAILED"
    client.set_terminated(broken.info.run_id, "KILLED")
    assert client.get_run(broken.info.run_id).info.status == "KILLED"
    with mlflow.start_run(run_id=broken.info.run_id):
        assert client.get_run(broken.info.run_id).info.status == "RUNNING"


def test_search():
    exp = client.create_experiment(unique("search"))
    ids = []
    for i in range(5):
        run = client.create_run(exp, start_time=1000 + i, run_name=f"run {i}")
        client.log_metric(run.info.run_id, "loss", i)
        client.log_metric(run.info.run_id, "val loss", i)
        client.log_param(run.info.run_id, "model", "Tree" if i % 2 else "forest")
        client.set_tag(run.info.run_id, "team", f"t{i}")
        ids.append(run.info.run_id)

    def find(text, **kwargs):
        return [ids.index(r.info.run_id) for r in client.search_runs([exp], text, **kwargs)]

    assert find("") == [4, 3, 2, 1, 0]
    assert find("metrics.loss < 2.5 and metrics.loss >= 1") == [2, 1]
    assert find("metrics.`val loss` > 3") == [4]
    assert find('params.model = "Tree"') == [3, 1]
    assert find("params.model ILIKE 'tr%'") == [3, 1]
    assert find("params.model LIKE 'tr%'") == []
    assert find("params.model != 'Tree' AND tags.team != 't0'") == [4, 2]
    assert find("tags.missing != 'x'") == []
    assert find("attributes.run_name = 'run 3'") == [3]
    assert find("start_time > 1002") == [4, 3]
    assert find("attributes.status = 'RUNNING'") == [4, 3, 2, 1, 0]
    assert find(f"run_id IN ('{ids[0]}', '{ids[2]}')") == [2, 0]
    assert find("", order_by=["metrics.loss ASC"]) == [0, 1, 2, 3, 4]
    assert find("", order_by=["params.model DESC", "attribute.start_time"]) == [0, 2, 4, 1, 3]
    assert find("", order_by=["metrics.none", "tags.team"]) == [0, 1, 2, 3, 4]
    page = client.search_runs([exp], max_results=2)
    page2 = client.search_runs([exp], max_results=2, page_token=page.token)
    assert [ids.index(r.info.run_id) for r in page2] == [2, 1]
    for bad in ("metrics.loss > 'a'", "params.model = 3", "loss > 1 OR loss < 2", "(metrics.loss > 1)", "nope.x = 1", "metrics.loss >", "'; drop table runs; --"):
        raises("INVALID_PARAMETER_VALUE", client.search_runs, [exp], bad)
    frame = mlflow.search_runs([exp])
    assert len(frame) == 5 and "metrics.loss" in frame.columns
    assert client.search_runs([str(uuid.uuid4())]) == []
    client.delete_run(ids[0])
    assert find("", run_view_type=ViewType.DELETED_ONLY) == [0]


def test_artifacts():
    mlflow.set_experiment(unique("files"))
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        big = os.path.join(folder, "big.bin")
        with open(big, "wb") as out:
            out.write(os.urandom(8 * 1024 * 1024))
        mlflow.log_artifact(big)
        mlflow.log_text("hello", "notes/päper 100%.txt")
        mlflow.log_dict({"a": [1, 2]}, "notes/deep/er.json")
        os.mkdir(os.path.join(folder, "tree"))
        for i in range(3):
            with open(os.path.join(folder, "tree", f"f{i}.csv"), "w") as out:
                out.write(str(i))
        mlflow.log_artifacts(os.path.join(folder, "tree"), "tree")
        run_id = run.info.run_id
        assert run.info.artifact_uri == f"mlflow-artifacts:/ExperimentRun/dcid.{run_id}", run.info.artifact_uri
        assert [(f.path, f.is_dir) for f in client.list_artifacts(run_id)] == [("big.bin", False), ("notes", True), ("tree", True)]
        assert sorted(f.path for f in client.list_artifacts(run_id, "notes")) == ["notes/deep", "notes/päper 100%.txt"]
        assert [f.file_size for f in client.list_artifacts(run_id, "tree")] == [1, 1, 1]
        assert client.list_artifacts(run_id, "tree/f0.csv") == []
        there = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="big.bin")
        with open(there, "rb") as one, open(big, "rb") as two:
            assert one.read() == two.read()
        assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/päper 100%.txt") == "hello"
        everything = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="")
        assert os.path.exists(os.path.join(everything, "tree", "f2.csv"))
        status, body = call("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run_id}")
        assert status == 200 and body["root_uri"] == run.info.artifact_uri and len(body["files"]) == 3
    proxy = "/api/2.0/mlflow-artifacts/artifacts"
    assert call("GET", f"{proxy}/ExperimentRun/dcid.{run_id}/none.txt")[0] == 404
    assert call("GET", f"{proxy}?path=ExperimentRun/dcid.{run_id}/none") == (200, {})
    for bad in ("..%2F..%2Fetc", "%252e%252e/x", "a//b", "C%3A/x", "x%23y"):
        status, body = call("PUT", f"{proxy}/ExperimentRun/dcid.{run_id}/{bad}", raw=b"x")
        assert status == 400 and "Invalid path" in body["message"], (bad, status, body)
    assert call("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run_id}&path=../..")[0] == 400
    assert call("PUT", f"{proxy}/elsewhere/x", raw=b"x")[0] == 404
    assert call("DELETE", f"{proxy}/ExperimentRun/dcid.{run_id}/tree") == (200, {})
    assert call("DELETE", f"{proxy}/ExperimentRun/dcid.{run_id}/tree") == (200, {})
    assert [f.path for f in client.list_artifacts(run_id)] == ["big.bin", "notes"]


def test_inputs():
    import pandas

    exp = mlflow.set_experiment(unique("inputs"))
    frame = pandas.DataFrame({"x": [1, 2, 3], "y": [0, 1, 0]})
    dataset = mlflow.data.from_pandas(frame, name="small", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training")
        mlflow.log_input(dataset, context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert len(inputs) == 1 and inputs[0].dataset.name == "small"
    assert {t.key: t.value for t in inputs[0].tags} == {"mlflow.data.context": "training"}
    assert len(client.search_runs([exp.experiment_id], "dataset.name = 'small' AND dataset.context LIKE 'train%'")) == 1
    status, body = call("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": [exp.experiment_id]})
    assert status == 200 and body["dataset_summaries"][0]["name"] == "small"


def test_model_and_registry():
    import numpy
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment(unique("models"))
    x = numpy.array([[0.0], [1.0], [2.0], [3.0]])
    model = LogisticRegression().fit(x, [0, 0, 1, 1])
    name = unique("classifier")
    place = {"artifact_path": "model"} if MAJOR < 3 else {"name": "model"}
    # A pickle is loaded here, by the client that made it.
    if MAJOR >= 3:
        place["serialization_format"] = "cloudpickle"
    # The requirements are named because finding them out starts a Python of its own.
    place["pip_requirements"] = ["scikit-learn"]
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(model, registered_model_name=name, **place)
    assert list(mlflow.pyfunc.load_model(info.model_uri).predict(x)) == [0, 0, 1, 1]
    assert list(mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model").predict(x)) == [0, 0, 1, 1]
    version = client.get_model_version(name, "1")
    assert version.run_id == run.info.run_id and version.status == "READY", version
    assert list(mlflow.pyfunc.load_model(f"models:/{name}/1").predict(x)) == [0, 0, 1, 1]
    client.set_registered_model_alias(name, "champion", "1")
    assert client.get_model_version_by_alias(name, "champion").version in ("1", 1)
    assert list(mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(x)) == [0, 0, 1, 1]
    second = mlflow.register_model(info.model_uri, name)
    assert str(second.version) == "2"
    assert [str(v.version) for v in client.search_model_versions(f"name='{name}'")] == ["2", "1"]
    assert [m.name for m in client.search_registered_models(f"name LIKE '{name[:-2]}%'")] == [name]
    client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    assert client.get_model_version(name, "1").current_stage == "Archived"
    assert [str(v.version) for v in client.get_latest_versions(name, ["Production"])] == ["2"]
    client.update_registered_model(name, "says what it is")
    client.update_model_version(name, "2", "better")
    client.set_registered_model_tag(name, "k", "v")
    client.set_model_version_tag(name, "2", "k2", "v2")
    got = client.get_registered_model(name)
    assert got.description == "says what it is" and got.tags["k"] == "v" and got.aliases == {"champion": "1"}
    assert client.get_model_version(name, "2").tags["k2"] == "v2"
    assert [str(v.version) for v in client.search_model_versions("tags.k2 = 'v2' AND name = '%s'" % name)] == ["2"]
    client.delete_registered_model_tag(name, "k")
    client.delete_model_version_tag(name, "2", "k2")
    raises("RESOURCE_ALREADY_EXISTS", client.create_registered_model, name)
    raises("INVALID_PARAMETER_VALUE", client.create_model_version, name, "/etc")
    raises("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, name, "nobody")
    client.delete_model_version(name, "1")
    raises("RESOURCE_DOES_NOT_EXIST", client.get_model_version, name, "1")
    assert client.get_registered_model(name).aliases == {}
    client.delete_registered_model(name)
    raises("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, name)


def test_logged_models():
    if MAJOR < 3:
        return
    exp = mlflow.set_experiment(unique("logged"))
    with mlflow.start_run() as run:
        made = mlflow.initialize_logged_model(name="net", params={"lr": "0.1"}, tags={"team": "red"}, model_type="agent")
        mlflow.log_metric("score", 0.75, model_id=made.model_id, step=2)
        mlflow.finalize_logged_model(made.model_id, "READY")
    model = mlflow.get_logged_model(made.model_id)
    assert str(model.status) == "READY" and model.params == {"lr": "0.1"} and model.source_run_id == run.info.run_id
    assert [(m.key, m.value) for m in model.metrics] == [("score", 0.75)]
    mlflow.set_logged_model_tags(made.model_id, {"more": "1"})
    client.delete_logged_model_tag(made.model_id, "more")
    found = mlflow.search_logged_models([exp.experiment_id], "metrics.score > 0.5 AND params.lr = '0.1' AND name = 'net'", order_by=[{"field_name": "metrics.score", "ascending": False}], output_format="list")
    assert [m.model_id for m in found] == [made.model_id]
    assert mlflow.search_logged_models([exp.experiment_id], "metrics.score > 0.9", output_format="list") == []
    client.delete_logged_model(made.model_id)
    raises("RESOURCE_DOES_NOT_EXIST", mlflow.get_logged_model, made.model_id)


def test_autolog():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    exp = mlflow.set_experiment(unique("autolog"))
    # Models of autolog are logged inside a job (train_in_job.py): they cost more time than all the rest.
    mlflow.sklearn.autolog(log_datasets=True, log_models=False, silent=True)
    try:
        data = load_iris()
        with mlflow.start_run() as run:
            search = GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0]}, cv=2)
            search.fit(data.data, data.target)
    finally:
        mlflow.sklearn.autolog(disable=True)
    got = client.get_run(run.info.run_id)
    assert got.data.metrics["training_score"] > 0.9 and got.data.params["best_C"], got.data
    children = client.search_runs([exp.experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 2, children
    files = [f.path for f in client.list_artifacts(run.info.run_id)]
    assert any("cv_results" in f for f in files) and any(f.endswith(".png") for f in files), files


def test_traces_are_refused_quietly():
    if MAJOR < 3:
        return
    status, body = call("POST", "/api/3.0/mlflow/traces", {})
    assert status == 404 and body["error_code"] == "ENDPOINT_NOT_FOUND" and "traces, prompts" in body["message"], (status, body)


def test_bad_requests():
    exp = client.create_experiment(unique("bad"))
    run_id = client.create_run(exp).info.run_id
    api = "/api/2.0/mlflow"
    cases = [
        ("POST", "/runs/log-metric", {"run_id": run_id, "key": "m", "value": "abc", "timestamp": 1}, "Invalid value"),
        ("POST", "/runs/log-metric", {"run_id": run_id, "key": "m", "value": 1}, "Missing value for required parameter 'timestamp'"),
        ("POST", "/runs/log-metric", {"run_id": run_id, "key": "../m", "value": 1, "timestamp": 1}, "Invalid value"),
        ("POST", "/runs/log-metric", {"run_id": run_id, "key": "m", "value": 1, "timestamp": -1}, "Invalid value"),
        ("POST", "/runs/log-metric", {"run_id": run_id, "key": "m", "value": 1, "timestamp": 1e300}, "Invalid value"),
        ("POST", "/runs/log-batch", {"run_id": run_id, "metrics": [{"key": "m", "value": 1}]}, "Missing value for required parameter 'metrics[0].timestamp'"),
        ("POST", "/runs/log-batch", {"run_id": run_id, "metrics": "x"}, "Invalid value"),
        ("POST", "/runs/set-tag", {"run_id": run_id, "key": "k", "value": "a\0b"}, "NUL character"),
        ("POST", "/runs/update", {"run_id": run_id, "status": "DANCING"}, "Invalid value"),
        ("POST", "/runs/update", {"run_id": run_id, "end_time": 1e18}, "Invalid value"),
        ("POST", "/runs/create", {}, "Missing value for required parameter 'experiment_id'"),
        ("POST", "/runs/search", {"experiment_ids": [exp], "max_results": 0}, "max_results"),
        ("POST", "/runs/search", {"experiment_ids": [exp], "page_token": "nonsense"}, "page token"),
        ("POST", "/experiments/create", {"name": 5}, "Invalid value"),
        ("POST", "/experiments/create", {"name": unique("x"), "artifact_location": "/tmp"}, "artifact_location"),
        ("POST", "/experiments/search", {}, "max_results"),
        ("POST", "/registered-models/create", {"tags": []}, "Missing value for required parameter 'name'"),
    ]
    for method, path, body, text in cases:
        status, answer = call(method, api + path, body)
        assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE" and text in answer["message"], (path, body, status, answer)
    status, answer = call("POST", api + "/runs/log-metric", raw=b'{"run_id": NaN')
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE", answer
    status, answer = call("POST", api + "/runs/fly", {})
    assert status == 404 and answer["error_code"] == "ENDPOINT_NOT_FOUND", answer
    status, answer = call("GET", api + "/runs/get?run_id=nobody")
    assert status == 404 and answer["error_code"] == "RESOURCE_DOES_NOT_EXIST", answer
    status, answer = call("GET", api + "/metrics/get-history?run_id=nobody&metric_key=m")
    assert (status, answer) == (200, {})
    status, answer = call("GET", api + f"/metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=m&start_step=1")
    assert status == 400, answer


TESTS = [value for key, value in list(globals().items()) if key.startswith("test_")]

if __name__ == "__main__":
    wanted = os.environ.get("ONLY", "")
    failed = 0
    for test in TESTS:
        if wanted and wanted not in test.__name__:
            continue
        start = time.time()
        try:
            test()
            print(f"pass {test.__name__} {time.time() - start:.1f}s", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}", flush=True)
            traceback.print_exc()
        finally:
            while mlflow.active_run():
                mlflow.end_run()
    print("ok" if failed == 0 else f"{failed} failed", mlflow.__version__)
    raise SystemExit(1 if failed else 0)
