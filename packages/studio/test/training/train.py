"""Logs a falling loss to MLflow, with nothing but the standard library, until the run carries the tag `enough`."""

import json
import math
import os
import pathlib
import random
import sys
import time
import urllib.request

API = f"{os.environ['MLFLOW_TRACKING_URI']}/api/2.0/mlflow"
RUN = os.environ["MLFLOW_RUN_ID"]


def call(path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        f"{API}/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def is_enough() -> bool:
    tags = call(f"runs/get?run_id={RUN}")["run"]["data"].get("tags", [])
    return any(tag["key"] == "enough" for tag in tags)


def main(seconds: float) -> None:
    random.seed(11)
    rate = 0.01
    call("runs/log-batch", {"run_id": RUN, "params": [{"key": "learning_rate", "value": str(rate)}, {"key": "batch_size", "value": "64"}]})
    began = time.monotonic()
    for step in range(100_000):
        noise = random.gauss(0, 0.012)
        loss = 0.06 + 0.7 * math.exp(-step / 26) + noise * math.exp(-step / 60)
        accuracy = 0.976 - 0.4 * math.exp(-step / 22) - noise / 3
        now = int(time.time() * 1000)
        values = {
            "loss": loss,
            "val/loss": loss * 1.06 + 0.012 + random.gauss(0, 0.006),
            "accuracy": accuracy,
            "val/accuracy": accuracy - 0.011 + random.gauss(0, 0.003),
            "examples_seen": 64 * (step + 1),
            "gradient_norm": 1.9 * math.exp(-step / 40) + 0.2 + abs(noise) * 4,
        }
        call("runs/log-batch", {"run_id": RUN, "metrics": [{"key": k, "value": v, "timestamp": now, "step": step} for k, v in values.items()]})
        stamp = time.strftime("%H:%M:%S")
        print(f"{stamp} \033[32mINFO\033[0m epoch {step:3d}  loss=\033[36m{loss:.4f}\033[0m  accuracy=\033[36m{accuracy:.4f}\033[0m", flush=True)
        if step % 16 == 9:
            rate *= 0.8
            print(f"{stamp} \033[33mWARN\033[0m learning rate lowered to {rate:.5f}", flush=True)
        if time.monotonic() - began > seconds or (step % 4 == 3 and is_enough()):
            break
        time.sleep(0.25)
    folder = pathlib.Path("outputs/model")
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("weights.bin").write_bytes(bytes(range(256)) * 200)
    pathlib.Path("outputs/metrics.json").write_text(json.dumps({"loss": round(loss, 4), "accuracy": round(accuracy, 4)}, indent=2) + "\n")
    print("done", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 120)
