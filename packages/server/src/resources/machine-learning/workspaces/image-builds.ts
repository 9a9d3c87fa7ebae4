// Image builds: what a workspace needs at its first build of an environment: a container registry of its own, made now when
// it has none, and the compute that its owner chose for builds.
// Source: reference/workspace-concept-2024.md (Azure Container Registry is created when it is first needed; "cannot set tags
// to ACR"); contracts/azureml-rest.md §6 WorkspaceProperties (imageBuildCompute).

import type { Resources } from '#arm/resources.ts';
import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { Database, Tx } from '#storage/database.ts';
import { dependentId } from './neighbours.ts';
import { hubOf, updateProjects } from './projects.ts';

interface Deps {
  readonly database: Database;
  readonly store: Resources;
}

/** Sentences for the log of the build. Throws what keeps the workspace from building, as the caller's to mend. Repeatable. */
export async function prepareImageBuild(ctx: Context, deps: Deps, workspaceKey: string): Promise<readonly string[]> {
  const workspace = await deps.store.get(workspaceKey);
  return [...(await checkCompute(workspace, deps.store)), ...(await ensureRegistry(ctx, deps, workspace))];
}

async function checkCompute(workspace: ResourceRecord, store: Resources): Promise<readonly string[]> {
  const name = stringAt(workspace.properties, 'imageBuildCompute') ?? '';
  if (name === '') return [];
  const compute = /^[a-zA-Z][a-zA-Z0-9-]*$/.test(name) ? await store.find(`${workspace.id}/computes/${name}`) : undefined;
  const type = stringAt(compute?.properties, 'computeType');
  if (type !== 'AmlCompute') {
    const why = compute === undefined ? 'is not there' : `is of the type ${type ?? ''}, and images are built on an AmlCompute cluster`;
    throw new Fault(
      'invalid',
      'ImageBuildComputeNotUsable',
      `The workspace builds its images on the compute '${name.slice(0, 60)}' (imageBuildCompute), which ${why}. Create it, name another, or clear the property.`,
      {
        target: 'properties.imageBuildCompute',
      },
    );
  }
  return [`image build compute ${compute?.name ?? name}: its nodes are slots of this machine, which builds`];
}

async function ensureRegistry(ctx: Context, deps: Deps, workspace: ResourceRecord): Promise<readonly string[]> {
  if (stringAt(workspace.properties, 'containerRegistry') !== undefined) return [];
  const hubId = hubOf(workspace);
  const owner = hubId === undefined ? workspace : await deps.store.get(hubId);
  try {
    const id = await deps.database.transaction((tx) => makeRegistry(tx, ctx, deps.store, owner));
    return id === undefined ? [] : [`container registry ${id.split('/').at(-1) ?? ''} made for the workspace ${owner.name}`];
  } catch (error) {
    if (!isFault(error) || ['internal', 'unavailable', 'throttled'].includes(error.kind)) throw error;
    throw new Fault(
      'invalid',
      'ContainerRegistryCreationFailed',
      `The workspace ${owner.name} has no container registry, and the one that its first build of an environment needs could not be created: ${error.code}: ${error.message} The registry is created without tags; make one that the policies allow and set it as containerRegistry of the workspace.`,
      { target: 'properties.containerRegistry', cause: error },
    );
  }
}

/** The registry and the workspace's link to it, or neither. Undefined: another build was first. */
async function makeRegistry(tx: Tx, ctx: Context, store: Resources, owner: ResourceRecord): Promise<string | undefined> {
  // Why first: holds the workspace, so that of two builds at once the second sees what the first made.
  const held = await store.setProperties(tx, ctx, owner.id, {});
  if (held === undefined || stringAt(held.properties, 'containerRegistry') !== undefined) return undefined;
  const id = dependentId(held, { type: 'Microsoft.ContainerRegistry/registries', word: 'registry' });
  if ((await store.find(id, tx)) === undefined) await store.put(ctx, id, { location: held.location ?? '', sku: { name: 'Standard' }, properties: { adminUserEnabled: true } }, { as: 'system', tx });
  const madeNeighbours = { ...objectAt(held.properties, 'madeNeighbours'), containerRegistry: true };
  const linked = await store.setProperties(tx, ctx, owner.id, { containerRegistry: id, madeNeighbours });
  if (linked !== undefined) await updateProjects(tx, ctx, linked, held, store);
  return id;
}
