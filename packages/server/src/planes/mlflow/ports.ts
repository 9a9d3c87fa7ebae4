// What the plane needs from modules beside it; compose.ts supplies it: the model assets of a workspace, which are
// Resource Manager resources `models` and `models/versions`. Source: contracts/mlflow.md §7, §15.3.

import type { Context } from '#kernel/context.ts';

export interface ModelContainer {
  readonly name: string;
  /** '' when there is none. */
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly userName: string;
}

export interface ModelVersion {
  readonly name: string;
  /** As in the asset; those made here are whole numbers, assets of other clients may be called anything. */
  readonly version: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** String properties of the asset; `mlflow.*` are written by this plane. */
  readonly properties: Readonly<Record<string, string>>;
  /** properties.modelUri of the asset. */
  readonly uri: string;
  /** Run or job that made it. */
  readonly runId?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly userName: string;
}

export interface NewModelVersion {
  readonly uri: string;
  readonly runId?: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
}

/** Archived containers and versions count as absent. Permissions were checked by the route. */
export interface ModelAssets {
  /** Throws `conflict` for a taken name, `invalid` for a name that assets refuse. */
  createContainer(ctx: Context, workspaceKey: string, container: { readonly name: string; readonly description: string; readonly tags: Readonly<Record<string, string>> }): Promise<ModelContainer>;
  findContainer(ctx: Context, workspaceKey: string, name: string): Promise<ModelContainer | undefined>;
  listContainers(ctx: Context, workspaceKey: string): Promise<readonly ModelContainer[]>;
  /** Replaces what is given. Throws `notFound`. */
  updateContainer(ctx: Context, workspaceKey: string, name: string, change: { readonly description?: string; readonly tags?: Readonly<Record<string, string>> }): Promise<ModelContainer>;
  /** With all versions. Throws `notFound`. */
  deleteContainer(ctx: Context, workspaceKey: string, name: string): Promise<void>;
  /** Under the highest number ever used plus one; numbers are not used again. Throws `notFound` without container. */
  createVersion(ctx: Context, workspaceKey: string, name: string, version: NewModelVersion): Promise<ModelVersion>;
  findVersion(ctx: Context, workspaceKey: string, name: string, version: string): Promise<ModelVersion | undefined>;
  /** Versions of one model, or of all. */
  listVersions(ctx: Context, workspaceKey: string, name?: string): Promise<readonly ModelVersion[]>;
  updateVersion(ctx: Context, workspaceKey: string, name: string, version: string, change: { readonly description?: string; readonly tags?: Readonly<Record<string, string>> }): Promise<ModelVersion>;
  deleteVersion(ctx: Context, workspaceKey: string, name: string, version: string): Promise<void>;
  /** Where the bytes of the version are, when they are in storage of this server; undefined otherwise. */
  locate(ctx: Context, workspaceKey: string, version: ModelVersion): Promise<{ readonly account: string; readonly container: string; readonly prefix: string } | undefined>;
}
