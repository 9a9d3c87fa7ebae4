"""Runs as a command job: the unmodified mlflow client finds its run, logs to it, and registers a model."""

import os
import pathlib

# The client takes the variable away when it has used it.
RUN_ID = os.environ["MLFLOW_RUN_ID"]

import mlflow  # noqa: E402
import mlflow.sklearn  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

MAJOR = int(mlflow.__version__.split(".")[0])

mlflow.sklearn.autolog(silent=True, **({"serialization_format": "cloudpickle"} if MAJOR >= 3 else {}))
data = load_iris()
with mlflow.start_run() as run:
    assert run.info.run_id == RUN_ID, run.info
    model = LogisticRegression(max_iter=500).fit(data.data, data.target)
    for epoch in range(3):
        mlflow.log_metric("loss", 1.0 / (epoch + 1), step=epoch)
    mlflow.log_param("flavour", "iris")
    mlflow.set_tag("stage", "trial")
    pathlib.Path("notes.txt").write_text(f"mlflow {mlflow.__version__}\n")
    mlflow.log_artifact("notes.txt", "notes")
    place = {"artifact_path": "classifier"} if MAJOR < 3 else {"name": "classifier", "serialization_format": "cloudpickle"}
    info = mlflow.sklearn.log_model(model, registered_model_name=f"iris-{MAJOR}", pip_requirements=["scikit-learn"], **place)
    assert list(mlflow.pyfunc.load_model(info.model_uri).predict(data.data[:2])) == [0, 0]
    pathlib.Path("outputs").mkdir(exist_ok=True)
    pathlib.Path("outputs/beside.txt").write_text("not through mlflow\n")
print("trained with mlflow", mlflow.__version__, flush=True)
