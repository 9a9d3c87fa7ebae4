// ModelAssets in memory, to the letter of the port: the plane is under test here, not Resource Manager.

import { Fault } from '@lazurite/server/kernel/faults.ts';
import type { ModelAssets, ModelContainer, ModelVersion } from '@lazurite/server/planes/mlflow/ports.ts';

export function memoryAssets(): ModelAssets {
  const containers = new Map<string, ModelContainer>();
  const versions = new Map<string, ModelVersion[]>();
  const highest = new Map<string, number>();
  const at = (workspaceKey: string, name: string): string => `${workspaceKey}/models/${name}`;
  const missing = (name: string): never => {
    throw new Fault('notFound', 'ResourceNotFound', `There is no model ${name}.`);
  };
  return {
    async createContainer(ctx, workspaceKey, container) {
      const key = at(workspaceKey, container.name);
      if (containers.has(key)) throw new Fault('conflict', 'ResourceExists', `Model ${container.name} exists.`);
      const now = new Date();
      const made = { ...container, createdAt: now, updatedAt: now, userName: ctx.principal.displayName };
      containers.set(key, made);
      versions.set(key, []);
      return made;
    },
    findContainer: async (_ctx, workspaceKey, name) => containers.get(at(workspaceKey, name)),
    listContainers: async (_ctx, workspaceKey) => [...containers].filter(([key]) => key.startsWith(at(workspaceKey, ''))).map(([, container]) => container),
    async updateContainer(_ctx, workspaceKey, name, change) {
      const found = containers.get(at(workspaceKey, name)) ?? missing(name);
      const updated = { ...found, ...change, updatedAt: new Date() };
      containers.set(at(workspaceKey, name), updated);
      return updated;
    },
    async deleteContainer(_ctx, workspaceKey, name) {
      if (!containers.delete(at(workspaceKey, name))) missing(name);
      versions.delete(at(workspaceKey, name));
    },
    async createVersion(ctx, workspaceKey, name, version) {
      const key = at(workspaceKey, name);
      const list = versions.get(key) ?? missing(name);
      const number = (highest.get(key) ?? 0) + 1;
      highest.set(key, number);
      const now = new Date();
      const made = { ...version, name, version: String(number), createdAt: now, updatedAt: now, userName: ctx.principal.displayName };
      list.push(made);
      return made;
    },
    findVersion: async (_ctx, workspaceKey, name, version) => versions.get(at(workspaceKey, name))?.find((known) => known.version === version),
    listVersions: async (_ctx, workspaceKey, name) =>
      name === undefined ? [...versions].filter(([key]) => key.startsWith(at(workspaceKey, ''))).flatMap(([, list]) => list) : (versions.get(at(workspaceKey, name)) ?? []),
    async updateVersion(_ctx, workspaceKey, name, version, change) {
      const list = versions.get(at(workspaceKey, name)) ?? missing(name);
      const i = list.findIndex((known) => known.version === version);
      const found = list[i] ?? missing(name);
      const updated = { ...found, ...change, updatedAt: new Date() };
      list[i] = updated;
      return updated;
    },
    async deleteVersion(_ctx, workspaceKey, name, version) {
      const list = versions.get(at(workspaceKey, name)) ?? missing(name);
      versions.set(
        at(workspaceKey, name),
        list.filter((known) => known.version !== version),
      );
    },
    locate: async () => undefined,
  };
}
