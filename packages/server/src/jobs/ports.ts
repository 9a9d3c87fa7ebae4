// Ports: what the job engine needs from its siblings. compose supplies it.

import type { Readable } from 'node:stream';
import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Tx } from '#storage/database.ts';

/** What an environment is made of; environments/ knows more of it than the engine does. */
export interface EnvironmentSpec {
  /** conda specification, YAML text. */
  readonly condaFile?: string;
  readonly image?: string;
  /** More lines for pip. */
  readonly pipRequirements?: readonly string[];
}

/** A place in a storage account of ours. */
export interface StoragePlace {
  readonly account: string;
  /** Or file share. */
  readonly container: string;
}

export interface ServicePlace extends StoragePlace {
  readonly service: 'blob' | 'file';
}

/** `isVouched`: the workspace has credentials for it, so that whoever may use the workspace may use it. */
export interface DatastorePlace extends ServicePlace {
  readonly isVouched: boolean;
}

/** Whether somebody may use data that the workspace has no credentials for. Throws `forbidden`. */
export interface DataAccess {
  require(principal: Principal, place: ServicePlace, act: 'read' | 'write'): Promise<void>;
}

/** Assets of a workspace by reference (ARM id, `azureml:name:version`, `azureml:name@label`). Each throws `notFound`. */
export interface AssetCatalog {
  getEnvironment(workspaceKey: string, ref: string): Promise<EnvironmentSpec>;
  getCode(workspaceKey: string, ref: string): Promise<{ readonly uri: string; readonly hashSha256?: string; readonly hashVersion?: string }>;
  getData(workspaceKey: string, ref: string): Promise<{ readonly uri: string; readonly type: string }>;
  getModel(workspaceKey: string, ref: string): Promise<{ readonly uri: string; readonly type: string }>;
  /** Throws `notImplemented` for datastores that are not storage of ours. */
  getDatastore(workspaceKey: string, name: string): Promise<DatastorePlace>;
  /** Name of the workspace's default datastore. */
  defaultDatastore(workspaceKey: string): Promise<string>;
  /** Where artifacts and logs of runs are kept: container `azureml` of the workspace's storage account. */
  artifactStore(workspaceKey: string): Promise<StoragePlace>;
}

export interface EnvironmentBuilder {
  /** Throws Fault `EnvironmentBuildFailed` with the resolver's own words. */
  ensure(
    spec: EnvironmentSpec,
    options: { onLine(line: string): void; readonly signal: AbortSignal },
  ): Promise<{
    readonly hash: string;
    readonly pythonPath: string;
    readonly binDir: string;
    readonly notes: readonly string[];
    readonly variables?: Readonly<Record<string, string>>;
    readonly wasCached: boolean;
  }>;
}

export interface ImageBuilds {
  /** What the workspace needs before an environment is built for it: see that it is there. Lines for the log. Throws why it cannot be; repeatable. */
  prepare(ctx: Context, workspaceKey: string): Promise<readonly string[]>;
}

export interface TokenIssuer {
  /** A bearer token that acts only on that job's run and the data it needs, for the principal that submitted it. */
  issueJobToken(job: { readonly workspaceKey: string; readonly jobName: string; readonly principal: Principal; readonly lifetimeSeconds: number }): Promise<string>;
}

export interface IdentityHeaders {
  /** The secret header of the managed-identity endpoint for this job. `identity` is the job's own `identity` object. */
  issue(job: {
    readonly workspaceKey: string;
    readonly jobName: string;
    readonly principal: Principal;
    readonly identity: JsonObject;
    readonly lifetimeSeconds: number;
  }): Promise<{ readonly secret: string; readonly clientId?: string }>;
}

/** Where this server answers. Read at each start of a job: ports are known only after listening. */
export interface Endpoints {
  /** Plain HTTP on loopback, no trailing slash. */
  localOrigin(): string;
  /** `https://{region}.api.{domain}:{port}`. */
  apiOrigin(): string;
  /** Page of the job in the studio. */
  studioJobUrl(workspaceKey: string, jobName: string): string;
  /** The blob or file, or prefix, that an http(s) or wasb(s) URL of ours names; undefined for anything else. */
  parseStorageUrl(url: string): (ServicePlace & { readonly path: string }) | undefined;
  /** CA bundle for clients in the job that call the TLS hosts. */
  caBundlePath(): string | undefined;
}

/** The one client for requests to the outside (addresses checked, redirects re-checked). */
export interface OutboundHttp {
  /** Throws a Fault naming the URL and status when the answer is not 200. */
  get(url: string, signal: AbortSignal): Promise<{ readonly etag?: string; readonly stream: Readable }>;
}

export interface OutputRegistrar {
  /** Registers an output as a data or model asset version; idempotent by (job, output). Returns the asset's id. */
  register(
    ctx: Context,
    output: {
      readonly workspaceKey: string;
      readonly jobName: string;
      readonly outputName: string;
      readonly type: string;
      readonly uri: string;
      readonly assetName: string;
      readonly assetVersion?: string;
      readonly principal: Principal;
    },
  ): Promise<string>;
}

/** Called inside the transaction that ends a job, for what others do at its end. */
export type OnJobEnded = (tx: Tx, ctx: Context, end: { readonly workspaceKey: string; readonly jobName: string; readonly status: 'Completed' | 'Failed' | 'Canceled' }) => Promise<void>;

/** Customer-managed keys: what of these must not stay on the disk of a node in the clear. */
export interface SealedData {
  isSealed(workspaceKey: string): Promise<boolean>;
  isContainerSealed(account: string, container: string): Promise<boolean>;
}
