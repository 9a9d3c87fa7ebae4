// How searches read models and versions. Source: contracts/mlflow.md §7.4.

import type { Reader } from '#tracking/search-memory.ts';
import { artifactPathOf, ARTIFACT_SCHEME } from './model-sources.ts';
import type { ModelContainer, ModelVersion } from './ports.ts';

/** Properties of an asset that MLflow's view needs. */
export const PROPERTY = { source: 'mlflow.source', modelId: 'mlflow.modelId', runLink: 'mlflow.runLink' } as const;

/** Versions of other clients may be words: they count as 0. */
export function versionNumber(version: string): number {
  return /^\d{1,15}$/.test(version) ? Number(version) : 0;
}

/** `source` as the client gave it, or the place of an asset made by another client. */
export function sourceOf(version: ModelVersion): string {
  const path = artifactPathOf(version.uri);
  return version.properties[PROPERTY.source] ?? (path === undefined ? version.uri : `${ARTIFACT_SCHEME}${path}`);
}

/** Why: keys come from callers, and `constructor` is a member of every object. */
function tagOf(tags: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

export function modelReader(model: ModelContainer): Reader {
  return (entity, key) => {
    if (entity === 'tag') return tagOf(model.tags, key);
    return key === 'name' ? model.name : key === 'last_updated_timestamp' ? model.updatedAt.getTime() : undefined;
  };
}

export function versionReader(version: ModelVersion): Reader {
  return (entity, key) => {
    if (entity === 'tag') return tagOf(version.tags, key);
    switch (key) {
      case 'name':
        return version.name;
      case 'version_number':
        return versionNumber(version.version);
      case 'run_id':
        return version.runId;
      case 'source_path':
        return sourceOf(version);
      case 'creation_timestamp':
        return version.createdAt.getTime();
      case 'last_updated_timestamp':
        return version.updatedAt.getTime();
      default:
        return undefined;
    }
  };
}
