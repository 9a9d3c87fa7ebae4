// Calls on model versions. Source: contracts/mlflow.md §7.2, §7.3.

import { doesNotExist } from '#tracking/faults.ts';
import type { Tracking } from '#tracking/tracking.ts';
import type { Call, Endpoint } from './endpoint.ts';
import { ARTIFACT_SCHEME, artifactPathOf, assetUriOf, parseModelSource } from './model-sources.ts';
import type { ModelAssets } from './ports.ts';
import { checkModelExists, checkModelTag } from './registered-model-endpoints.ts';
import type { Registry, VersionView } from './registry.ts';
import { PROPERTY } from './registry-readers.ts';
import { versionWire } from './registry-wire.ts';
import { pageWire, registrationsOf } from './wire.ts';

const MODEL_VERSIONS_TAG = 'mlflow.modelVersions';

export function modelVersionEndpoints(registry: Registry, assets: ModelAssets, tracking: Tracking): readonly Endpoint[] {
  const at = (method: Endpoint['method'], name: string, action: Endpoint['action'], run: (call: Call) => Promise<object>): Endpoint => ({
    method,
    path: `2.0/mlflow/model-versions/${name}`,
    action,
    run,
  });
  const named = ({ ctx, workspaceKey, fields }: Call): Promise<VersionView> => registry.getVersion(ctx, workspaceKey, fields.needText('name'), fields.needText('version'));
  const current = async (call: Call): Promise<object> => ({ model_version: versionWire(await named(call)) });

  /** The asset's uri for a source; throws for things the source names that are not there. */
  async function uriOf({ ctx, workspaceKey }: Call, text: string): Promise<{ readonly uri: string; readonly modelId?: string }> {
    const source = parseModelSource(text);
    switch (source.kind) {
      case 'artifacts':
        return { uri: assetUriOf(source.path) };
      case 'run': {
        const { artifactUri } = await tracking.runs.get(workspaceKey, source.runId);
        return { uri: placeOf(`${artifactUri}/${source.path}`) };
      }
      case 'loggedModel': {
        const { artifactUri } = await tracking.loggedModels.get(workspaceKey, source.modelId);
        return { uri: placeOf(artifactUri), modelId: source.modelId };
      }
      case 'version':
        return { uri: (await registry.getVersion(ctx, workspaceKey, source.name, source.version)).uri };
      case 'foreign':
        return { uri: source.uri };
    }
  }

  return [
    at('POST', 'create', 'models/versions/write', async (call) => {
      const { ctx, workspaceKey, fields } = call;
      const name = fields.needText('name');
      const source = fields.needText('source');
      const tags = fields.pairs('tags');
      for (const tag of tags) checkModelTag(tag.key, tag.value);
      await checkModelExists(assets, call, name);
      const { uri, modelId: named } = await uriOf(call, source);
      const modelId = fields.text('model_id') || named;
      const model = modelId === undefined ? undefined : (await tracking.loggedModels.get(workspaceKey, modelId)).model;
      const runId = fields.text('run_id') || model?.sourceRunId || undefined;
      const runLink = fields.text('run_link');
      const version = await assets.createVersion(ctx, workspaceKey, name, {
        uri,
        description: fields.text('description') ?? '',
        tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])),
        properties: { [PROPERTY.source]: source, ...(modelId === undefined ? {} : { [PROPERTY.modelId]: modelId }), ...(runLink ? { [PROPERTY.runLink]: runLink } : {}) },
        ...(runId === undefined ? {} : { runId }),
      });
      if (model !== undefined) {
        const registrations = [...registrationsOf(model.tags[MODEL_VERSIONS_TAG]), { name, version: version.version }];
        await tracking.loggedModels.setTags(ctx, workspaceKey, model.id, [{ key: MODEL_VERSIONS_TAG, value: JSON.stringify(registrations) }]);
      }
      return { model_version: versionWire(await registry.getVersion(ctx, workspaceKey, name, version.version)) };
    }),
    at('GET', 'get', 'models/versions/read', current),
    at('PATCH', 'update', 'models/versions/write', async (call) => {
      const { name, version } = await named(call);
      await assets.updateVersion(call.ctx, call.workspaceKey, name, version, { description: call.fields.text('description') ?? '' });
      return current(call);
    }),
    at('DELETE', 'delete', 'models/versions/delete', async ({ ctx, workspaceKey, fields }) => {
      await registry.deleteVersion(ctx, workspaceKey, fields.needText('name'), fields.needText('version'));
      return {};
    }),
    at('POST', 'transition-stage', 'models/versions/write', async ({ ctx, workspaceKey, fields }) => {
      const [name, version, stage] = [fields.needText('name'), fields.needText('version'), fields.needText('stage')];
      return { model_version: versionWire(await registry.transition(ctx, workspaceKey, name, version, stage, fields.bool('archive_existing_versions') ?? false)) };
    }),
    at('GET', 'search', 'models/versions/read', async ({ ctx, workspaceKey, fields }) => {
      const page = await registry.searchVersions(ctx, workspaceKey, {
        filter: fields.text('filter') ?? '',
        orderBy: fields.texts('order_by'),
        maxResults: fields.int('max_results') ?? 200_000,
        pageToken: fields.text('page_token'),
      });
      return pageWire('model_versions', page, versionWire);
    }),
    at('GET', 'get-download-uri', 'models/versions/read', async (call) => {
      const version = await named(call);
      const path = artifactPathOf(version.uri);
      if (path !== undefined) return { artifact_uri: `${ARTIFACT_SCHEME}${path}` };
      const place = await assets.locate(call.ctx, call.workspaceKey, version);
      if (place !== undefined) return { artifact_uri: `${ARTIFACT_SCHEME}Models/${version.name}/${version.version}` };
      if (version.uri === '') throw doesNotExist(`Version ${version.version} of model ${version.name} has no files.`);
      return { artifact_uri: version.uri };
    }),
    at('POST', 'set-tag', 'models/versions/write', async (call) => {
      const { name, version, tags } = await named(call);
      const [key, value] = [call.fields.needText('key'), call.fields.text('value') ?? ''];
      checkModelTag(key, value);
      await assets.updateVersion(call.ctx, call.workspaceKey, name, version, { tags: { ...tags, [key]: value } });
      return {};
    }),
    at('DELETE', 'delete-tag', 'models/versions/write', async (call) => {
      const found = await named(call);
      const { [call.fields.needText('key')]: removed, ...tags } = found.tags;
      if (removed !== undefined) await assets.updateVersion(call.ctx, call.workspaceKey, found.name, found.version, { tags });
      return {};
    }),
  ];
}

/** An artifact URI as the uri of an asset. */
function placeOf(artifactUri: string): string {
  return artifactUri.startsWith(ARTIFACT_SCHEME) ? assetUriOf(artifactUri.slice(ARTIFACT_SCHEME.length).replace(/\/+$/, '')) : artifactUri;
}
