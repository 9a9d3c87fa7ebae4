import { expect, test } from 'vitest';
import { workspaceOf } from '../../api/workspace.ts';
import { assetsUsed, parseReference } from './lineage.ts';

const workspace = workspaceOf('s', 'g', 'w');

test('references of every written form have a short name, and a page where there is one', () => {
  expect(parseReference(workspace, `azureml:${workspace.id}/models/churn/versions/3`)).toEqual({ kind: 'model', label: 'churn:3', to: `${workspace.home}/models/churn` });
  expect(parseReference(workspace, `azureml:${workspace.id}/environments/CliV2AnonymousEnvironment/versions/e2ecf1d7f79492f3`)).toMatchObject({ label: 'unnamed:e2ecf1d7' });
  expect(parseReference(workspace, 'azureml://jobs/calm_fox/outputs/artifacts/paths/model/')).toMatchObject({ kind: 'job', to: `${workspace.home}/jobs/calm_fox` });
  expect(parseReference(workspace, 'runs:/calm_fox/model')).toMatchObject({ kind: 'job', label: 'calm_fox / model' });
  expect(parseReference(workspace, 'azureml://datastores/workspaceblobstore/paths/a/b.csv')).toEqual({ kind: 'data', label: 'workspaceblobstore/a/b.csv' });
  expect(parseReference(workspace, 'https://example.org/x.csv')).toEqual({ kind: 'link', label: 'https://example.org/x.csv' });
});

test('a thing used twice is there once', () => {
  const input = { jobInputType: 'uri_file', uri: 'https://example.org/x.csv' };
  expect(assetsUsed(workspace, { inputs: { a: input, b: input } })).toHaveLength(1);
  expect(assetsUsed(workspace, null)).toEqual([]);
});
