// JobEngineDeps: everything the engine is given. Only compose and the test kit make one.

import type { BlobService, ContentService } from '#blobs/blob-service.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Log } from '#kernel/context.ts';
import type { Database } from '#storage/database.ts';
import type { JobDriver } from './driver.ts';
import type { AssetCatalog, DataAccess, Endpoints, EnvironmentBuilder, IdentityHeaders, ImageBuilds, OnJobEnded, OutboundHttp, OutputRegistrar, SealedData, TokenIssuer } from './ports.ts';

export interface JobEngineDeps {
  readonly database: Database;
  readonly blobs: BlobService;
  /** File shares: `container` is the share. */
  readonly files: ContentService;
  readonly driver: JobDriver;
  readonly catalog: AssetCatalog;
  readonly access: DataAccess;
  readonly environments: EnvironmentBuilder;
  readonly imageBuilds: ImageBuilds;
  readonly tokens: TokenIssuer;
  readonly identity: IdentityHeaders;
  readonly endpoints: Endpoints;
  readonly outbound: OutboundHttp;
  readonly registrar: OutputRegistrar;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder for attempts and cached inputs, absolute. */
  readonly dir: string;
  /** Names the data folder: attempts are taken up again only where their files are. */
  readonly host: string;
  /** Nodes of the built-in pool for jobs without a compute. */
  readonly serverlessNodes: number;
  /** Directories after the environment's own on the PATH of a command. @default /usr/local/bin:/usr/bin:/bin */
  readonly systemPath?: string;
  /** Left out: nothing is sealed. */
  readonly sealed?: SealedData;
  readonly onJobEnded?: OnJobEnded;
  /** Attempts of a job whose runner gets lost. @default 3 */
  readonly maxAttempts?: number;
}
