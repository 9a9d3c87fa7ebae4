// The real `ml` extension of the Azure CLI against the server, when it is here: LAZURITE_TEST_AZ_ML_EXTENSION names its folder
// (…/ml, as in AZURE_EXTENSION_DIR), LAZURITE_TEST_AZ a CLI for it. Why another one: the CLI of the tests has an azure-ai-ml of its
// own, which would stand in for that of the extension. It is on no package registry: az.test.ts drives what it is made of.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { type AzSession, openAz } from './az-session.ts';

const extension = process.env['LAZURITE_TEST_AZ_ML_EXTENSION'];
const SLOW = { timeout: 1_800_000 };

describe('az ml', () => {
  if (extension === undefined) {
    test('its extension is not here', () => {
      process.stdout.write(
        'az ml: NOT RUN: no extension. Set LAZURITE_TEST_AZ_ML_EXTENSION to the folder of an installed `ml` extension to run it; az.test.ts drives what its workspace commands are made of.\n',
      );
      expect(extension).toBeUndefined();
    });
    return;
  }

  let server: TestServer;
  let session: AzSession;
  /** A command of `az ml` in the test's group. */
  const ml = (...command: readonly string[]): Promise<unknown> => session.az('ml', ...command, '-g', 'ml');
  const refusal = (...command: readonly string[]): Promise<string> => session.refusal('ml', ...command, '-g', 'ml');
  const file = (name: string, text: string): string => {
    const path = join(session.folder, name);
    writeFileSync(path, text);
    return path;
  };

  beforeAll(async () => {
    server = await startTestServer();
    session = openAz(server, { extension, command: process.env['LAZURITE_TEST_AZ'] });
    expect(await session.az('version')).toMatchObject({ extensions: { ml: expect.any(String) } });
    const { clientId, clientSecret, tenantId } = server.credential();
    await session.az('login', '--service-principal', '-u', clientId, '-p', clientSecret, '--tenant', tenantId);
    await session.az('group', 'create', '-n', 'ml', '-l', 'local');
  }, 300_000);
  afterAll(async () => {
    session?.end();
    expect(server.errors()).toEqual([]);
    await server.stop();
  });

  test('workspaces: create, show, list, update, list-keys, sync-keys, diagnose', SLOW, async () => {
    const shown = { name: 'flags', location: 'local', display_name: 'By flags', public_network_access: 'Enabled', system_datastores_auth_mode: 'Identity' };
    expect(await ml('workspace', 'create', '-n', 'flags', '-l', 'local', '--display-name', 'By flags', '--tags', 'a=b', '-d', 'identity')).toMatchObject({ ...shown, tags: { a: 'b' } });
    expect(await ml('workspace', 'show', '-n', 'flags')).toMatchObject(shown);
    const yaml = 'name: file\nlocation: local\nmanaged_network:\n  isolation_mode: allow_only_approved_outbound\n  outbound_rules:\n  - {name: public, type: fqdn, destination: "*.example.com"}\n';
    expect(await ml('workspace', 'create', '--file', file('file.yml', yaml), '--provision-network-now', 'true')).toMatchObject({
      managed_network: {
        isolation_mode: 'allow_only_approved_outbound',
        status: { status: 'Active' },
        outbound_rules: expect.arrayContaining([expect.objectContaining({ name: 'public', status: 'Active' })]),
      },
    });
    expect(await ml('workspace', 'list', '--query', 'sort([].name)')).toEqual(['file', 'flags']);
    const changed = ['--description', 'Changed', '--set', 'tags.c=d', '--network-acls', '192.0.2.0/24,203.0.113.7'];
    expect(await ml('workspace', 'update', '-n', 'flags', ...changed)).toMatchObject({
      description: 'Changed',
      tags: { a: 'b', c: 'd' },
      network_acls: { default_action: 'Deny', ip_rules: [{ value: '192.0.2.0/24' }, { value: '203.0.113.7' }] },
    });
    expect(await ml('workspace', 'update', '-n', 'flags', '--network-acls', 'none', '--query', 'network_acls')).toEqual({ default_action: 'Allow', ip_rules: [] });
    expect(await refusal('workspace', 'update', '-n', 'file', '-m', 'disabled')).toContain('isolationMode is AllowOnlyApprovedOutbound');
    expect(await ml('workspace', 'list-keys', '-n', 'flags')).toMatchObject({ userStorageKey: expect.any(String) });
    expect(await ml('workspace', 'sync-keys', '-n', 'flags')).toBeUndefined();
    expect(await ml('workspace', 'diagnose', '-n', 'flags')).toHaveProperty('storageAccountResults');
  });

  test('outbound rules: set, show, list, remove, and provision-network', SLOW, async () => {
    const fqdn = { name: 'conda', type: 'FQDN', destination: '*.anaconda.org' };
    expect(await ml('workspace', 'outbound-rule', 'set', '-w', 'file', '--rule', 'conda', '--type', 'fqdn', '--destination', '*.anaconda.org')).toMatchObject(fqdn);
    expect(await ml('workspace', 'outbound-rule', 'show', '-w', 'file', '--rule', 'conda')).toMatchObject(fqdn);
    await ml('workspace', 'outbound-rule', 'remove', '-w', 'file', '--rule', 'conda', '--yes');
    expect(await ml('workspace', 'outbound-rule', 'list', '-w', 'file', '--query', "[?category=='UserDefined'].name")).toEqual(['public']);
    expect(await ml('workspace', 'provision-network', '-n', 'file', '--include-spark')).toEqual({ status: 'Active', sparkReady: true });
  });

  test('hubs, projects and feature stores', SLOW, async () => {
    const hub = await ml('workspace', 'create', '-n', 'hub', '--kind', 'hub', '--query', 'id');
    expect(await ml('workspace', 'create', '-n', 'project', '--kind', 'project', '--hub-id', String(hub))).toMatchObject({ hub_id: hub });
    expect(await ml('workspace', 'show', '-n', 'hub', '--query', 'length(associated_workspaces)')).toBe(1);
    expect(await ml('workspace', 'list', '--filtered-kinds', 'hub,project', '--query', 'sort([].name)')).toEqual(['hub', 'project']);
    expect(await refusal('workspace', 'delete', '-n', 'hub', '--yes')).toContain('HubHasProjects');
    await ml('feature-store', 'create', '-n', 'features', '-l', 'local');
    expect(await ml('feature-store', 'show', '-n', 'features')).toMatchObject({ name: 'features', offline_store: { type: 'azure_data_lake_gen2' } });
    expect(await ml('feature-store', 'update', '-n', 'features', '--description', 'd', '--query', 'description')).toBe('d');
  });

  test('computes', SLOW, async () => {
    const cluster = ['-w', 'flags', '-n', 'cpu', '--type', 'amlcompute', '--size', 'LOCAL', '--max-instances', '2'];
    for (const _twice of [1, 2]) expect(await ml('compute', 'create', ...cluster)).toMatchObject({ type: 'amlcompute', max_instances: 2, provisioning_state: 'Succeeded' });
    expect(await ml('compute', 'update', '-w', 'flags', '-n', 'cpu', '--max-instances', '1', '--query', 'max_instances')).toBe(1);
    expect(await ml('compute', 'create', '-w', 'flags', '-n', 'desk', '--type', 'computeinstance', '--size', 'LOCAL')).toMatchObject({ type: 'computeinstance', state: 'Running' });
    for (const verb of ['stop', 'start', 'restart']) await ml('compute', verb, '-w', 'flags', '-n', 'desk');
    expect(await ml('compute', 'list', '-w', 'flags', '--query', 'sort([].name)')).toEqual(['cpu', 'desk']);
    expect(await ml('compute', 'list-nodes', '-w', 'flags', '-n', 'cpu')).toEqual([]);
    expect(await ml('compute', 'list-sizes', '-w', 'flags', '--query', '[].name')).toEqual(['LOCAL']);
    await ml('compute', 'delete', '-w', 'flags', '-n', 'desk', '--yes');
    const vm = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/ml/providers/Microsoft.Compute/virtualMachines/vm`;
    const attached = ['-n', 'machine', '--type', 'virtualmachine', '--resource-id', vm, '--admin-username', 'u', '--admin-password', 'p'];
    expect(await refusal('compute', 'attach', '-w', 'flags', ...attached)).toContain("'VirtualMachine' is not supported");
  });

  test('assets, and a job that is streamed', SLOW, async () => {
    mkdirSync(join(session.folder, 'job'));
    file('job/main.py', 'import sys; print("said by the job"); open(sys.argv[1] + "/made.txt", "w").write("x")');
    const environment = 'name: bare\nversion: 1\nimage: any\nconda_file: {dependencies: [python, pip]}\n';
    expect(await ml('environment', 'create', '-w', 'flags', '--file', file('environment.yml', environment))).toMatchObject({ name: 'bare', version: '1' });
    expect(await ml('data', 'create', '-w', 'flags', '-n', 'lines', '-v', '1', '--type', 'uri_file', '--path', file('lines.csv', 'a,b'))).toMatchObject({ name: 'lines', type: 'uri_file' });
    expect(await ml('model', 'create', '-w', 'flags', '-n', 'model', '-v', '1', '--path', file('model.txt', 'm'))).toMatchObject({ name: 'model', type: 'custom_model' });
    expect(await ml('datastore', 'list', '-w', 'flags', '--query', 'length(@)')).toBe(4);
    const job = 'code: job\ncommand: python main.py ${{outputs.made}}\noutputs: {made: {type: uri_folder}}\nenvironment: azureml:bare@latest\ncompute: azureml:cpu\nexperiment_name: first\n';
    await session.az('configure', '--defaults', 'workspace=flags');
    const streamed = session.begin('ml', 'job', 'create', '--file', file('job.yml', job), '-n', 'one', '-g', 'ml', '--stream');
    let said = '';
    for (const stream of [streamed.stdout, streamed.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect([await new Promise((resolve) => streamed.once('close', resolve)), said]).toEqual([0, expect.stringContaining('said by the job')]);
    expect(await ml('job', 'show', '-n', 'one', '--query', '[status, services.Studio.endpoint]')).toEqual(['Completed', expect.stringMatching(/\/jobs\/one\?wsid=.*&tid=/)]);
    expect(await ml('job', 'list', '--query', '[].name')).toEqual(['one']);
    await ml('job', 'download', '-n', 'one', '--output-name', 'made', '--download-path', join(session.folder, 'down'));
    await ml('job', 'archive', '-n', 'one');
    expect(await ml('job', 'list')).toEqual([]);
  });

  test('what is not there is refused by its name', SLOW, async () => {
    for (const [type, ...command] of [
      ['workspaces/onlineEndpoints', 'online-endpoint', 'list', '-w', 'flags'],
      ['workspaces/batchEndpoints', 'batch-endpoint', 'list', '-w', 'flags'],
      ['workspaces/components', 'component', 'list', '-w', 'flags'],
      ['workspaces/schedules', 'schedule', 'list', '-w', 'flags'],
      ["'registries'", 'registry', 'list'],
    ] as const)
      expect(await refusal(...command)).toContain(type);
    expect(await session.refusal('ml', 'model', 'list', '--registry-name', 'azureml')).toContain("The registry 'azureml' was not found");
  });

  test('workspaces are deleted, and purged', SLOW, async () => {
    await ml('workspace', 'delete', '-n', 'flags', '--yes');
    expect(await refusal('workspace', 'create', '-n', 'flags')).toContain('SoftDeletedWorkspaceExists');
    await ml('workspace', 'delete', '-n', 'file', '--yes', '--all-resources', '--permanently-delete');
    expect(await refusal('workspace', 'show', '-n', 'file')).toContain('ResourceNotFound');
    expect(await session.az('resource', 'list', '-g', 'ml', '--query', "[?starts_with(name, 'file')].name")).toEqual([]);
    await ml('workspace', 'delete', '-n', 'project', '--yes', '--permanently-delete');
    await ml('feature-store', 'delete', '-n', 'features', '--yes', '--all-resources');
    await ml('workspace', 'delete', '-n', 'hub', '--yes', '--permanently-delete', '--no-wait');
    await expect.poll(() => ml('workspace', 'list', '--query', '[].name'), { timeout: 300_000 }).toEqual([]);
  });
});
