// Database: the connection to PostgreSQL, transactions, and notifications. Only storage/ sees kysely and pg;
// every other layer passes `Tx` along and calls the stores.

import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { connectionFault } from './connection-fault.ts';
import { Hiding } from './hidden/hiding.ts';
import type { RowKeys } from './row-key.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/catalog.ts';
import { preparing } from './prepared-statements.ts';
import type { BlobsTables } from './tables/blobs.ts';
import type { DeploymentsTables } from './tables/deployments.ts';
import type { FilesTables } from './tables/files.ts';
import type { IdentityTables } from './tables/identity.ts';
import type { JobsTables } from './tables/jobs.ts';
import type { KeyVaultTables } from './tables/key-vault.ts';
import type { NetworksTables } from './tables/networks.ts';
import type { ResourcesTables } from './tables/resources.ts';
import type { TrackingTables } from './tables/tracking.ts';
import type { WorkTables } from './tables/work.ts';
import { TransactionRetries } from './transaction-retry.ts';

export interface Tables extends ResourcesTables, WorkTables, IdentityTables, BlobsTables, FilesTables, TrackingTables, JobsTables, KeyVaultTables, DeploymentsTables, NetworksTables {}

/** An open transaction. Writers of stores take it as their first argument, never optionally. */
export type Tx = Transaction<Tables>;
/** A connection without a transaction, or a transaction: what readers of stores take. */
export type Sql = Kysely<Tables>;

/** Whether a statement failed because a name was taken, or what it refers to was gone, at the time it was written. */
export function breaksConstraint(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '23505' || error.code === '23503');
}

export interface DatabaseOptions {
  readonly url: string;
  /** Most connections of the pool. @default 20 */
  readonly poolSize?: number;
}

type Subscribers = Map<string, Set<(payload: string) => void>>;

function tell(subscribers: Subscribers, channel: string, payload: string): void {
  for (const subscriber of subscribers.get(channel) ?? []) subscriber(payload);
}

const ASIDE_CONNECTIONS = 2;

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'lazurite',
    // Why custom plans: with a generic one a parameter proves nothing about a partial index, and `on conflict` finds none.
    // Why notices: see ChangeNotices.
    onConnect: (client) => client.query('set plan_cache_mode = force_custom_plan; set client_min_messages = notice'),
  });
  // Why: an idle connection that breaks (server restart) must not end the process; the next query reconnects.
  pool.on('error', () => undefined);
  return pool;
}

export class Database {
  readonly sql: Sql;
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #retries = new TransactionRetries();
  readonly #hiding = new Hiding();
  #aside: Database | undefined;
  #listener: pg.Client | undefined;
  #closing = false;
  readonly #subscribers: Subscribers;

  private constructor(pool: pg.Pool, url: string, subscribers: Subscribers) {
    this.#pool = pool;
    this.#url = url;
    this.#subscribers = subscribers;
    const notify = (channel: string, payload: string): void => tell(subscribers, channel, payload);
    this.sql = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: preparing(pool, notify, this.#hiding) }) });
  }

  /** Connects and migrates. Throws what `connectionFault` says of a server that cannot be used. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const subscribers: Subscribers = new Map();
    const pool = openPool(options.url, options.poolSize ?? 20);
    try {
      await migrate(pool, migrations, options.url);
    } catch (error) {
      await pool.end().catch(() => undefined);
      throw connectionFault(error, options.url);
    }
    return new Database(pool, options.url, subscribers);
  }

  /**
   * Runs `body` in one transaction: commits when it resolves, rolls back when it throws. Await nothing but SQL inside, and
   * change nothing outside: after a deadlock or a serialisation failure all of it is run again.
   */
  async transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#retries.run(() => this.sql.transaction().execute(body));
  }

  /** Transactions that were run again since the start, by what ended them. */
  retries(): Readonly<Record<string, number>> {
    return this.#retries.counts();
  }

  /**
   * The same database over a few connections of its own, for what queries wait for: the keys of sealed rows. Were they
   * read over the connections of the pool, transactions that wait for them could hold all of those.
   */
  aside(): Database {
    this.#aside ??= new Database(openPool(this.#url, ASIDE_CONNECTIONS), this.#url, this.#subscribers);
    return this.#aside;
  }

  /** What rows of workspaces are sealed with; without it none are, and none can be opened. */
  supplyRowKeys(keys: RowKeys): void {
    this.#hiding.supply(keys);
  }

  /** The bare connections, for tests and benchmarks: what is changed there, this server hears of only a little later. */
  get pool(): pg.Pool {
    return this.#pool;
  }

  /** True when the database answers. */
  async isReady(): Promise<boolean> {
    return this.#pool.query('select 1').then(
      () => true,
      () => false,
    );
  }

  /** Calls back on every NOTIFY of the channel, from every server on this database. Returns the unsubscription. */
  async listen(channel: string, onPayload: (payload: string) => void): Promise<() => void> {
    const known = this.#subscribers.get(channel);
    const subscribers = known ?? new Set<(payload: string) => void>();
    subscribers.add(onPayload);
    if (known === undefined) {
      this.#subscribers.set(channel, subscribers);
      const listener = this.#listener ?? (await this.#connectListener());
      await listener.query(`listen ${pg.escapeIdentifier(channel)}`);
    }
    return () => subscribers.delete(onPayload);
  }

  async #connectListener(): Promise<pg.Client> {
    const listener = new pg.Client({ connectionString: this.#url, application_name: 'lazurite-listen', keepAlive: true });
    this.#listener = listener;
    listener.on('notification', (message) => tell(this.#subscribers, message.channel, message.payload ?? ''));
    listener.on('error', () => this.#reconnectListener(listener));
    listener.on('end', () => this.#reconnectListener(listener));
    await listener.connect();
    return listener;
  }

  /** After a lost connection: listen again, then wake everyone once, for what was missed. */
  #reconnectListener(lost: pg.Client): void {
    if (this.#closing || this.#listener !== lost) return;
    this.#listener = undefined;
    setTimeout(() => {
      if (this.#closing) return;
      this.#connectListener()
        .then(async (listener) => {
          for (const channel of this.#subscribers.keys()) await listener.query(`listen ${pg.escapeIdentifier(channel)}`);
          for (const subscribers of this.#subscribers.values()) for (const subscriber of subscribers) subscriber('');
        })
        .catch(() => this.#listener !== undefined && this.#reconnectListener(this.#listener));
    }, 500).unref();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#listener?.end().catch(() => undefined);
    await Promise.all([this.sql.destroy(), this.#aside?.close()]);
  }
}
