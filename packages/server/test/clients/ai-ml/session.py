"""What all checks share: the client, with the environment of `lazurite exec`, and the workspace they work in."""

import os
import time
import uuid

from azure.ai.ml import MLClient
from azure.identity import ClientSecretCredential

GROUP = "Science-RG"
ARM = os.environ["LAZURITE_ARM_ENDPOINT"]

credential = ClientSecretCredential(
    os.environ["AZURE_TENANT_ID"],
    os.environ["AZURE_CLIENT_ID"],
    os.environ["AZURE_CLIENT_SECRET"],
    authority=os.environ["AZURE_AUTHORITY_HOST"],
    disable_instance_discovery=True,
)


def client_of(workspace=None):
    return MLClient(credential, os.environ["AZURE_SUBSCRIPTION_ID"], GROUP, workspace, enable_telemetry=False)


def unique(prefix):
    return f"{prefix}{uuid.uuid4().hex[:8]}"


NAME = unique("lab-")
ml = client_of(NAME)


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
