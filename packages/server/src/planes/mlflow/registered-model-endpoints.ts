// Calls on registered models. Source: contracts/mlflow.md §7.1.

import { Fault } from '#kernel/faults.ts';
import { doesNotExist } from '#tracking/faults.ts';
import { checkKey, checkLength, LIMITS } from '#tracking/limits.ts';
import type { Call, Endpoint } from './endpoint.ts';
import type { ModelAssets } from './ports.ts';
import type { Registry } from './registry.ts';
import { modelWire, versionWire } from './registry-wire.ts';
import { compact, pageWire } from './wire.ts';

export function registeredModelEndpoints(registry: Registry, assets: ModelAssets): readonly Endpoint[] {
  const at = (method: Endpoint['method'], name: string, action: Endpoint['action'], run: (call: Call) => Promise<object>): Endpoint => ({
    method,
    path: `2.0/mlflow/registered-models/${name}`,
    action,
    run,
  });

  async function current({ ctx, workspaceKey, fields }: Call): Promise<object> {
    return { registered_model: modelWire(await registry.getModel(ctx, workspaceKey, fields.needText('name'))) };
  }
  async function latest({ ctx, workspaceKey, fields }: Call): Promise<object> {
    const versions = await registry.latestVersions(ctx, workspaceKey, fields.needText('name'), fields.texts('stages'));
    return compact({ model_versions: versions.map(versionWire) });
  }

  return [
    at('POST', 'create', 'models/write', async (call) => {
      const { ctx, workspaceKey, fields } = call;
      const name = fields.needText('name');
      const tags = fields.pairs('tags');
      for (const tag of tags) checkModelTag(tag.key, tag.value);
      // Why: any conflict of names is told in the one code that clients of MLflow tolerate.
      const container = { name, description: fields.text('description') ?? '', tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])) };
      await assets.createContainer(ctx, workspaceKey, container).catch((error: unknown) => {
        if (error instanceof Fault && error.kind === 'conflict') throw new Fault('conflict', 'ResourceAlreadyExists', `Registered Model (name=${name}) already exists.`, { cause: error });
        throw error;
      });
      return current(call);
    }),
    at('GET', 'get', 'models/read', current),
    at('PATCH', 'update', 'models/write', async (call) => {
      const { ctx, workspaceKey, fields } = call;
      await registry.getModel(ctx, workspaceKey, fields.needText('name'));
      await assets.updateContainer(ctx, workspaceKey, fields.needText('name'), { description: fields.text('description') ?? '' });
      return current(call);
    }),
    at('POST', 'rename', 'models/write', async () => {
      throw new Fault(
        'notImplemented',
        'RenameNotSupported',
        'Registered models cannot be renamed: a model is an asset of the workspace and its name is part of its id. Register it under the other name.',
      );
    }),
    at('DELETE', 'delete', 'models/delete', async ({ ctx, workspaceKey, fields }) => {
      await registry.deleteModel(ctx, workspaceKey, fields.needText('name'));
      return {};
    }),
    at('GET', 'search', 'models/read', async ({ ctx, workspaceKey, fields }) => {
      const page = await registry.searchModels(ctx, workspaceKey, {
        filter: fields.text('filter') ?? '',
        orderBy: fields.texts('order_by'),
        maxResults: fields.int('max_results') ?? 100,
        pageToken: fields.text('page_token'),
      });
      return pageWire('registered_models', page, modelWire);
    }),
    at('POST', 'get-latest-versions', 'models/versions/read', latest),
    at('GET', 'get-latest-versions', 'models/versions/read', latest),
    at('POST', 'set-tag', 'models/write', async ({ ctx, workspaceKey, fields }) => {
      const [name, key, value] = [fields.needText('name'), fields.needText('key'), fields.text('value') ?? ''];
      checkModelTag(key, value);
      const model = await registry.getModel(ctx, workspaceKey, name);
      await assets.updateContainer(ctx, workspaceKey, name, { tags: { ...model.tags, [key]: value } });
      return {};
    }),
    at('DELETE', 'delete-tag', 'models/write', async ({ ctx, workspaceKey, fields }) => {
      const [name, key] = [fields.needText('name'), fields.needText('key')];
      const { [key]: removed, ...tags } = (await registry.getModel(ctx, workspaceKey, name)).tags;
      if (removed !== undefined) await assets.updateContainer(ctx, workspaceKey, name, { tags });
      return {};
    }),
    at('POST', 'alias', 'models/write', async ({ ctx, workspaceKey, fields }) => {
      await registry.setAlias(ctx, workspaceKey, fields.needText('name'), fields.needText('alias'), fields.needText('version'));
      return {};
    }),
    at('GET', 'alias', 'models/versions/read', async ({ ctx, workspaceKey, fields }) => ({
      model_version: versionWire(await registry.getByAlias(ctx, workspaceKey, fields.needText('name'), fields.needText('alias'))),
    })),
    at('DELETE', 'alias', 'models/write', async ({ ctx, workspaceKey, fields }) => {
      await registry.deleteAlias(ctx, workspaceKey, fields.needText('name'), fields.needText('alias'));
      return {};
    }),
  ];
}

export function checkModelTag(key: string, value: string): void {
  checkKey('tag', key, 'key');
  checkLength(`The value of tag '${key}'`, value, LIMITS.modelTagValueChars);
}

/** For a model that must be there before a version of it is made. */
export async function checkModelExists(assets: ModelAssets, { ctx, workspaceKey }: Call, name: string): Promise<void> {
  if ((await assets.findContainer(ctx, workspaceKey, name)) === undefined) throw doesNotExist(`Registered Model with name=${name} not found`);
}
