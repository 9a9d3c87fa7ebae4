import { expect, test } from 'vitest';
import { workspaceOf } from '../../api/workspace.ts';
import { actsOn, shellWord } from './acts.ts';

test('names that a shell would take apart are quoted', () => {
  expect(shellWord('calm_fox-1')).toBe('calm_fox-1');
  expect(shellWord("it's; rm")).toBe(`'it'\\''s; rm'`);
});

test('every act names the workspace and the job', () => {
  for (const act of actsOn(workspaceOf('s', 'rg (1)', 'w'), 'job_1')) {
    expect(act.az).toContain("--resource-group 'rg (1)' --workspace-name w");
    expect(act.python).toContain('"job_1"');
    expect(act.curl).toContain('/jobs/job_1');
  }
});
