// Resource Manager with 50 clients at once: GET of one workspace, PUT by each client of its own.

import { drive, medianSample, repeat } from './measure.ts';
import type { Row } from './report.ts';
import { ML, need, type Site, workspaceBody } from './site.ts';

export const CLIENTS = 50;

export async function armRows(site: Site, scale: number): Promise<readonly Row[]> {
  const { wire } = site;
  const getOne = (): Promise<unknown> => need(wire.call('GET', `${site.workspaceId}?${ML}`));
  const putOwn = (n: number, client: number): Promise<unknown> => need(wire.call('PUT', `${site.workspaceOf(client)}?${ML}`, workspaceBody(n)));
  await drive(3000 * scale, CLIENTS, getOne);
  const get = medianSample(await repeat(5, () => drive(4000 * scale, CLIENTS, getOne)));
  await drive(500 * scale, CLIENTS, putOwn);
  const put = medianSample(await repeat(5, () => drive(1500 * scale, CLIENTS, putOwn)));
  return [
    { name: `GET workspace, ${CLIENTS} clients, p50`, unit: 'ms', value: get.p50Ms },
    { name: `GET workspace, ${CLIENTS} clients, p99`, unit: 'ms', value: get.p99Ms, goal: 20 },
    { name: `GET workspace, ${CLIENTS} clients`, unit: 'op/s', value: get.perSecond, isMoreBetter: true },
    { name: `PUT workspace, ${CLIENTS} clients, p50`, unit: 'ms', value: put.p50Ms },
    { name: `PUT workspace, ${CLIENTS} clients, p99`, unit: 'ms', value: put.p99Ms, goal: 60 },
    { name: `PUT workspace, ${CLIENTS} clients`, unit: 'op/s', value: put.perSecond, isMoreBetter: true },
  ];
}
