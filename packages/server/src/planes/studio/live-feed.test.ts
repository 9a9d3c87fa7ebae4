import { expect, test } from 'vitest';
import { ChangeStream, changeAt, changeFor } from './live-feed.ts';

const WORKSPACE = '/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w';

test('a change of a job in the workspace names the job', () => {
  expect(changeFor(WORKSPACE, JSON.stringify({ topic: 'log', key: `${WORKSPACE}/jobs/Calm_Fox_1` }))).toEqual({ topic: 'log', job: 'Calm_Fox_1' });
});

test('changes of other workspaces do not pass, also when the name only begins alike', () => {
  expect(changeFor(WORKSPACE, JSON.stringify({ topic: 'job', key: `${WORKSPACE}2/jobs/a` }))).toBeUndefined();
  expect(changeFor(WORKSPACE, JSON.stringify({ topic: 'job', key: '/subscriptions/other' }))).toBeUndefined();
});

test('of a scope, resources at and below it pass, and what is done to them; not what jobs write', () => {
  const told = (topic: string, key: string) => changeAt('/subscriptions/s/resourcegroups/g', JSON.stringify({ topic, key }));
  expect(told('resource', WORKSPACE)).toEqual({ topic: 'resource', key: WORKSPACE });
  expect(told('operation', '/subscriptions/s/resourcegroups/g')).toEqual({ topic: 'operation', key: '/subscriptions/s/resourcegroups/g' });
  expect(told('log', `${WORKSPACE}/jobs/a`)).toBeUndefined();
  expect(told('resource', '/subscriptions/s/resourcegroups/g2')).toBeUndefined();
  expect(changeAt('/subscriptions/s', '')).toBe('reset');
});

test('a lost connection asks the page to look at everything again', () => {
  expect(changeFor(WORKSPACE, '')).toBe('reset');
});

test('what is not an event is nothing', () => {
  expect(changeFor(WORKSPACE, '{')).toBeUndefined();
  expect(changeFor(WORKSPACE, '{"topic":1}')).toBeUndefined();
});

test('a reader that does not read costs a bounded buffer and then gets one reset', () => {
  const stream = new ChangeStream((payload) => changeFor(WORKSPACE, payload));
  for (let i = 0; i < 20_000; i += 1) stream.offer(JSON.stringify({ topic: 'log', key: `${WORKSPACE}/jobs/job-${i}` }));
  expect(stream.readableLength).toBeLessThan(512 * 1024);
  let text = '';
  for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) text += chunk.toString();
  expect(text).toContain('event: reset');
  stream.destroy();
});
