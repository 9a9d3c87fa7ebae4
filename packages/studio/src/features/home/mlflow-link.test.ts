import { expect, test } from 'vitest';
import { parseMlflowLink } from './mlflow-link.ts';

test('reads what MLflow prints, and what its own page would add to it', () => {
  expect(parseMlflowLink('#/experiments/7f0c/runs/calm_fox_1')).toEqual({ experimentId: '7f0c', run: 'calm_fox_1' });
  expect(parseMlflowLink('#/experiments/7f0c')).toEqual({ experimentId: '7f0c' });
  expect(parseMlflowLink('#/experiments/7f0c/runs/a/artifacts')).toEqual({ experimentId: '7f0c', run: 'a' });
  expect(parseMlflowLink('#/experiments/7f0c?searchFilter=')).toEqual({ experimentId: '7f0c' });
  for (const other of ['', '#content', '#/models/m', '#/experiments/', '#/experiments/a%2f..']) expect(parseMlflowLink(other)).toBeUndefined();
});
