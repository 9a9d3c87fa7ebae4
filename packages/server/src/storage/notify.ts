// notify: a wake-up that leaves with the commit of the transaction it is part of (the outbox of live events).

import { sql } from 'kysely';
import type { Sql } from './database.ts';

/** Channels in use. `lazurite_work`: the queue has something; `lazurite_events`: a JSON LiveEvent for the studio and followers. `lazurite_directory`: principals or roles changed (told by triggers). `lazurite_keys`: vaults, keys or who uses customer-managed ones (likewise). */
export type Channel = 'lazurite_work' | 'lazurite_events' | 'lazurite_directory' | 'lazurite_keys';

export interface LiveEvent {
  /** What changed: `job`, `run`, `metrics`, `log`, `resource`, `compute`; `operation`: how far something is that is done to the resource, a deployment's steps included. */
  readonly topic: string;
  /** Resource key (lower-cased ARM id) of the thing, or of its workspace. */
  readonly key: string;
}

/** Sends when `tx` commits. Equal payloads within one transaction are sent once. */
export async function notify(tx: Sql, channel: Channel, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
}

export async function publishEvent(tx: Sql, event: LiveEvent): Promise<void> {
  await notify(tx, 'lazurite_events', JSON.stringify(event));
}
