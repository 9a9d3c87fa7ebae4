// Hook: the processes of a job. Every process runs on this one host; the system log says so.
// Source: contracts/azureml-jobs.md §5 "distribution"; contracts/mlflow.md §15.6.

import { createServer } from 'node:net';
import type { CommandJob } from '../command-job.ts';

/** One process: its rank and the variables that only it gets. */
export interface JobProcess {
  readonly rank: number;
  readonly variables: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';

/** Number of processes that a job starts. */
export function processCount(job: CommandJob): number {
  switch (job.distribution.kind) {
    case 'none':
      return job.nodeCount;
    case 'PyTorch':
      return job.nodeCount * job.distribution.processesPerNode;
    case 'TensorFlow':
      return job.distribution.workers + job.distribution.parameterServers;
  }
}

/** `ports`: one free port for each process. */
export function describeProcesses(job: CommandJob, ports: readonly number[]): readonly JobProcess[] {
  const count = processCount(job);
  const ranks = Array.from({ length: count }, (_, rank) => rank);
  const hosts = { AZ_BATCH_HOST_LIST: HOST, AZ_BATCH_MASTER_NODE: HOST };
  const { distribution } = job;
  if (distribution.kind === 'TensorFlow') {
    const at = (rank: number): string => `${HOST}:${ports[rank] ?? 0}`;
    const worker = ranks.slice(0, distribution.workers).map(at);
    const ps = ranks.slice(distribution.workers).map(at);
    return ranks.map((rank) => {
      const task = rank < distribution.workers ? { type: 'worker', index: rank } : { type: 'ps', index: rank - distribution.workers };
      const config = { cluster: { worker, ...(ps.length > 0 ? { ps } : {}) }, task, environment: 'cloud' };
      return { rank, variables: { ...hosts, TF_CONFIG: JSON.stringify(config), AZUREML_PROCESS_NAME: `rank_${rank}` } };
    });
  }
  if (distribution.kind === 'none' && count === 1) return [{ rank: 0, variables: {} }];
  const perNode = distribution.kind === 'PyTorch' ? distribution.processesPerNode : 1;
  return ranks.map((rank) => ({
    rank,
    variables: {
      ...hosts,
      WORLD_SIZE: String(count),
      RANK: String(rank),
      LOCAL_RANK: String(rank % perNode),
      NODE_RANK: String(Math.floor(rank / perNode)),
      MASTER_ADDR: HOST,
      MASTER_PORT: String(ports[0] ?? 0),
      AZUREML_PROCESS_NAME: `rank_${rank}`,
    },
  }));
}

/** That many different free ports of this host, as the system gives them. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      const listening = Promise.withResolvers<void>();
      server.once('error', listening.reject).listen(0, HOST, listening.resolve);
      await listening.promise;
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** `user_logs/std_log.txt`, or one for each process. */
export function commandLogName(rank: number, count: number): string {
  return count === 1 ? 'user_logs/std_log.txt' : `user_logs/std_log_process_${rank}.txt`;
}
