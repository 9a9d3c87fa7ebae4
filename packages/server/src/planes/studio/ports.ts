// What the studio plane needs from its siblings; compose.ts supplies it.

import type { Readable } from 'node:stream';
import type { AnyResourceType } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { BlobService } from '#blobs/blob-service.ts';
import type { Context } from '#kernel/context.ts';
import type { Database, Sql } from '#storage/database.ts';
import type { MetricKey, Series } from '#tracking/series.ts';
import type { HostKind } from '../plane.ts';

export interface FileEntry {
  /** Path below the root, no leading slash. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Absent for folders. */
  readonly sizeBytes?: number;
}

export interface FileContent {
  /** Size of the whole file, also when a range was asked for. */
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly stream: Readable;
}

/** A folder, or one file, in storage of ours. */
export interface FileRoot {
  readonly service: 'blob' | 'file';
  readonly account: string;
  /** Or file share. */
  readonly container: string;
  /** No slash at either end. */
  readonly path: string;
}

/** Files that runs, outputs of jobs and assets are made of. */
export interface StoredFiles {
  /** Logs and artifacts of a run. Throws `notFound`. */
  ofRun(workspaceKey: string, runId: string): Promise<FileRoot>;
  /** What a reference leads to. Throws `notFound`, `forbidden` for who may not read there, `notImplemented` for places outside of this server. */
  ofReference(ctx: Context, workspaceKey: string, reference: string): Promise<FileRoot>;
  /** Direct children of the folder; '' is the root. Empty for a folder that is not there. */
  list(root: FileRoot, path: string): Promise<readonly FileEntry[]>;
  /** Bytes [start, end], inclusive. Throws `notFound`, `rangeNotSatisfiable`, `invalid` for a path that leaves the root. */
  open(root: FileRoot, path: string, range?: { readonly start: number; readonly end?: number }): Promise<FileContent>;
}

/** Metrics of a run (`runNo` and `id` are the surrogate id of the run). */
export interface RunSeries {
  readSeries(
    db: Sql,
    run: { readonly id: string; readonly workspaceKey: string },
    keys: readonly string[],
    window: { readonly maxPoints: number; readonly fromStep?: number; readonly toStep?: number },
  ): Promise<readonly Series[]>;
  listMetricKeys(db: Sql, runNo: string): Promise<readonly MetricKey[]>;
}

/** Customer-managed keys of workspaces: what is searched by texts that the database does not see. */
export interface SealedWorkspaces {
  isSealed(workspaceKey: string): Promise<boolean>;
}

export interface TimelinePhase {
  /** 1 for the first try. */
  readonly attempt: number;
  /** The engine's word: `queued`, `preparing`, `running`, `finalizing`, … */
  readonly phase: string;
  readonly startedAt: Date;
  /** null while it lasts. */
  readonly endedAt: Date | null;
  readonly node?: string;
  readonly detail?: string;
}

/** Phases of a job's attempts, oldest first. */
export interface RunTimeline {
  list(db: Sql, workspaceKey: string, runId: string): Promise<readonly TimelinePhase[]>;
}

/** The workspace's own storage account. */
export interface WorkspaceAccounts {
  find(workspaceKey: string): Promise<{ readonly account: string } | undefined>;
}

export interface AccessQuestion {
  readonly plane: 'action' | 'dataAction';
  readonly action: string;
}

/** What somebody may do at a scope, and why: the evaluation of every request, told instead of applied. */
export interface AccessReview {
  readonly principal: { readonly id: string; readonly kind: string; readonly displayName: string; readonly isEnabled: boolean };
  /** Assignments that reach the scope: the principal's own and those of its groups, from here or from above. */
  readonly assignments: readonly { readonly id: string; readonly roleName: string; readonly roleId: string; readonly scope: string; readonly principalId: string; readonly condition: string | null }[];
  /** In the order of the questions. */
  readonly answers: readonly (AccessQuestion & { readonly isAllowed: boolean; readonly assignmentIds: readonly string[]; readonly rolesThatWould: readonly string[] })[];
}

export interface Access {
  visible(ctx: Context, action: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Throws `notFound`/`PrincipalNotFound`. */
  review(principalId: string, scope: string, questions: readonly AccessQuestion[]): Promise<AccessReview>;
}

/** What a page must know before it can sign anyone in; nothing here is secret. */
export interface StudioConfig {
  readonly tenantId: string;
  /** Public client (no secret) of the studio. */
  readonly clientId: string;
  /** Path of the token service on this origin: `/{tenantId}`. */
  readonly authority: string;
  /** Audience of the tokens: scope is `{armAudience}/.default`. */
  readonly armAudience: string;
  readonly defaultSubscription: string;
  readonly region: string;
  readonly version: string;
}

export const STUDIO_HOSTS: readonly HostKind[] = ['studio', 'local'];

/** Where callers come from. */
export interface NetworkPort {
  /** Throws `forbidden` when what is in the workspace is closed to the caller's address. */
  requireWorkspace(ctx: Context, workspaceKey: string): Promise<void>;
}

export interface StudioDeps {
  readonly database: Database;
  readonly blobs: BlobService;
  readonly files: StoredFiles;
  readonly series: RunSeries;
  readonly sealed: SealedWorkspaces;
  readonly timeline: RunTimeline;
  readonly accounts: WorkspaceAccounts;
  readonly access: Access;
  readonly network: NetworkPort;
  store(): Pick<Resources, 'check'>;
  types(): readonly AnyResourceType[];
  /** 32 bytes, the same on every server: `envelope.derive('studio-download')`. */
  readonly ticketKey: Buffer;
  config(): StudioConfig;
}
