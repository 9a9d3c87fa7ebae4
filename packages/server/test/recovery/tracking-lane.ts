// Tracking lane: batches of metrics, params and tags through MLflow's API. A batch is there wholly or not at all, once.

import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { WireClient } from '../../../testkit/src/wire-client.ts';
import { attempt, expectStatus, type Lane, Ledger } from './lane.ts';
import type { Random } from './random.ts';
import { jsonOf } from './resource-lanes.ts';

const POINTS = 20;
const MAX_BATCHES = 15;

export function trackingLane(workspaceId: string, name: string, random: Random): Lane {
  const ledger = new Ledger('run');
  const base = `/mlflow/v2.0${workspaceId}/api/2.0/mlflow`;
  let current: { readonly id: string; batches: number } | undefined;

  const reader =
    (wire: WireClient) =>
    async (runId: string): Promise<string> => {
      const run = objectAt(jsonOf(expectStatus(await wire.call('GET', `${base}/runs/get?run_id=${runId}`), `GET run ${runId}`, 200)), 'run');
      const data = objectAt(run, 'data');
      const history = jsonOf(expectStatus(await wire.call('GET', `${base}/metrics/get-history?run_id=${runId}&metric_key=loss`), 'GET history', 200, 404));
      const points = listOf(history, 'metrics');
      const batches = listOf(data, 'params').length;
      const last = listOf(data, 'tags').find((tag) => stringAt(tag, 'key') === 'last');
      const steps = points.map((point) => Number(point['step'])).toSorted((a, b) => a - b);
      const isWhole = steps.every((step, n) => step === n) && points.every((point) => Number(point['value']) === Number(point['step']) / 2);
      if (current?.id === runId) current.batches = batches;
      return `${batches} params, ${steps.length} points${isWhole ? '' : ' with gaps or doubles'}, tag ${stringAt(last, 'value') ?? 'none'}`;
    };
  const valueOf = (batches: number): string => `${batches} params, ${batches * POINTS} points, tag ${batches === 0 ? 'none' : `b${batches}`}`;

  return {
    name,
    count: () => ledger.acknowledged,
    async step(wire) {
      if (current === undefined || current.batches >= MAX_BATCHES) {
        current = undefined;
        const reply = expectStatus(
          await attempt(wire.call('POST', `${base}/runs/create`, { experiment_id: '0', start_time: Date.now(), run_name: `${name} ${random.between(0, 1e9)}` })),
          'create run',
          200,
        );
        const id = stringAt(objectAt(objectAt(jsonOf(reply), 'run'), 'info'), 'run_id') ?? '';
        await ledger.write(id, valueOf(0), async () => undefined);
        current = { id, batches: 0 };
        return;
      }
      const run = current;
      const first = run.batches * POINTS;
      const body = {
        run_id: run.id,
        metrics: Array.from({ length: POINTS }, (_, n) => ({ key: 'loss', step: first + n, value: (first + n) / 2, timestamp: 1_700_000_000_000 + first + n })),
        params: [{ key: `p${run.batches}`, value: 'x' }],
        tags: [{ key: 'last', value: `b${run.batches + 1}` }],
      };
      await ledger.write(run.id, valueOf(run.batches + 1), async () => expectStatus(await attempt(wire.call('POST', `${base}/runs/log-batch`, body)), 'log-batch', 200));
      run.batches += 1;
    },
    settle: (wire) => ledger.settle(reader(wire)),
    verify: (wire) => ledger.verify(reader(wire)),
  };
}

function listOf(value: unknown, key: string): readonly JsonObject[] {
  const list = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
