// Models and versions in MLflow's JSON. Source: contracts/mlflow.md §7.

import type { ModelView, VersionView } from './registry.ts';
import { PROPERTY, sourceOf } from './registry-readers.ts';
import { compact, tagsWire } from './wire.ts';

type Wire = Readonly<Record<string, unknown>>;

export function modelWire(model: ModelView): Wire {
  return compact({
    name: model.name,
    creation_timestamp: model.createdAt.getTime(),
    last_updated_timestamp: model.updatedAt.getTime(),
    user_id: model.userName,
    description: model.description,
    latest_versions: model.latest.map(versionWire),
    tags: tagsWire(model.tags),
    aliases: [...model.aliases].map(([alias, version]) => ({ alias, version })),
  });
}

export function versionWire(version: VersionView): Wire {
  return compact({
    name: version.name,
    version: version.version,
    creation_timestamp: version.createdAt.getTime(),
    last_updated_timestamp: version.updatedAt.getTime(),
    user_id: version.userName,
    current_stage: version.stage,
    description: version.description,
    source: sourceOf(version),
    run_id: version.runId ?? '',
    run_link: version.properties[PROPERTY.runLink] ?? '',
    status: 'READY',
    tags: tagsWire(version.tags),
    aliases: version.aliases,
    model_id: version.properties[PROPERTY.modelId],
  });
}
