// Job lane: short command jobs that print numbered lines, write outputs, and note in a file of the test that they began.
// Whatever is killed meanwhile, each ends as it must, with its whole log, having run once.

import { existsSync, readFileSync } from 'node:fs';
import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { BlobAccount, WireClient } from '../../../testkit/src/wire-client.ts';
import { attempt, expectStatus, type Lane } from './lane.ts';
import type { Random } from './random.ts';
import { jsonOf, pause, until } from './resource-lanes.ts';

const ML = 'api-version=2024-10-01';
const ENDED = new Set(['Completed', 'Failed', 'Canceled']);
const MOST_UNFINISHED = 4;
const END_LIMIT_MS = 120_000;

interface Expected {
  readonly status: 'Completed' | 'Failed' | 'Canceled';
  readonly lines: number;
  readonly exitCode: number;
}

export interface JobLaneOptions {
  readonly workspaceId: string;
  readonly environmentId: string;
  readonly account: BlobAccount;
  /** Container of the default datastore, where declared outputs go. */
  readonly container: string;
  /** A line is added by each job when it begins. */
  readonly beganFile: string;
  readonly random: Random;
}

export interface JobLane extends Lane {
  /** How the jobs ended, for the report of the run. */
  summary(): string;
}

export function jobLane(options: JobLaneOptions): JobLane {
  const { workspaceId, random, account } = options;
  const jobs = new Map<string, Expected>();
  const ended = new Set<string>();
  /** Asked for and not answered. */
  const uncertain = new Map<string, Expected>();
  const cancels = new Set<string>();
  let counter = 0;
  let acknowledged = 0;
  const urlOf = (name: string, action = ''): string => `${workspaceId}/jobs/${name}${action}?${ML}`;

  async function statusOf(wire: WireClient, name: string): Promise<string | undefined> {
    const reply = expectStatus(await attempt(wire.call('GET', urlOf(name))), `GET job ${name}`, 200, 404);
    return reply.status === 404 ? undefined : (stringAt(objectAt(jsonOf(reply), 'properties'), 'status') ?? 'none');
  }

  async function cancel(wire: WireClient, name: string): Promise<void> {
    cancels.add(name);
    expectStatus(await attempt(wire.call('POST', urlOf(name, '/cancel'))), `cancel ${name}`, 200, 202);
    cancels.delete(name);
    acknowledged += 1;
  }

  async function submit(wire: WireClient): Promise<void> {
    counter += 1;
    const name = `job-${counter}`;
    const kind = random.next();
    const expected: Expected =
      kind < 0.2 ? { status: 'Canceled', lines: 1, exitCode: 0 } : { status: kind < 0.4 ? 'Failed' : 'Completed', lines: random.between(5, 60), exitCode: kind < 0.4 ? random.between(1, 99) : 0 };
    const body = {
      properties: {
        jobType: 'Command',
        environmentId: options.environmentId,
        experimentName: 'recovery',
        command:
          expected.status === 'Canceled'
            ? `echo ${name} >> ${options.beganFile}; echo line 1 of ${name}; sleep 600`
            : `echo ${name} >> ${options.beganFile}; for i in $(seq 1 ${expected.lines}); do echo line $i of ${name}; sleep 0.03; done; mkdir -p outputs; echo made by ${name} > outputs/made.txt; echo kept by ${name} > \${{outputs.kept}}/kept.txt; exit ${expected.exitCode}`,
        outputs: { kept: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount' } },
      },
    };
    uncertain.set(name, expected);
    expectStatus(await attempt(wire.call('PUT', urlOf(name), body)), `PUT ${name}`, 200, 201);
    uncertain.delete(name);
    jobs.set(name, expected);
    acknowledged += 1;
  }

  async function verifyJob(wire: WireClient, name: string, expected: Expected): Promise<void> {
    const began = beganOf(options.beganFile).filter((line) => line === name).length;
    // Why the status: a job that never began has no log, and the answer says so in words.
    const answer = expectStatus(await wire.call('GET', `/api/studio${workspaceId}/runs/${name}/content?path=user_logs%2Fstd_log.txt`), `log of ${name}`, 200, 404);
    const log = answer.status === 404 ? '' : answer.body.toString('utf8');
    const whole = Array.from({ length: expected.lines }, (_, n) => `line ${n + 1} of ${name}\n`).join('');
    if (expected.status === 'Canceled') {
      // It may have been canceled before it began.
      if (began > 1 || (log !== '' && !log.startsWith(whole)) || log.length > 4000) throw new Error(`${name} was canceled; it began ${began} times, its log is ${JSON.stringify(log.slice(0, 400))}.`);
      return;
    }
    if (began !== 1) throw new Error(`${name} began ${began} times.`);
    if (log !== whole) throw new Error(`The log of ${name} is not what it wrote (${expected.lines} lines): ${JSON.stringify(log.slice(0, 2000))}`);
    const made = expectStatus(await wire.call('GET', `/api/studio${workspaceId}/runs/${name}/content?path=outputs%2Fmade.txt`), `outputs of ${name}`, 200).body.toString('utf8');
    if (made !== `made by ${name}\n`) throw new Error(`outputs/made.txt of ${name} is ${JSON.stringify(made)}.`);
    const kept = expectStatus(await wire.blob(account, 'GET', `/${options.container}/azureml/${name}/kept/kept.txt`), `output kept of ${name}`, 200).body.toString('utf8');
    if (kept !== `kept by ${name}\n`) throw new Error(`kept.txt of ${name} is ${JSON.stringify(kept)}.`);
    const reason = JSON.stringify(objectAt(jsonOf(await wire.call('GET', urlOf(name))), 'properties')['properties'] ?? {});
    if (expected.exitCode !== 0 && !reason.includes(String(expected.exitCode))) throw new Error(`${name} ended with ${expected.exitCode}, but its reason is ${reason}.`);
  }

  return {
    name: 'jobs',
    count: () => acknowledged,
    summary() {
      const kinds = Map.groupBy(jobs.values(), (job) => job.status);
      return [...kinds].map(([status, list]) => `${list.length} ${status}`).join(', ');
    },
    async step(wire) {
      let running = 0;
      for (const [name, expected] of jobs) {
        if (ended.has(name)) continue;
        const status = await statusOf(wire, name);
        if (status === undefined) throw new Error(`The job ${name} is gone.`);
        if (ENDED.has(status)) ended.add(name);
        else running += 1;
        if (expected.status === 'Canceled' && status === 'Running' && random.next() < 0.7) await cancel(wire, name);
      }
      if (running < MOST_UNFINISHED) await submit(wire);
      else await pause(100);
    },
    async settle(wire) {
      for (const [name, expected] of uncertain) {
        if ((await statusOf(wire, name)) !== undefined) jobs.set(name, expected);
        uncertain.delete(name);
      }
      for (const name of cancels) await cancel(wire, name);
    },
    async verify(wire) {
      // Those that wait to be canceled are canceled whatever phase they are in.
      for (const [name, expected] of jobs) if (expected.status === 'Canceled' && !ENDED.has((await statusOf(wire, name)) ?? '')) await cancel(wire, name);
      for (const [name, expected] of jobs) {
        let status: string | undefined;
        await until(`${name} ends`, async () => ENDED.has((status = await statusOf(wire, name)) ?? ''), END_LIMIT_MS).catch(async (error: unknown) => {
          const log = await wire.call('GET', `/api/studio${workspaceId}/runs/${name}/content?path=system_logs%2Flifecycler%2Flifecycler.log`);
          throw new Error(`${name} is ${status}; its system log:\n${log.body.toString('utf8')}`, { cause: error });
        });
        if (status !== expected.status)
          throw new Error(`${name} ended as ${status} instead of ${expected.status}: ${JSON.stringify(objectAt(jsonOf(await wire.call('GET', urlOf(name))), 'properties')['properties'])}`);
        await verifyJob(wire, name, expected);
      }
    },
  };
}

function beganOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}
