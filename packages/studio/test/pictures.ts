// Makes the pictures of the README from real jobs on a real server: `node packages/studio/test/pictures.ts [folder]`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringAt } from '@lazurite/server/kernel/json.ts';
import type { Browser, Page } from 'playwright-core';
import { readJobFile } from '../../cli/src/job-file.ts';
import { launchChromium, openPage, signIn } from './browser.ts';
import { openScene, type Scene } from './scene.ts';
import { smallerPng } from './smaller-png.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folder = process.argv[2] ?? join(ROOT, 'docs/images');
const TRAINING = join(import.meta.dirname, 'training');

mkdirSync(folder, { recursive: true });
const [scene, browser] = await Promise.all([openScene('research', 'tumours'), launchChromium()]);
try {
  const { trained, live } = await fill(scene);
  await paint(browser, scene, 'light', { trained, live });
  await paint(browser, scene, 'dark', { trained, live });
} finally {
  await browser.close();
  await scene.stop();
}

/** A handful of jobs in various states, one of them the example, trained for real. */
async function fill({ submit, until, api, workspace }: Scene): Promise<{ readonly trained: string; readonly live: string }> {
  const example = await workspace.submit(readJobFile(join(ROOT, 'examples/breast-cancer/job.yml')));
  const trained = stringAt(example, 'name') ?? '';
  const short = (displayName: string, experiment: string, seconds: number): Promise<string> => submit({ displayName, experiment, command: `python train.py ${seconds}`, code: TRAINING });
  const first = [await short('baseline, two layers', 'tumours', 14), await short('wider, dropout 0.2', 'tumours', 9), await short('augmented, seed 1', 'augmentation', 11)];
  const broken = await submit({ displayName: 'augmented, seed 2', experiment: 'augmentation', command: 'python -c "import scans"' });
  const stopped = await submit({ displayName: 'sweep over rates', experiment: 'tumours', command: 'python train.py 600', code: TRAINING });
  await until(broken, 'Failed');
  await until(stopped, 'Running');
  await workspace.cancel(stopped);
  for (const job of [...first, trained]) await until(job, 'Completed');
  await until(stopped, 'Canceled');
  await api.arm('PUT', `${workspace.id}/models/breast-cancer/versions/1`, { body: { properties: { modelType: 'mlflow_model', modelUri: `azureml://jobs/${trained}/outputs/model/paths/` } } });
  const live = await submit({ displayName: 'deeper, cosine rate', experiment: 'tumours', command: 'python train.py 900', code: TRAINING });
  await until(live, 'Running');
  const cluster = `${workspace.id}/computes/cpu-cluster`;
  await api.arm('PUT', cluster, {
    body: { location: api.connection.region, properties: { computeType: 'AmlCompute', properties: { vmSize: 'Standard_DS3_v2', scaleSettings: { minNodeCount: 0, maxNodeCount: 1 } } } },
  });
  for (const seed of [3, 4]) await submit({ displayName: `augmented, seed ${seed}`, experiment: 'augmentation', command: 'python train.py 900', code: TRAINING, more: { computeId: cluster } });
  // The chart of the running job wants some points.
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  return { trained, live };
}

async function paint(chromium: Browser, { origin, home, signInLink }: Scene, scheme: 'light' | 'dark', { trained, live }: { readonly trained: string; readonly live: string }): Promise<void> {
  const { page, context, complaints } = await openPage(chromium, { colorScheme: scheme });
  await signIn(page, await signInLink());
  const shoot = async (name: string, path: string, ready: (page: Page) => Promise<unknown>): Promise<void> => {
    await page.goto(origin + home + path);
    await ready(page);
    await page.mouse.move(100, 600);
    // Fonts, canvases and the fading of the last state.
    await page.waitForTimeout(900);
    writeFileSync(join(folder, `${name}-${scheme}.png`), smallerPng(await page.screenshot()));
  };
  await shoot('jobs', '/jobs', (at) => at.getByRole('row').nth(6).waitFor());
  await shoot('job-overview', `/jobs/${trained}`, (at) => at.getByText('Lineage').waitFor());
  await shoot('job-metrics', `/jobs/${live}/metrics`, (at) =>
    at
      .getByRole('img', { name: /^Chart of / })
      .nth(3)
      .waitFor(),
  );
  await shoot('job-logs', `/jobs/${live}/logs`, (at) => at.getByRole('log').getByText('epoch').first().waitFor());
  await context.close();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}
