// Histories of metrics. Source: contracts/mlflow.md §5.

import type { Page } from '#kernel/page.ts';
import type { Database } from '#storage/database.ts';
import { type MetricPoint, readMetricHistory, sampleBySteps } from '#storage/metric-store.ts';
import { findRun, findRuns } from '#storage/run-store.ts';
import { invalidParameter } from './faults.ts';
import { offsetOf, pageOf } from './paging.ts';
import type { RunDataKeys } from './ports.ts';
import { openPoints, sampleOpenedBySteps } from './sealed/sampling.ts';

export interface RunMetricPoint extends MetricPoint {
  readonly runId: string;
}

export interface Histories {
  /** By timestamp, step, value; everything without maxResults. Nothing for an unknown run or key. */
  read(workspaceKey: string, runId: string, key: string, page: { readonly maxResults?: number; readonly pageToken?: string }): Promise<Page<MetricPoint>>;
  /** Several runs after one another, at most `maxResults` points. */
  readMany(workspaceKey: string, runIds: readonly string[], key: string, maxResults: number): Promise<readonly RunMetricPoint[]>;
  /** Sampled by steps; the ends of every run are kept. */
  sample(
    workspaceKey: string,
    runIds: readonly string[],
    key: string,
    window: { readonly maxResults: number; readonly startStep?: number; readonly endStep?: number },
  ): Promise<readonly RunMetricPoint[]>;
}

export function createHistories(deps: { readonly database: Database; readonly keys: RunDataKeys }): Histories {
  const db = deps.database.sql;
  return {
    async read(workspaceKey, runId, key, page) {
      const query = [runId, key];
      const offset = offsetOf(page.pageToken, query);
      const run = await findRun(db, workspaceKey, runId);
      if (run === undefined) return { items: [] };
      if (page.maxResults === undefined) return { items: await readMetricHistory(db, run, key, { offset }) };
      const rows = await readMetricHistory(db, run, key, { offset, limit: page.maxResults + 1 });
      return pageOf(rows, offset, page.maxResults, query);
    },

    async readMany(workspaceKey, runIds, key, maxResults) {
      const runs = await findRuns(db, workspaceKey, runIds);
      const points: RunMetricPoint[] = [];
      for (const runId of [...runs.keys()].sort()) {
        const run = runs.get(runId);
        if (run === undefined || points.length >= maxResults) continue;
        const history = await readMetricHistory(db, run, key, { offset: 0, limit: maxResults - points.length });
        points.push(...history.map((point) => ({ ...point, runId })));
      }
      return points;
    },

    async sample(workspaceKey, runIds, key, window) {
      const { startStep, endStep } = window;
      if ((startStep === undefined) !== (endStep === undefined)) throw invalidParameter("Give both 'start_step' and 'end_step', or neither.", 'start_step');
      if (startStep !== undefined && endStep !== undefined && startStep > endStep) throw invalidParameter(`'start_step' is ${startStep}, after 'end_step', ${endStep}; it must not be.`, 'start_step');
      const runs = await findRuns(db, workspaceKey, runIds);
      const idOf = new Map([...runs.values()].map((run) => [run.id, run.runId]));
      const steps = { maxSteps: window.maxResults, ...(startStep === undefined ? {} : { fromStep: startStep }), ...(endStep === undefined ? {} : { toStep: endStep }) };
      const isSealed = await deps.keys.isSealed(workspaceKey);
      const points = isSealed ? sampleOpenedBySteps(await openPoints(db, [...runs.values()], key), steps) : await sampleBySteps(db, [...idOf.keys()], key, steps);
      return points.map(({ runNo, ...point }) => ({ ...point, runId: idOf.get(runNo) ?? '' }));
    },
  };
}
