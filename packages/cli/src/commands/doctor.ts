// lazurite doctor: tries each client's path and says what is wrong and how to mend it.

import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installationFile } from '@lazurite/server/config/installation-files.ts';
import { loadSettings } from '@lazurite/server/config/settings.ts';
import { findInterpreter, searchInterpreters } from '@lazurite/server/environments/interpreters.ts';
import { listenFault } from '@lazurite/server/config/listen-fault.ts';
import { stringAt } from '@lazurite/server/kernel/json.ts';
import { findHolder } from '@lazurite/server/storage/data-folder.ts';
import type { Command } from 'commander';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { openApi } from '../api-client.ts';
import { clientEnvironment } from '../client-environment.ts';
import { CommandError } from '../exit-status.ts';
import { dataDirOf, dataDirOption, type FolderOptions, folderWords, outputOption, queryOption } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { type OutputOptions, style, writeData } from '../render/output.ts';
import { findServer } from '../running-server.ts';

const run = promisify(execFile);

interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  readonly mend?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('try each client path and say what is wrong and how to mend it')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExample:\n  lazurite doctor\n\nExit status: 0 nothing is wrong, 1 there are problems.')
    .action(async (options: FolderOptions & OutputOptions) => {
      const dataDir = dataDirOf(options);
      const findings = [...(await machineFindings(dataDir)), ...(await serverFindings(dataDir))];
      writeData(
        findings.map((finding) => ({ ...finding })),
        options,
        () => process.stdout.write(findings.map(renderFinding).join('')),
      );
      const problems = findings.filter((finding) => finding.outcome === 'problem').length;
      if (problems > 0) throw new CommandError(`${problems} of ${findings.length} checks found a problem.`);
    });
}

const MARKS = { ok: style.green('✓'), warning: style.yellow('!'), problem: style.red('✗') };

function renderFinding({ check, outcome, detail, mend }: Finding): string {
  return `${MARKS[outcome]} ${style.bold(check)}  ${detail}\n${mend === undefined ? '' : `    ${mend}\n`}`;
}

async function machineFindings(dataDir: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const major = Number(process.versions.node.split('.')[0]);
  findings.push({ check: 'node', outcome: major >= 24 ? 'ok' : 'problem', detail: process.version, ...(major >= 24 ? {} : { mend: 'Install Node 24 or newer.' }) });
  const { program, ...python } = await pythonFinding(dataDir);
  findings.push(python);
  if (program !== undefined) findings.push(await isolationFinding(program));
  const existing = nearestFolder(dataDir);
  if (existsSync(existing)) {
    const { bavail, bsize } = statfsSync(existing);
    const freeGiB = (bavail * bsize) / 2 ** 30;
    findings.push({
      check: 'disk',
      outcome: freeGiB > 2 ? 'ok' : 'problem',
      detail: `${freeGiB.toFixed(1)} GiB free at ${existing}`,
      ...(freeGiB > 2 ? {} : { mend: 'Free some space: environments and artifacts need it.' }),
    });
  }
  findings.push(writable(dataDir, existing));
  return findings;
}

interface PythonFinding extends Finding {
  /** The program that runs jobs, where there is one. */
  readonly program?: string;
}

/** Looks where the server looks. */
async function pythonFinding(dataDir: string): Promise<PythonFinding> {
  const check = 'python';
  const { python } = loadSettings({});
  const search = { python, path: process.env['PATH'] ?? '', home: process.env['HOME'] ?? '/', cacheFile: join(dataDir, 'environments', 'interpreters.json') };
  const { interpreters, preferred, isChoiceUseless } = await searchInterpreters(search);
  const mend = 'Install Python 3.9 or newer (on Debian and Ubuntu also python3-venv), or name one with LAZURITE_PYTHON.';
  if (isChoiceUseless) return { check, outcome: 'problem', detail: `LAZURITE_PYTHON is ${python}, which is not there or has no modules venv and ensurepip; jobs will not run`, mend };
  const found = findInterpreter(interpreters, '>=3.9', preferred);
  if (found === undefined) return { check, outcome: 'problem', detail: 'there is no Python 3.9 or newer with the modules venv and ensurepip; jobs need one', mend };
  const detail = `${found.version} at ${found.path}`;
  return { check, outcome: 'ok', detail, program: found.path };
}

/** Asks the runner itself, as the server does. */
async function isolationFinding(python: string): Promise<Finding> {
  const check = 'isolation';
  try {
    const { stdout } = await run(python, [installationFile('runner'), 'probe']);
    const method = stringAt(JSON.parse(stdout), 'method');
    if (method !== 'process-group') return { check, outcome: 'ok', detail: `each job gets a process namespace of its own (${method})` };
    return {
      check,
      outcome: 'warning',
      detail: 'jobs run in process groups and see the other processes of this machine',
      mend: 'Install the package bubblewrap, or allow unprivileged user namespaces.',
    };
  } catch (error) {
    return {
      check,
      outcome: 'problem',
      detail: `the job runner does not start: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      mend: 'Install Python 3.9 or newer.',
    };
  }
}

/** The folder itself, or the one that it would be made in. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function writable(dataDir: string, existing: string): Finding {
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    if (!statSync(existing).isDirectory()) return { check: 'data folder', outcome: 'problem', detail: `${existing} is a file`, mend: 'Name another folder with --data-dir.' };
    return { check: 'data folder', outcome: 'ok', detail: existing === dataDir ? dataDir : `${dataDir}, made at the first start` };
  } catch {
    return { check: 'data folder', outcome: 'problem', detail: `${dataDir} cannot be written`, mend: 'Give it to your user, or name another folder with --data-dir.' };
  }
}

async function serverFindings(dataDir: string): Promise<readonly Finding[]> {
  const connection = await findServer(dataDir);
  if (connection === undefined) {
    const isStarting = (await findHolder(dataDir)) !== undefined;
    const server: Finding = {
      check: 'server',
      outcome: 'warning',
      detail: `none runs on ${dataDir}`,
      mend: `Start one with \`${PROGRAM} up${folderWords(dataDir)}\`; the checks of the clients need it.`,
    };
    return isStarting ? [{ ...server, detail: `the one on ${dataDir} does not listen yet`, mend: 'Try again in a moment.' }] : [await portFinding(), server];
  }
  const { origins } = connection;
  const variables = clientEnvironment(connection);
  const findings: Finding[] = [{ check: 'server', outcome: 'ok', detail: `process ${connection.pid} at ${origins.local}` }];
  const check = async (name: string, mend: string, probe: () => Promise<string>): Promise<void> => {
    findings.push(
      await probe().then(
        (detail): Finding => ({ check: name, outcome: 'ok', detail }),
        (error: unknown): Finding =>
          isMissingProgram(error)
            ? { check: name, outcome: 'warning', detail: `not tried: there is no ${error.path} here` }
            : { check: name, outcome: 'problem', detail: error instanceof Error ? innermost(error) : String(error), mend },
      ),
    );
  };
  const api = openApi(connection);
  try {
    await check('ready', 'Look at the server log: its database may be down.', async () => expectOk(await fetch(`${origins.local}/readyz`)));
    await check(
      'token',
      'The data folder was copied or its keys were replaced; start the server again.',
      async () => `subscription ${stringAt(await api.arm('GET', `/subscriptions/${connection.subscriptionId}`, { apiVersion: '2022-12-01' }), 'displayName')}`,
    );
    await check('managed identity (DefaultAzureCredential)', 'Start the server again to renew the identity header.', async () =>
      expectOk(await fetch(`${origins.local}/msi/token?api-version=2019-08-01&resource=${encodeURIComponent(origins.management)}`, { headers: { 'x-identity-header': connection.identityHeader } })),
    );
    const proxied = new EnvHttpProxyAgent({ httpsProxy: origins.local, requestTls: { ca: await bundle(connection.caFile) } });
    await check('names through the proxy (Node, Go, Python)', 'Another program may hold the port, or a firewall closes loopback.', async () =>
      expectOk(await fetch(`${origins.management}/metadata/endpoints?api-version=2022-09-01`, { dispatcher: proxied })),
    );
    await proxied.close();
    await check('Python (urllib, with the printed environment)', `Check REQUESTS_CA_BUNDLE and HTTPS_PROXY: something after \`${PROGRAM} env\` changed them.`, async () => {
      const script = 'import urllib.request,sys; print(urllib.request.urlopen(sys.argv[1], timeout=10).status)';
      const { stdout } = await run('python3', ['-c', script, variables['ARM_CLOUD_METADATA_URL'] ?? ''], { env: { ...process.env, ...variables } });
      return `answered ${stdout.trim()}`;
    });
    await check('curl (with the printed environment)', 'Check CURL_CA_BUNDLE and HTTPS_PROXY.', async () => {
      const { stdout } = await run('curl', ['-fsS', '-o', '/dev/null', '-w', '%{http_code}', variables['ARM_CLOUD_METADATA_URL'] ?? ''], { env: { ...process.env, ...variables } });
      return `answered ${stdout.trim()}`;
    });
    await check('studio', 'Build it with `npm run build`, then start the server again.', async () => expectOk(await fetch(`${origins.local}/`, { headers: { accept: 'text/html' } })));
  } finally {
    await api.close();
  }
  return findings;
}

function isMissingProgram(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn') && 'code' in error && error.code === 'ENOENT';
}

/** `fetch failed` says nothing; its cause does. */
function innermost(error: Error): string {
  return error.cause instanceof Error ? innermost(error.cause) : (error.message.trim().split('\n').at(-1) ?? error.message);
}

/** Whether a server that is started now gets the port of the settings. */
async function portFinding(): Promise<Finding> {
  const { host, port } = loadSettings({});
  const probe = createServer();
  const fault = await new Promise<Error | undefined>((resolve) => {
    probe.once('error', (error) => resolve(listenFault(error, host, port)));
    probe.listen(port, host, () => resolve(undefined));
  });
  probe.close();
  return fault === undefined
    ? { check: 'port', outcome: 'ok', detail: `${port} on ${host} is free` }
    : { check: 'port', outcome: 'problem', detail: fault.message, mend: `Start with another one: ${PROGRAM} up --port ${port + 1}` };
}

async function bundle(caFile: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(caFile, 'utf8');
}

async function expectOk(response: { readonly ok: boolean; readonly status: number; text(): Promise<string> }): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`answered ${response.status}: ${text.slice(0, 200)}`);
  return `answered ${response.status}`;
}
