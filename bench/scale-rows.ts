// Resource Manager with 100,000 more resources in the database, against the same calls before they were there.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../packages/server/src/storage/database.ts';
import { drive, medianSample, repeat } from './measure.ts';
import type { Row } from './report.ts';
import { AS_AFTER_A_WHILE, manyResources } from './many-resources.ts';
import { need, type Site } from './site.ts';

const RESOURCES = 100_000;
const CLIENTS = 4;
const INSIGHTS = 'api-version=2020-02-02';

export async function scaleRows(site: Site, scale: number): Promise<readonly Row[]> {
  const { wire, server } = site;
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const group = `${subscription}/resourceGroups/bench`;
  const components = `${group}/providers/Microsoft.Insights/components`;
  const body = (turn: number) => ({ location: 'local', kind: 'web', tags: { turn: String(turn) }, properties: { Application_Type: 'web' } });
  await drive(200, CLIENTS, (n) => need(wire.call('PUT', `${components}/scale-${n}?${INSIGHTS}`, body(0))));
  let turn = 0;
  const calls: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
    'GET resource': (n) => need(wire.call('GET', `${components}/scale-${n % 200}?${INSIGHTS}`)),
    'list page of a type in a group': () => need(wire.call('GET', `${components}?${INSIGHTS}&$top=100`)),
    'list page of a type in a subscription': () => need(wire.call('GET', `${subscription}/providers/Microsoft.Insights/components?${INSIGHTS}&$top=100`)),
    'list page of all types in a subscription': () => need(wire.call('GET', `${subscription}/resources?api-version=2021-04-01&$top=100`)),
    'list page of all types in a group': () => need(wire.call('GET', `${group}/resources?api-version=2021-04-01&$top=100`)),
    'list page of the studio by name': () => need(wire.call('GET', '/api/studio/resources?limit=100&sort=name:asc')),
    'list page of the studio by last change': () => need(wire.call('GET', '/api/studio/resources?limit=100&sort=changed:desc')),
    'list page of the studio by a tag': () => need(wire.call('GET', '/api/studio/resources?limit=100&tag=turn=no')),
    'PUT of a new resource': () => need(wire.call('PUT', `${components}/new-${(turn += 1)}?${INSIGHTS}`, body(turn))),
    'PUT of a known resource': (n) => need(wire.call('PUT', `${components}/scale-${n % 200}?${INSIGHTS}`, body((turn += 1)))),
  };
  const measure = async (): Promise<ReadonlyMap<string, number>> => {
    const found = new Map<string, number>();
    for (const [name, call] of Object.entries(calls)) {
      await drive(100 * scale, CLIENTS, call);
      found.set(name, medianSample(await repeat(5, () => drive(200 * scale, CLIENTS, call))).p50Ms);
    }
    return found;
  };
  const before = await measure();
  await fill(site);
  const after = await measure();
  // Why without a peer: it looks at every name, one after the other, in an index.
  const search = medianSample(await repeat(5, () => drive(100 * scale, CLIENTS, (n) => need(wire.call('GET', `/api/studio/resources?limit=100&text=nowhere-${n}`)))));
  const rows = [...after].map(([name, value]): Row => {
    const empty = before.get(name) ?? Number.NaN;
    return { name: `${name}, ${RESOURCES.toLocaleString('en-US')} resources, p50`, unit: 'ms', value, peer: { name: 'empty', value: empty }, goal: Number((2 * empty).toPrecision(3)) };
  });
  return [...rows, { name: `list of the studio by a part of a name, ${CLIENTS} at once, ${RESOURCES.toLocaleString('en-US')} resources, p50`, unit: 'ms', value: search.p50Ms, goal: 150 }];
}

async function fill({ server }: Site): Promise<void> {
  const dir = join(server.connection.dataDir, 'postgres');
  const password = readFileSync(join(dir, 'password'), 'utf8').trim();
  const database = await Database.open({ url: `postgresql://lazurite:${password}@/postgres?host=${encodeURIComponent(dir)}&port=5432`, poolSize: 2 });
  try {
    await database.pool.query(manyResources(server.connection.subscriptionId, RESOURCES));
    await database.pool.query(AS_AFTER_A_WHILE);
  } finally {
    await database.close();
  }
}
