// How fast the resource pages' questions are answered with 100,000 resources behind them:
// `node packages/studio/test/measure-resources.ts [resources]`. One question is one request, whatever it is about.

import { AS_AFTER_A_WHILE, manyResources } from '../../../bench/many-resources.ts';
import { openScene } from './scene.ts';

const COUNT = Number(process.argv[2] ?? 100_000);
const ROUNDS = 20;

const scene = await openScene('measure', 'many');
try {
  const { connection, composition } = scene.server;
  await composition.database.pool.query(manyResources(connection.subscriptionId, COUNT));
  await composition.database.pool.query(AS_AFTER_A_WHILE);
  const reader = await scene.server.createPrincipal({ name: 'of one group', roles: ['reader'], scope: `/subscriptions/${connection.subscriptionId}/resourceGroups/many-7` });
  const list = '/api/studio/resources?limit=100';
  const questions: Readonly<Record<string, string>> = {
    'newest first': list,
    'by name': `${list}&sort=name:asc`,
    'changed last': `${list}&sort=changed:desc`,
    'of one type': `${list}&type=Microsoft.Storage/storageAccounts`,
    'of one group': `${list}&group=many-7`,
    'a rare part of a name': `${list}&text=many-99999`,
    'what no name holds': `${list}&text=nowhere`,
    'what no tag holds': `${list}&tag=no=where`,
    'deleted ones': `${list}&deleted=true`,
    'what hangs on a workspace': `/api/studio/dependents?scope=${scene.workspace.id}`,
    'what hangs on a group': `/api/studio/dependents?scope=/subscriptions/${connection.subscriptionId}/resourceGroups/many-7`,
    'operations of the subscription': `/api/studio/operations?scope=/subscriptions/${connection.subscriptionId}`,
  };
  const owner = await scene.server.bearer();
  process.stdout.write(`${COUNT.toLocaleString('en-US')} resources, ${ROUNDS} times each, milliseconds\n`);
  for (const [name, path] of Object.entries(questions)) await report(name, owner, () => path);
  let cursor = '';
  await report('page after page by name', owner, (answer) => {
    cursor = String(Object(answer)['next'] ?? cursor);
    return `${list}&sort=name:asc${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  });
  await report('newest, who sees one group of 200', await scene.server.bearer(reader), () => list);
} finally {
  await scene.stop();
}

async function report(name: string, headers: Readonly<Record<string, string>>, pathAfter: (answer: unknown) => string): Promise<void> {
  const times: number[] = [];
  let answer: unknown;
  for (let i = 0; i < ROUNDS; i += 1) {
    const began = performance.now();
    const response = await fetch(scene.origin + pathAfter(answer), { headers });
    answer = await response.json();
    if (!response.ok) throw new Error(`${name} answered ${response.status}: ${JSON.stringify(answer)}`);
    times.push(performance.now() - began);
  }
  const items: unknown = Object(answer)['items'] ?? Object(answer)['references'];
  times.sort((one, other) => one - other);
  process.stdout.write(
    `${name.padEnd(36)} median ${(times[ROUNDS / 2] ?? 0).toFixed(1).padStart(7)}   slowest ${(times.at(-1) ?? 0).toFixed(1).padStart(7)}   rows ${Array.isArray(items) ? items.length : ''}\n`,
  );
}
