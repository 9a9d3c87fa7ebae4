// Answers in MLflow's JSON. Unset members and empty lists are left out. Source: contracts/mlflow.md §1.3, §2, §8.

import type { Page } from '#kernel/page.ts';
import type { ExperimentRecord } from '#storage/experiment-store.ts';
import type { MetricPoint } from '#storage/metric-store.ts';
import { RUN_STATUS_WORDS } from '#storage/run-search-store.ts';
import type { ArtifactInfo } from '#tracking/artifacts.ts';
import type { LoggedModelView } from '#tracking/logged-models.ts';
import type { RunView } from '#tracking/run-views.ts';

type Wire = Readonly<Record<string, unknown>>;

/** Without undefined members and empty lists. */
export function compact(members: Wire): Wire {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)));
}

export function pageWire<T>(name: string, page: Page<T>, item: (value: T) => Wire): Wire {
  return compact({ [name]: page.items.map(item), next_page_token: page.next });
}

/** JSON has no NaN: the word stands for it. */
export function numberWire(value: number): number | string {
  return Number.isNaN(value) ? 'NaN' : value;
}

export function tagsWire(tags: Readonly<Record<string, string>>): readonly Wire[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

export function experimentWire(experiment: ExperimentRecord): Wire {
  return compact({
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactLocation ?? `mlflow-artifacts:/ExperimentRun`,
    lifecycle_stage: experiment.lifecycle,
    creation_time: experiment.createdAt.getTime(),
    last_update_time: experiment.updatedAt.getTime(),
    tags: tagsWire(experiment.tags),
  });
}

export function metricWire(point: MetricPoint): Wire {
  return { key: point.key, value: numberWire(point.value), timestamp: point.timestamp, step: point.step };
}

export function runInfoWire({ run, artifactUri }: RunView): Wire {
  return compact({
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: run.displayName,
    experiment_id: run.experimentId,
    user_id: run.userName,
    status: RUN_STATUS_WORDS[run.status],
    start_time: run.startTime.getTime(),
    end_time: run.endedAt?.getTime(),
    artifact_uri: artifactUri,
    lifecycle_stage: run.lifecycle,
  });
}

export function runWire(view: RunView): Wire {
  return {
    info: runInfoWire(view),
    data: compact({ metrics: view.metrics.map(metricWire), params: view.params, tags: view.tags }),
    inputs: compact({
      dataset_inputs: view.datasets.map((input) =>
        compact({
          tags: tagsWire(input.tags),
          dataset: compact({
            name: input.name,
            digest: input.digest,
            source_type: input.sourceType,
            source: input.source,
            schema: input.schema ?? undefined,
            profile: input.profile ?? undefined,
          }),
        }),
      ),
      model_inputs: view.models.filter((model) => model.role === 'input').map((model) => ({ model_id: model.modelId })),
    }),
    outputs: compact({ model_outputs: view.models.filter((model) => model.role === 'output').map((model) => ({ model_id: model.modelId, step: model.step })) }),
  };
}

/** Files as `artifacts/list` names them: by their path from the root. */
export function fileWire(file: ArtifactInfo): Wire {
  return compact({ path: file.path, is_dir: file.isFolder, file_size: file.sizeBytes });
}

const MODEL_VERSIONS_TAG = 'mlflow.modelVersions';

export function loggedModelWire({ model, artifactUri, metrics }: LoggedModelView): Wire {
  return {
    info: compact({
      model_id: model.id,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt.getTime(),
      last_updated_timestamp_ms: model.updatedAt.getTime(),
      artifact_uri: artifactUri,
      status: `LOGGED_MODEL_${model.status}`,
      model_type: model.modelType,
      source_run_id: model.sourceRunId ?? undefined,
      tags: tagsWire(model.tags),
      registrations: registrationsOf(model.tags[MODEL_VERSIONS_TAG]),
    }),
    data: compact({
      params: tagsWire(model.params),
      metrics: metrics.map((metric) =>
        compact({
          ...metricWire(metric),
          model_id: metric.modelId,
          run_id: metric.runId,
          dataset_name: metric.datasetName || undefined,
          dataset_digest: metric.datasetDigest || undefined,
        }),
      ),
    }),
  };
}

/** The registrations a model's tag names; clients write it too, versions as numbers or strings. */
export function registrationsOf(tag: string | undefined): readonly { readonly name: string; readonly version: string }[] {
  let listed: unknown;
  try {
    listed = JSON.parse(tag ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(listed)) return [];
  const found = new Map<string, { readonly name: string; readonly version: string }>();
  for (const item of listed) {
    if (typeof item !== 'object' || item === null || !('name' in item) || !('version' in item)) continue;
    const registration = { name: String(item.name), version: String(item.version) };
    found.set(JSON.stringify(registration), registration);
  }
  return [...found.values()];
}
