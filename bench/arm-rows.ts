// Resource Manager with 50 clients at once: GET of one workspace, PUT by each client of its own.

import { LightClient } from './light-client.ts';
import { drive, medianSample, repeat } from './measure.ts';
import type { Row } from './report.ts';
import { ML, type Site, workspaceBody } from './site.ts';

export const CLIENTS = 50;

export async function armRows(site: Site, scale: number): Promise<readonly Row[]> {
  const clients = Array.from({ length: CLIENTS }, () => new LightClient(site.server.connection.port, site.wire.authorization));
  const own = clients.map((client, n) => ({ client, path: `${site.workspaceOf(n)}?${ML}` }));
  const shared = `${site.workspaceId}?${ML}`;
  const getOne = async (_n: number, lane: number): Promise<void> => own[lane]?.client.call('GET', shared);
  const putOwn = async (n: number, lane: number): Promise<void> => own[lane]?.client.call('PUT', own[lane].path, workspaceBody(n));
  await drive(3000 * scale, CLIENTS, getOne);
  const get = medianSample(await repeat(5, () => drive(4000 * scale, CLIENTS, getOne)));
  await drive(500 * scale, CLIENTS, putOwn);
  const put = medianSample(await repeat(5, () => drive(1500 * scale, CLIENTS, putOwn)));
  for (const client of clients) client.close();
  return [
    { name: `GET workspace, ${CLIENTS} clients, p50`, unit: 'ms', value: get.p50Ms },
    { name: `GET workspace, ${CLIENTS} clients, p99`, unit: 'ms', value: get.p99Ms, goal: 20 },
    { name: `GET workspace, ${CLIENTS} clients`, unit: 'op/s', value: get.perSecond, isMoreBetter: true },
    { name: `PUT workspace, ${CLIENTS} clients, p50`, unit: 'ms', value: put.p50Ms },
    { name: `PUT workspace, ${CLIENTS} clients, p99`, unit: 'ms', value: put.p99Ms, goal: 60 },
    { name: `PUT workspace, ${CLIENTS} clients`, unit: 'op/s', value: put.perSecond, isMoreBetter: true },
  ];
}
