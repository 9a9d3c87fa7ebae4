import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLog({ level: 'info', write: (line) => void lines.push(line) }));
  return JSON.parse(lines.join('')) as Record<string, unknown>;
}

test('a line has the event, the level, the time, and the fields of its parents', () => {
  const line = logged((log) => log.child({ requestId: 'r1' }).info({ code: 'ResourceNotFound', key: '/a' }, 'job.started'));
  expect(line).toMatchObject({ event: 'job.started', level: 'info', requestId: 'r1', code: 'ResourceNotFound', key: '/a' });
  expect(Date.parse(String(line['time']))).not.toBeNaN();
});

test.each([
  [{ authorization: 'Bearer abcdefghijkl' }],
  [{ headers: { authorization: 'Bearer abcdefghijkl', 'x-identity-header': 'abcdefghijkl' } }],
  [{ body: { client_secret: 'abcdefghijkl' } }],
  [{ url: 'https://a.blob.x/c/b?sv=1&sig=abcdefghijkl%3D&se=2' }],
  [{ deep: { deeper: { text: 'AccountKey=abcdefghijkl;EndpointSuffix=x' } } }],
  [{ error: new Error('failed: https://x/?code_verifier=abcdefghijkl', { cause: new Error('Bearer abcdefghijkl') }) }],
  [{ form: 'grant_type=x&client_secret=abcdefghijkl' }],
])('no secret is written: %o', (fields) => {
  const line = JSON.stringify(logged((log) => log.info(fields, 'x')));
  expect(line).not.toContain('abcdefghijkl');
  expect(line).toContain('[redacted]');
});

test('an error keeps its stack, code and cause', () => {
  const line = logged((log) => log.error({ error: Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'E1' }) }, 'x'));
  expect(line).toMatchObject({ error: { name: 'Error', message: 'outer', code: 'E1', cause: { message: 'inner' } } });
});

test('gauges are read when asked', async () => {
  const metrics = createMetrics({ isProcessIncluded: false });
  let depth = 1;
  metrics.gauge('lazurite_db_connections', 'Open connections.', () => 3);
  metrics.labelledGauge('lazurite_work_items', 'Work items by state.', 'state', async () => ({ ready: depth }));
  depth = 7;
  const { body } = await metrics.render();
  expect(body).toContain('lazurite_db_connections 3');
  expect(body).toContain('lazurite_work_items{state="ready"} 7');
});
