import { startServerProcess } from '../packages/testkit/src/server-process.ts';
for (const environment of [{}, { NODE_COMPILE_CACHE: '/tmp/rec-cc' }])
  for (let i = 0; i < 4; i++) {
    const s = await startServerProcess({ dataDir: '/tmp/rec-d1', environment });
    const { readFileSync } = await import('node:fs');
    const st = readFileSync(`/proc/${s.pid}/stat`, 'utf8').split(' ');
    console.log('ready', s.readyAfterMs, 'cpu ticks user', st[13], 'sys', st[14], readFileSync(`/proc/${s.pid}/smaps_rollup`, 'utf8').match(/Pss: +\d+/)?.[0]);
    await s.stop();
  }
