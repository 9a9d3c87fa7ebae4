// Hook: the variables by which a script finds its run and its workspace.
// Source: contracts/azureml-jobs.md §4 "Environment variables"; contracts/mlflow.md §15.6. Only what is true here is set.

import { basename } from 'node:path';
import type { JobContext } from '../phases/job-context.ts';
import type { JobCredentials } from './identity.ts';

export function trackingVariables(job: JobContext, credentials: JobCredentials): Readonly<Record<string, string>> {
  const { scope, deps } = job;
  const workspacePath = `/subscriptions/${scope.subscriptionId}/resourceGroups/${scope.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${scope.workspaceName}`;
  const runId = job.job.name;
  const api = deps.endpoints.apiOrigin();
  const bundle = deps.endpoints.caBundlePath();
  return {
    // Why: plain HTTP on loopback, so that the unmodified mlflow package needs neither our CA nor a plugin.
    MLFLOW_TRACKING_URI: `${deps.endpoints.localOrigin()}/mlflow/v2.0${workspacePath}`,
    MLFLOW_TRACKING_TOKEN: credentials.runToken,
    MLFLOW_RUN_ID: runId,
    MLFLOW_EXPERIMENT_ID: scope.experimentId,
    MLFLOW_EXPERIMENT_NAME: scope.experimentName,
    AZUREML_RUN_ID: runId,
    AZUREML_ROOT_RUN_ID: runId,
    AZUREML_RUN_TOKEN: credentials.runToken,
    AZUREML_RUN_TOKEN_EXPIRY: String(credentials.expiresAtSeconds),
    AZUREML_ARM_SUBSCRIPTION: scope.subscriptionId,
    AZUREML_ARM_RESOURCEGROUP: scope.resourceGroup,
    AZUREML_ARM_WORKSPACE_NAME: scope.workspaceName,
    AZUREML_ARM_PROJECT_NAME: scope.experimentName,
    AZUREML_EXPERIMENT_ID: scope.experimentId,
    AZUREML_EXPERIMENT_SCOPE: `${workspacePath}/experiments/${scope.experimentName}`,
    AZUREML_WORKSPACE_ID: scope.workspaceId,
    AZUREML_WORKSPACE_SCOPE: workspacePath,
    AZUREML_SERVICE_ENDPOINT: api,
    AZUREML_RUN_HISTORY_SERVICE_ENDPOINT: api,
    AZUREML_DISCOVERY_SERVICE_ENDPOINT: `${api}/discovery`,
    AZUREML_SCRIPT_DIRECTORY_NAME: basename(job.folder.workingDir),
    ...(bundle === undefined ? {} : { REQUESTS_CA_BUNDLE: bundle, SSL_CERT_FILE: bundle }),
  };
}

/** `AZURE_ML_INPUT_x` and its like; names keep their case. */
export function memberVariables(inputs: ReadonlyMap<string, string>, outputs: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [name, value] of inputs) {
    variables[`AZURE_ML_INPUT_${name}`] = value;
    variables[`AZUREML_PARAMETER_${name}`] = value;
    variables[`AZUREML_DATAREFERENCE_${name}`] = value;
  }
  for (const [name, value] of outputs) {
    variables[`AZURE_ML_OUTPUT_${name}`] = value;
    variables[`AZUREML_DATAREFERENCE_${name}`] = value;
  }
  return variables;
}
