"""Trains a logistic regression on scikit-learn's breast-cancer data, in small batches, and logs every epoch to MLflow."""

import argparse
import logging
import pathlib

import mlflow
import mlflow.sklearn
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CLASSES = [0, 1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.0002)
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path("outputs/model"))
    args = parser.parse_args()

    data = load_breast_cancer()
    x_train, x_test, y_train, y_test = train_test_split(
        data.data, data.target, test_size=0.25, stratify=data.target, random_state=7
    )
    print(f"{len(x_train)} samples to train on, {len(x_test)} to test with, {data.data.shape[1]} features", flush=True)

    scaler = StandardScaler().fit(x_train)
    train, test = scaler.transform(x_train), scaler.transform(x_test)
    model = start_from_chance(args.learning_rate, train.shape[1])
    random = np.random.default_rng(7)

    # What it says about pickled models is for those of strangers; this one is our own.
    logging.getLogger("mlflow.sklearn").setLevel(logging.ERROR)
    with mlflow.start_run():
        mlflow.log_params(
            {"epochs": args.epochs, "batch_size": args.batch_size, "learning_rate": args.learning_rate, "model": "SGDClassifier"}
        )
        for epoch in range(1, args.epochs + 1):
            for batch in batches(random, len(train), args.batch_size):
                model.partial_fit(train[batch], y_train[batch], classes=CLASSES)
            p_train, p_test = model.predict_proba(train)[:, 1], model.predict_proba(test)[:, 1]
            metrics = {
                "train/loss": log_loss(y_train, p_train),
                "train/accuracy": accuracy_score(y_train, p_train > 0.5),
                "validation/loss": log_loss(y_test, p_test),
                "validation/accuracy": accuracy_score(y_test, p_test > 0.5),
                "validation/auc": roc_auc_score(y_test, p_test),
            }
            mlflow.log_metrics(metrics, step=epoch)
            if epoch == 1 or epoch % 5 == 0:
                print(
                    f"epoch {epoch:3d}/{args.epochs}  loss {metrics['train/loss']:.4f}"
                    f"  validation loss {metrics['validation/loss']:.4f}  accuracy {metrics['validation/accuracy']:.4f}",
                    flush=True,
                )
        # The output may exist already as an empty folder; the model goes into it. The requirements are named, and the
        # format is the plain one, because finding them out and loading the other takes longer than the training.
        mlflow.sklearn.save_model(
            make_pipeline(scaler, model), str(args.model), serialization_format="cloudpickle",
            pip_requirements=["mlflow-skinny", "scikit-learn", "pandas"],
        )
        print("model saved", flush=True)


def start_from_chance(learning_rate: float, features: int) -> SGDClassifier:
    """A classifier that has learned nothing yet: every answer is one half."""
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=learning_rate, alpha=1e-3, random_state=7)
    model.partial_fit(np.zeros((2, features)), CLASSES, classes=CLASSES)
    model.intercept_[:] = 0.0
    return model


def batches(random: np.random.Generator, count: int, size: int):
    """Every sample once, in a new order."""
    order = random.permutation(count)
    return [order[start : start + size] for start in range(0, count, size)]


if __name__ == "__main__":
    main()
