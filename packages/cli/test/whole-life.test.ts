// The command line from the first start to the last stop, against a real server in a process of its own. The tests follow
// one another: each begins with what the one before left.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApi } from '../src/api-client.ts';
import { getServer } from '../src/running-server.ts';
import { type CliProcess, type CliResult, runCli, startCli } from './cli-process.ts';

let root: string;
let dataDir: string;
let server: CliProcess;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'lazurite-cli-'));
  dataDir = join(root, 'data');
  server = startCli(['up', '--data-dir', dataDir, '--port', '0'], { LAZURITE_FETCH_UV: 'false' });
  await server.until('is up');
});
afterAll(async () => {
  server?.child.kill('SIGKILL');
  await server?.ended;
  rmSync(root, { recursive: true, force: true });
});

const cli = (...args: readonly string[]): Promise<CliResult> => {
  const dashes = args.indexOf('--');
  const folder = ['--data-dir', dataDir];
  return runCli(dashes < 0 ? [...args, ...folder] : [...args.slice(0, dashes), ...folder, ...args.slice(dashes)]);
};

describe('a server', () => {
  test('logs JSON to standard output and speaks to people on standard error', async () => {
    const shown = await cli('status', '-o', 'json');
    expect(shown.status).toBe(0);
    const status = JSON.parse(shown.out);
    expect(status).toMatchObject({ pid: server.child.pid, dataDir });
    expect(shown.out).not.toMatch(/secret|identityHeader/i);
    expect(await cli('status', '--query', 'port', '-o', 'tsv')).toMatchObject({ status: 0, out: `${status.port}\n` });
  });

  test('holds its folder and its port: a second one says who has it and ends', async () => {
    const second = await cli('up', '--port', '0');
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining(`held by Lazurite process ${server.child.pid}`) });
    const { out: port } = await cli('status', '--query', 'port', '-o', 'tsv');
    const other = await runCli(['up', '--data-dir', join(root, 'other'), '--port', port.trim()]);
    expect(other).toMatchObject({ status: 1, err: expect.stringContaining(`Port ${port.trim()} on 127.0.0.1 is taken`) });
  });

  test('does not start on what cannot be used, and says what was wrong and what to give instead', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    expect(await runCli(['up', '--data-dir', file])).toMatchObject({ status: 2, err: expect.stringContaining(`The data folder ${file} cannot be used: it is a file.`) });
    const other = ['up', '--data-dir', join(root, 'other'), '--port', '0'];
    expect(await runCli([...other, '--host', '192.0.2.1'])).toMatchObject({ status: 2, err: expect.stringContaining('192.0.2.1 is no address of this machine') });
    expect(await runCli([...other, '--database-url', 'db.example.com'])).toMatchObject({ status: 2, err: expect.stringContaining('LAZURITE_DATABASE_URL') });
    const refused = await runCli([...other, '--database-url', 'postgres://ada:pass-word@127.0.0.1:1/ml']);
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('PostgreSQL at 127.0.0.1:1 (database ml, user ada) cannot be used: nothing listens there') });
    expect(refused.err).not.toContain('pass-word');
  });

  test('leaves commands to try next that mean the same folder', async () => {
    await server.until(`lazurite login --data-dir ${dataDir}`);
  });

  test('is well, in the eyes of the doctor', async () => {
    const { status, out } = await cli('doctor', '-o', 'json');
    expect(JSON.parse(out).filter(({ outcome }: { outcome: string }) => outcome === 'problem')).toEqual([]);
    expect(status).toBe(0);
  });

  test('has people: added, listed, disabled, each with a password that was made for one sign-in', async () => {
    expect(await cli('user', 'add', 'ada', '--name', 'Ada L')).toMatchObject({ status: 0, out: expect.stringMatching(/^\w{5}-\w{5}-\w{5}-\w{5}\n$/), err: expect.stringContaining('chooses another') });
    expect(await cli('user', 'disable', 'ada')).toMatchObject({ status: 0 });
    const { out } = await cli('user', 'list', '-o', 'json', '--query', "[?displayName=='Ada L']");
    expect(JSON.parse(out)).toMatchObject([{ userPrincipalName: 'ada@lazurite.localhost', accountEnabled: false }]);
    expect(await cli('user', 'enable', 'nobody')).toMatchObject({ status: 3, err: expect.stringContaining('does not exist') });
  });

  test('shows its background work, and tries failed work again', async () => {
    const { out } = await cli('work', 'list', '--state', 'done', '-o', 'json');
    const [item] = JSON.parse(out);
    expect(item).toMatchObject({ id: expect.any(String), kind: expect.any(String), state: 'done', lastError: null });
    expect(await cli('work', 'list', '--state', 'failed')).toMatchObject({ status: 0, out: '', err: expect.stringContaining('No background work is failed.') });
    expect(await cli('work', 'retry', item.id)).toMatchObject({ status: 1, err: expect.stringContaining('has not failed') });
    expect(await cli('work', 'retry', 'nonsense')).toMatchObject({ err: expect.stringContaining("'nonsense' is not the id of a work item") });
  });

  test('gives a link that signs in', async () => {
    const { out } = await cli('login');
    const answer = await fetch(out.trim(), { redirect: 'manual' });
    expect(answer.status).toBeLessThan(400);
  });
});

describe('clients', () => {
  test('reach it with the printed environment: curl, Python, Node', async () => {
    const { out: exports } = await cli('env');
    const probe =
      'curl -fsS "$ARM_CLOUD_METADATA_URL" > /dev/null && echo curl; python3 -c "import os,urllib.request as u; u.urlopen(os.environ[\'ARM_CLOUD_METADATA_URL\']); print(\'python\')"; "$NODE" -e "fetch(process.env.ARM_CLOUD_METADATA_URL).then((r) => r.ok && console.log(\'node\'))"';
    const said = execFileSync('bash', ['-c', `${exports}\n${probe}`], { encoding: 'utf8', env: { ...process.env, NODE: process.execPath } });
    expect(said.split('\n').filter(Boolean)).toEqual(['curl', 'python', 'node']);
  });

  test('end with their own status under exec', async () => {
    expect(await cli('exec', '--', 'sh', '-c', 'exit 7')).toMatchObject({ status: 7 });
    expect(await cli('exec', '--', 'sh', '-c', 'kill -TERM $$')).toMatchObject({ status: 143 });
    expect(await cli('exec', '--', 'no-such-program')).toMatchObject({ status: 127, err: expect.stringContaining('no-such-program') });
    expect(await cli('exec', '--', 'sh', '-c', 'printf %s "$LAZURITE_STUDIO"')).toMatchObject({ status: 0, out: expect.stringMatching(/^http:\/\/localhost:\d+$/) });
  });
});

describe('jobs', () => {
  test('without a workspace the way to make one is named', async () => {
    expect(await cli('job', 'list')).toMatchObject({ status: 3, err: expect.stringContaining('lazurite workspace create') });
    expect(await cli('workspace', 'create', '_demo', '-g', 'unmade')).toMatchObject({ status: 2, err: expect.stringContaining("'_demo'") });
    const api = openApi(await getServer(dataDir));
    await expect(api.arm('GET', `/subscriptions/${api.connection.subscriptionId}/resourceGroups/unmade`)).rejects.toMatchObject({ code: 'ResourceGroupNotFound' });
    await api.close();
    expect(await cli('workspace', 'create', 'demo', '-g', 'dev')).toMatchObject({ status: 0, out: expect.stringContaining('Succeeded') });
    expect(await cli('job', 'list')).toMatchObject({ status: 0, out: '', err: expect.stringContaining('No jobs yet') });
  });

  test('run with code and data, are followed, listed, shown and downloaded', async () => {
    const folder = join(root, 'job');
    mkdirSync(join(folder, 'src'), { recursive: true });
    writeFileSync(join(folder, 'data.csv'), 'a,b\n1,2\n');
    writeFileSync(
      join(folder, 'src', 'main.py'),
      "import pathlib,sys\nprint('read', pathlib.Path(sys.argv[1]).read_text().splitlines()[1])\npathlib.Path('outputs').mkdir(exist_ok=True)\npathlib.Path('outputs/kept file.bin').write_bytes(bytes(range(256))*9)\npathlib.Path(sys.argv[2],'deep').mkdir()\npathlib.Path(sys.argv[2],'deep','ä & b.txt').write_text('named')\n",
    );
    writeFileSync(
      join(folder, 'job.yml'),
      'type: command\nname: first_job\ndisplay_name: the first\ncode: src\ncommand: python main.py ${{inputs.data}} ${{outputs.result}}\nenvironment: { conda_file: { name: e, dependencies: [python] } }\ninputs: { data: { type: uri_file, path: data.csv } }\noutputs: { result: { type: uri_folder } }\n',
    );
    const streamed = await cli('job', 'submit', join(folder, 'job.yml'), '--stream');
    expect(streamed, streamed.err).toMatchObject({ status: 0, out: 'read 1,2\n' });
    expect(streamed.err).toContain('Building the environment');
    expect(streamed.err).toContain('first_job Completed');
    expect(await cli('job', 'list', '--query', "[?properties.status=='Completed'].name", '-o', 'tsv')).toMatchObject({ out: 'first_job\n' });
    expect((await cli('job', 'list')).out).toMatch(/first_job +Completed +the first/);
    expect((await cli('job', 'show', 'first_job')).out).toMatch(/Status +Completed/);
    expect((await cli('job', 'show', 'first_job', '-o', 'yaml')).out).toContain('displayName: the first');
    const target = join(root, 'results');
    expect(await cli('job', 'download', 'first_job', '-p', target)).toMatchObject({ status: 0 });
    expect(readFileSync(join(target, 'first_job/artifacts/outputs/kept file.bin'))).toEqual(
      Buffer.concat(Array.from({ length: 9 }, () => Buffer.from(Array.from({ length: 256 }, (_, index) => index)))),
    );
    expect(readFileSync(join(target, 'first_job/artifacts/user_logs/std_log.txt'), 'utf8')).toBe('read 1,2\n');
    expect(readFileSync(join(target, 'first_job/named-outputs/result/deep/ä & b.txt'), 'utf8')).toBe('named');
  });

  test('outlive kill -9 of the server, and are canceled', async () => {
    writeFileSync(join(root, 'long.yml'), 'name: long_job\ncommand: "echo begun; sleep 600"\nenvironment: { conda_file: { name: e, dependencies: [python] } }\n');
    expect(await cli('job', 'submit', join(root, 'long.yml'))).toMatchObject({ status: 0 });
    const follower = startCli(['job', 'stream', 'long_job', '--data-dir', dataDir]);
    await follower.until('long_job Running');
    const { out: port } = await cli('status', '--query', 'port', '-o', 'tsv');
    server.child.kill('SIGKILL');
    await server.ended;
    expect(await cli('status')).toMatchObject({ status: 3, err: expect.stringContaining('lazurite up') });
    server = startCli(['up', '--data-dir', dataDir, '--port', port.trim()], { LAZURITE_FETCH_UV: 'false' });
    await server.until('is up');
    expect(await cli('job', 'cancel', 'long_job')).toMatchObject({ status: 0 });
    const { status, out, err } = await follower.ended;
    expect({ status, out }, err).toEqual({ status: 1, out: 'begun\n' });
    expect(err).toContain('long_job ended as Canceled');
  });

  test('that are not there, and wrong words, have statuses of their own', async () => {
    expect(await cli('job', 'show', 'nobody')).toMatchObject({ status: 3, out: '', err: expect.stringMatching(/Try: (npx )?lazurite job list -g dev -w demo/) });
    expect(await cli('job', 'list', '-g', 'dev', '-w', 'none')).toMatchObject({ status: 3 });
    expect(await cli('job', 'list', '-o', 'xml')).toMatchObject({ status: 2, err: expect.stringContaining('lazurite job list --help') });
    expect(await cli('job', 'list', '--query', '[?')).toMatchObject({ status: 2 });
    expect(await cli('job', 'jump')).toMatchObject({ status: 2 });
    expect(await cli('up', '--ephemeral')).toMatchObject({ status: 2, err: expect.stringContaining('is not empty') });
    expect(existsSync(join(dataDir, 'lazurite.json'))).toBe(true);
  });
});

test('the doctor of a machine whose Python is not there and whose port is taken names both', async () => {
  const { out: port } = await cli('status', '--query', 'port', '-o', 'tsv');
  const found = await runCli(['doctor', '--data-dir', join(root, 'nowhere'), '-o', 'json'], { LAZURITE_PYTHON: '/nonexistent/python3', LAZURITE_PORT: port.trim() });
  expect(found.status).toBe(1);
  const problems = JSON.parse(found.out).filter(({ outcome }: { outcome: string }) => outcome === 'problem');
  expect(problems).toMatchObject([
    { check: 'python', detail: expect.stringContaining('/nonexistent/python3, which is not there'), mend: expect.stringContaining('Install Python 3.9') },
    { check: 'port', detail: expect.stringContaining(`Port ${port.trim()} on 127.0.0.1 is taken`), mend: expect.stringContaining('--port') },
  ]);
  const here = await runCli(['doctor', '--data-dir', dataDir, '-o', 'json'], { PATH: '/nonexistent' });
  expect(JSON.parse(here.out)).toContainEqual({ check: 'curl (with the printed environment)', outcome: 'warning', detail: 'not tried: there is no curl here' });
});

test('down stops it; what comes after says that none runs', async () => {
  expect(await cli('down')).toMatchObject({ status: 0, err: expect.stringContaining('Stopped process') });
  const { status, out } = await server.ended;
  expect(status).toBe(0);
  for (const line of out.split('\n').filter(Boolean)) expect(() => JSON.parse(line), line).not.toThrow();
  expect(out).not.toContain('"level":"error"');
  expect(await cli('down')).toMatchObject({ status: 0, err: expect.stringContaining('No Lazurite runs') });
  expect(await cli('job', 'list')).toMatchObject({ status: 3, err: expect.stringMatching(/Try: (npx )?lazurite up/) });
});
