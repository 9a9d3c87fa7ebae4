// Ports: what resource types need from the engines. compose supplies it.

import type { DeploymentDeps } from '#arm/deployments.ts';
import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { Sql, Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { RunRecord } from '#storage/run-store.ts';

/** The installation: its tenant, subscription and location. */
export interface Installation {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly region: string;
  readonly domain: string;
}

/** Where clients find this server. Read at each use: the port is known only after listening. */
export interface Sites {
  api(): string;
  login(): string;
  resourceManager(): string;
  /** `https://{account}.{service}.{domain}:{port}` */
  service(name: string, service: 'blob' | 'dfs' | 'file' | 'queue' | 'table' | 'web' | 'vault'): string;
  /** Host and port of a container registry, without a scheme. */
  registry(name: string): string;
  /** Suffix of storage hosts, without a port: `lazurite.localhost`. */
  suffix(): string;
  studioJob(workspaceId: string, jobName: string): string;
}

export interface BuiltInRole {
  readonly name: string;
  readonly properties: JsonObject;
}

/** Who may do what, as roles and assignments see it. */
export interface RolePort {
  readonly builtIn: readonly BuiltInRole[];
  /** The kind of principal, or undefined when there is none with that object id. */
  principalType(objectId: string): Promise<'User' | 'Group' | 'ServicePrincipal' | undefined>;
  /** The principal and the groups it is in, transitively. */
  withGroups(objectId: string): Promise<readonly string[]>;
  /** The custom role of that name, in any letter case. */
  findDefinition(roleName: string): Promise<{ readonly id: string; readonly key: string; readonly name: string } | undefined>;
  /** What the roles of the caller at the scope permit, one entry for each. */
  permissionsAt(ctx: Context, scope: string): Promise<readonly JsonObject[]>;
}

/** Principals of managed identities. */
export interface IdentityPort {
  /** Adds the principal of a managed identity, in the transaction that makes its resource. */
  add(tx: Tx, identity: { readonly resourceId: string; readonly principalId: string; readonly clientId: string; readonly displayName: string }): Promise<void>;
  /** Removes it: its tokens end at once. Idempotent. */
  remove(tx: Tx, resourceId: string): Promise<void>;
  find(db: Sql, resourceId: string): Promise<{ readonly principalId: string; readonly clientId: string } | undefined>;
  /** Throws `forbidden` unless the caller may do this with the identity (its resource id). */
  require(ctx: Context, action: string, identityId: string): Promise<void>;
}

/** Container registries, whose names are unique over all subscriptions. */
export interface RegistryPort {
  find(name: string): Promise<{ readonly id: string; readonly key: string } | undefined>;
}

/** A blob container as Resource Manager shows it. */
export interface Container {
  readonly name: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly modifiedAt: Date;
  readonly lease: { readonly state: 'leased' | 'expired' | 'breaking' | 'broken'; readonly durationSeconds: number } | undefined;
}

export interface ContainerPort {
  /** Makes it, or gives it this metadata; without any, what is there stays. */
  put(ctx: Context, account: string, name: string, metadata: Readonly<Record<string, string>> | undefined): Promise<Container>;
  find(account: string, name: string): Promise<Container | undefined>;
  /** In order of name. */
  list(account: string, query: { readonly prefix: string; readonly limit: number; readonly after?: string }): Promise<Page<Container>>;
  /** False when there was none. */
  remove(ctx: Context, account: string, name: string): Promise<boolean>;
}

/** A file share as Resource Manager shows it. */
export interface Share {
  readonly name: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly quotaGib: number;
  readonly accessTier: 'TransactionOptimized' | 'Hot' | 'Cool';
  readonly modifiedAt: Date;
}

export type ShareSettings = Partial<Pick<Share, 'metadata' | 'quotaGib' | 'accessTier'>>;

export interface SharePort {
  /** Makes it, or changes what is given. */
  put(ctx: Context, account: string, name: string, settings: ShareSettings): Promise<Share>;
  find(account: string, name: string): Promise<Share | undefined>;
  /** In order of name. */
  list(account: string, query: { readonly prefix: string; readonly limit: number; readonly after?: string }): Promise<Page<Share>>;
  /** Bytes of the files in it, holes included. */
  usage(account: string, name: string): Promise<number>;
  /** False when there was none. */
  remove(ctx: Context, account: string, name: string): Promise<boolean>;
  /** Idempotent. */
  ensure(account: string, name: string): Promise<void>;
}

interface SasTerms {
  readonly account: string;
  /** Base64. */
  readonly key: string;
  readonly permissions: string;
  readonly protocol: 'https' | 'https,http';
  readonly startsAt?: Date;
  readonly expiresAt: Date;
}

export interface StoragePort {
  readonly containers: ContainerPort;
  readonly shares: SharePort;
  /** For a share, or with `path` for a file in it. */
  fileSas(terms: SasTerms & { readonly share: string; readonly path?: string; readonly contentDisposition?: string; readonly contentType?: string }): string;
  accountSas(terms: SasTerms & { readonly services: string; readonly resourceTypes: string; readonly addresses?: string }): string;
  serviceSas(terms: SasTerms & { readonly container: string; readonly blob?: string; readonly contentDisposition?: string; readonly contentType?: string }): string;
  /** In the transaction of the delete: nothing of the account is seen any more; work frees its bytes. */
  removeAccount(tx: Tx, ctx: Context, account: string): Promise<void>;
  /** The account of that name in any subscription. */
  findAccount(name: string): Promise<{ readonly id: string; readonly key: string } | undefined>;
  ensureContainer(account: string, container: string): Promise<void>;
  /** Makes the container; false when it is there already. */
  claimContainer(account: string, container: string): Promise<boolean>;
  /** Shared access signature for one container, without `?`. */
  containerSas(args: { readonly account: string; readonly key: string; readonly container: string; readonly permissions: string; readonly expiresAt: Date }): string;
}

export interface JobPort {
  /** Throws a Fault with one detail for each mistake. */
  check(properties: JsonObject): void;
  /** Throws `notImplemented` for an environment in a registry that the workspace has no namesake of. */
  checkEnvironment(workspaceKey: string, properties: JsonObject): Promise<void>;
  /** Where the outputs of a checked job go, by name: as it asks, or in the workspace's default datastore. */
  outputUris(workspaceKey: string, jobName: string, properties: JsonObject): Promise<ReadonlyMap<string, string>>;
  submit(tx: Tx, ctx: Context, job: { readonly workspaceKey: string; readonly workspaceId: string; readonly jobName: string; readonly properties: JsonObject }): Promise<void>;
  /** The run of the job shows this name from now on. */
  rename(tx: Tx, workspaceKey: string, jobName: string, displayName: string): Promise<void>;
  requestCancel(tx: Tx, ctx: Context, workspaceKey: string, jobName: string): Promise<void>;
  /** Removes run record, metrics, logs and artifacts of an ended job. */
  remove(tx: Tx, ctx: Context, workspaceKey: string, jobName: string): Promise<void>;
  runs(db: Sql, workspaceKey: string, jobNames: readonly string[]): Promise<ReadonlyMap<string, RunRecord>>;
}

/** A cluster or, with `instance`, a compute instance as it is now. */
export interface ComputeState {
  readonly currentNodeCount: number;
  readonly targetNodeCount: number;
  readonly allocationState: 'Steady' | 'Resizing';
  readonly allocationStateTransitionTime: Date;
  readonly nodeStateCounts: JsonObject;
  /** What is wrong with nodes that cannot be used. */
  readonly errors: readonly string[];
  readonly instance: { readonly state: string; readonly lastOperation: { readonly name: string; readonly trigger: string; readonly at: string; readonly status: string } } | undefined;
}

export interface ComputePort {
  put(tx: Tx, ctx: Context, key: string, scale: { readonly min: number; readonly max: number; readonly idleSeconds: number }): Promise<void>;
  /** A compute of one node that runs until it is stopped, has been idle for that long, or a schedule (`computeStartStop`, checked) says so. */
  putInstance(tx: Tx, ctx: Context, key: string, timing: { readonly stopsAfterSeconds: number | null; readonly schedules: readonly JsonObject[] }): Promise<void>;
  /** Of an instance. Idempotent; the job that runs there is canceled. */
  changePower(tx: Tx, ctx: Context, key: string, change: 'Start' | 'Stop' | 'Restart'): Promise<void>;
  remove(tx: Tx, ctx: Context, key: string): Promise<void>;
  /** Jobs that wait for or run on the compute. */
  activeJobs(db: Sql, key: string): Promise<readonly string[]>;
  describe(db: Sql, keys: readonly string[]): Promise<ReadonlyMap<string, ComputeState>>;
  find(key: string): Promise<ComputeState | undefined>;
  listNodes(db: Sql, key: string): Promise<readonly JsonObject[]>;
}

/** Who may let a private endpoint in. */
export interface LinkPort {
  /** Whether the caller may approve connections to the target: then its own are approved at once. */
  mayApprove(ctx: Context, target: ResourceRecord): Promise<boolean>;
}

/** Everything kept for a workspace outside of the resources table: runs, metrics, artifacts, its own file shares. */
export interface WorkspaceContentPort {
  remove(
    tx: Tx,
    ctx: Context,
    workspace: { readonly key: string; readonly storageAccount: string | undefined; readonly artifactContainer: string | undefined; readonly shares: readonly string[] },
  ): Promise<void>;
}

/** Rights at resources that a body names. */
export interface AccessPort {
  /** Throws `forbidden`/`AuthorizationFailed` unless the caller may do the action there. */
  require(ctx: Context, action: string, scope: string): Promise<void>;
  /** Whether a principal may, and the built-in roles that would let it. */
  explain(principalId: string, plane: 'action' | 'dataAction', action: string, scope: string): Promise<{ readonly isAllowed: boolean; readonly roles: readonly string[] }>;
}

/** What the nodes of computes are made of. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the disk with the data folder. */
  readonly diskBytes: number;
}

/** Trials of what a workspace depends on. */
export interface ProbePort {
  /** Writes a blob in the container, reads it again and deletes it. Throws what went wrong. */
  storage(account: string, container: string): Promise<void>;
  /** Whether the server's machine finds an address for the name. */
  resolves(host: string): Promise<boolean>;
}

/** A secret or key as Resource Manager shows it: never its value. */
export interface VaultItem {
  readonly name: string;
  readonly version: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: JsonObject;
}

export interface VaultItems {
  /** A secret gets a new version; a key that is there stays as it is. */
  put(ctx: Context, vault: ResourceRecord, name: string, body: JsonObject): Promise<VaultItem>;
  get(vault: ResourceRecord, name: string, version?: string): Promise<VaultItem>;
  list(vault: ResourceRecord, next: string | undefined): Promise<Page<VaultItem>>;
  listVersions(vault: ResourceRecord, name: string, next: string | undefined): Promise<Page<VaultItem>>;
}

/** What vaults hold. */
export interface VaultPort {
  /** The vault of that name in any subscription, also a soft-deleted one. */
  findByName(name: string): Promise<ResourceRecord | undefined>;
  /** Removes secrets, keys and the key they were sealed with. */
  removeContent(tx: Tx, vaultKey: string): Promise<void>;
  readonly secrets: VaultItems;
  readonly keys: VaultItems;
}

/** The key that a workspace's `encryption` names. */
export interface KeyChoice {
  readonly keyVaultArmId: string;
  readonly keyIdentifier: string;
  /** Resource id; undefined: the workspace's own identity. */
  readonly userAssignedIdentity: string | undefined;
}

/** Where a workspace keeps its data. */
export interface WorkspaceStorage {
  readonly account: string;
  /** Its own blob containers and file shares. */
  readonly containers: readonly string[];
}

/** Customer-managed keys of workspaces. */
export interface EncryptionPort {
  /** Throws `invalid` unless vault, key and identity can serve. */
  check(ctx: Context, choice: KeyChoice): Promise<void>;
  /** Makes the workspace's data key, or wraps it with the key that is now named; what it stores in is sealed with it from then on. Idempotent. */
  ensure(ctx: Context, workspaceKey: string, choice: KeyChoice, systemPrincipalId: string | undefined, storage: WorkspaceStorage): Promise<void>;
  /** A project uses the data key of its hub. Nothing happens when the hub has none. */
  share(hubKey: string, projectKey: string, storage: WorkspaceStorage): Promise<void>;
  release(tx: Tx, ctx: Context, workspaceKey: string): Promise<void>;
}

/** What deployments need of the server they are part of. */
export type DeploymentPort = Omit<DeploymentDeps, 'types' | 'routes'>;

export interface ResourcePorts {
  readonly installation: () => Installation;
  readonly sites: Sites;
  readonly roles: RolePort;
  readonly identities: IdentityPort;
  readonly storage: StoragePort;
  readonly registries: RegistryPort;
  readonly vaults: VaultPort;
  readonly jobs: JobPort;
  readonly computes: ComputePort;
  readonly links: LinkPort;
  readonly content: WorkspaceContentPort;
  readonly encryption: EncryptionPort;
  readonly access: AccessPort;
  readonly probes: ProbePort;
  readonly machine: () => Promise<Machine>;
  readonly deployments: DeploymentPort;
}
