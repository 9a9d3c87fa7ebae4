// A training run as an ML engineer does it: data and code in, environment, compute, job, logs and outputs, model.

import { randomUUID } from 'node:crypto';
import { BlobServiceClient, ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { collect, GROUP, openSession, POLL, readText, refusal, report, WORKSPACE } from './session.ts';

const { ml, resources, workspaceId, blobs, post } = openSession();
const at = [GROUP, WORKSPACE] as const;

// Datastores and their secrets: account key, and with that a signature of our own making.
const datastores = await collect(ml.datastores.list(...at));
const { properties: store } = await ml.datastores.get(...at, 'workspaceblobstore');
if (store.datastoreType !== 'AzureBlob' || !('accountName' in store)) throw new Error(`The default datastore is ${JSON.stringify(store)}.`);
const secrets = await ml.datastores.listSecrets(...at, 'workspaceblobstore');
const key = 'key' in secrets ? secrets.key : '';
const accountUrl = `${store.protocol}://${store.accountName}.blob.${new URL(process.env['LAZURITE_ARM_ENDPOINT'] ?? '').host.replace('management.', '')}`;
const shared = new BlobServiceClient(accountUrl, new StorageSharedKeyCredential(store.accountName, key)).getContainerClient(String(store.containerName));
const bearer = blobs(accountUrl).getContainerClient(String(store.containerName));

// Data: by key, one small file and one in blocks; then read with the token.
const body = Buffer.from('x,y\n1,2\n3,4\n');
await shared.getBlockBlobClient('LocalUpload/set/rows.csv').upload(body, body.length);
const large = Buffer.alloc(3 * 2 ** 20, 'lazurite ');
await shared.getBlockBlobClient('LocalUpload/set/large.bin').uploadData(large, { blockSize: 2 ** 20, maxSingleShotSize: 2 ** 20, concurrency: 2 });
const isLargeSame = (await bearer.getBlobClient('LocalUpload/set/large.bin').downloadToBuffer()).equals(large);
const data = await ml.dataVersions.createOrUpdate(...at, 'rows', '1', {
  properties: { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/LocalUpload/set', tags: { kind: 'csv' } },
});
const dataContainer = await ml.dataContainers.get(...at, 'rows');

// Compute.
const compute = await ml.computeOperations.beginCreateOrUpdateAndWait(
  ...at,
  'cpu-cluster',
  {
    location: 'local',
    properties: { computeType: 'AmlCompute', properties: { vmSize: 'STANDARD_DS3_V2', scaleSettings: { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: 'PT60S' } } },
  },
  POLL,
);
const computes = await collect(ml.computeOperations.list(...at));

// Environment, and code through a temporary place of its own.
const environment = await ml.environmentVersions.createOrUpdate(...at, 'plain', '1', { properties: { image: 'lazurite/local-python' } });
const codeName = randomUUID();
const pending = await post(`${workspaceId}/codes/${codeName}/versions/1/startPendingUpload?api-version=2024-10-01`, { pendingUploadType: 'TemporaryBlobReference' });
const { blobUri, sasUri } = temporaryPlace(pending);
const script = Buffer.from(`
import os, sys, pathlib
source, model = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
rows = (source / 'rows.csv').read_text().splitlines()
print('rows', len(rows) - 1, 'size', (source / 'large.bin').stat().st_size, 'rate', sys.argv[3], 'colour', os.environ['COLOUR'], flush=True)
(model / 'weights.txt').write_text('weights of ' + rows[1])
os.makedirs('outputs', exist_ok=True)
pathlib.Path('outputs/summary.txt').write_text('all well')
`);
await new ContainerClient(sasUri).getBlockBlobClient('src/train.py').upload(script, script.length);
const code = await ml.codeVersions.createOrUpdate(...at, codeName, '1', { properties: { codeUri: `${blobUri}/src`, isAnonymous: true } });

// The job, through the generic resources API: this version of the ML client leaves `uri` out of inputs and outputs.
const name = `train_${Date.now()}`;
const submitted = await resources.resources.beginCreateOrUpdateByIdAndWait(`${workspaceId}/jobs/${name}`, '2024-10-01', {
  properties: {
    jobType: 'Command',
    displayName: 'First training',
    experimentName: 'rows',
    command: 'python train.py ${{inputs.rows}} ${{outputs.model}} ${{inputs.rate}}',
    codeId: code.id,
    environmentId: environment.id,
    computeId: compute.id,
    environmentVariables: { COLOUR: 'teal' },
    inputs: { rows: { jobInputType: 'uri_folder', uri: data.id, mode: 'ReadOnlyMount' }, rate: { jobInputType: 'literal', value: '0.5' } },
    outputs: { model: { jobOutputType: 'custom_model', mode: 'ReadWriteMount', assetName: 'trained' } },
    tags: { round: 'one' },
  },
});
const states = [String(submitted.properties?.['status'])];
const nodesSeen = new Set<string>();
while (!['Completed', 'Failed', 'Canceled'].includes(states.at(-1) ?? '')) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const node of await collect(ml.computeOperations.listNodes(...at, 'cpu-cluster'))) nodesSeen.add(`${node.nodeState}`);
  const status = String((await ml.jobs.get(...at, name)).properties.status);
  if (states.at(-1) !== status) states.push(status);
}

// Logs and outputs, with the token and with a signature.
const artifacts = blobs(accountUrl).getContainerClient(String((await artifactStore()).containerName));
const prefix = `ExperimentRun/dcid.${name}/`;
const files = (await collect(artifacts.listBlobsFlat({ prefix }))).map((blob) => blob.name.slice(prefix.length));
const log = files.includes('user_logs/std_log.txt') ? await readText(artifacts, `${prefix}user_logs/std_log.txt`) : '';
const summary = files.includes('outputs/summary.txt') ? await readText(artifacts, `${prefix}outputs/summary.txt`) : '';
const done = await resources.resources.getById(`${workspaceId}/jobs/${name}`, '2024-10-01');
const weights = (await collect(bearer.listBlobsFlat({ prefix: `azureml/${name}/` }))).map((blob) => blob.name);
const signed = weights[0] === undefined ? '' : (await new ContainerClient(`${shared.url}?${await signature()}`).getBlobClient(weights[0]).downloadToBuffer()).toString('utf8');

// The model.
const model = await ml.modelVersions.createOrUpdate(...at, 'rows-model', '1', { properties: { modelType: 'custom_model', modelUri: `azureml://jobs/${name}/outputs/model/paths/`, jobName: name } });
const models = await collect(ml.modelVersions.list(...at, 'rows-model'));

// Another job, canceled in mid-run.
const long = `long_${Date.now()}`;
await ml.jobs.createOrUpdate(...at, long, { properties: { jobType: 'Command', command: 'echo begun; sleep 600', environmentId: environment.id ?? '', computeId: compute.id ?? '' } });
await until(long, ['Running']);
const deleteRunning = await refusal(ml.jobs.beginDeleteAndWait(...at, long, POLL));
await ml.jobs.beginCancelAndWait(...at, long, POLL);
const canceled = await until(long, ['Canceled', 'Failed', 'Completed']);
const listed = new Set((await collect(ml.jobs.list(...at))).map((job) => job.name));
await ml.jobs.beginDeleteAndWait(...at, long, POLL);
const gone = await refusal(ml.jobs.get(...at, long));

report({
  datastores: datastores.map((item) => item.name).toSorted(),
  isLargeSame,
  dataContainer: dataContainer.properties,
  compute: compute.properties,
  computes: computes.map((item) => item.name),
  nodesSeen: [...nodesSeen],
  name,
  states,
  placed: submitted.properties?.['outputs'],
  made: Reflect.get(done, 'systemData') as object,
  trained: (await resources.resources.getById(`${workspaceId}/models/trained/versions/1`, '2024-10-01')) as object,
  done: done.properties,
  files: files.toSorted(),
  log,
  summary,
  weights,
  signed,
  model: model.properties,
  models: models.map((item) => item.name),
  canceled,
  deleteRunning,
  listed: listed.has(name) && listed.has(long),
  gone,
});

async function artifactStore() {
  const { properties } = await ml.datastores.get(...at, 'workspaceartifactstore');
  if (!('containerName' in properties)) throw new Error('The artifact store has no container.');
  return properties;
}

async function signature(): Promise<string> {
  const answer = await post(`${workspaceId}/datastores/workspaceblobstore/listSecrets?api-version=2024-10-01`, { expirableSecret: true, expireAfterHours: 1 });
  return typeof answer === 'object' && answer !== null && 'sasToken' in answer ? String(answer.sasToken) : '';
}

async function until(job: string, wanted: readonly string[]): Promise<string> {
  for (;;) {
    const status = String((await ml.jobs.get(...at, job)).properties.status);
    if (wanted.includes(status)) return status;
    if (['Failed', 'Canceled', 'Completed'].includes(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function temporaryPlace(answer: unknown): { readonly blobUri: string; readonly sasUri: string } {
  const reference = typeof answer === 'object' && answer !== null && 'blobReferenceForConsumption' in answer ? answer.blobReferenceForConsumption : undefined;
  if (typeof reference !== 'object' || reference === null || !('blobUri' in reference) || !('credential' in reference)) throw new Error(`startPendingUpload answered ${JSON.stringify(answer)}.`);
  const { credential } = reference;
  if (typeof credential !== 'object' || credential === null || !('sasUri' in credential)) throw new Error('startPendingUpload gave no signature.');
  return { blobUri: String(reference.blobUri), sasUri: String(credential.sasUri) };
}
