// What is read from an installer's output, and which of the server's variables it may see.

import { expect, it } from 'vitest';
import { buildEnvironment, uvEnvironment } from './build-environment.ts';
import { createProgressReader } from './build-progress.ts';
import { lastWords } from './build-step.ts';

it('keeps the whole of a conflict, from the first error on', () => {
  const words = lastWords(['Collecting a', 'ERROR: Cannot install a and b', '', 'The conflict is caused by:', '    a depends on c==1', 'WARNING: x', 'ERROR: ResolutionImpossible']);
  expect(words).toBe('ERROR: Cannot install a and b\nThe conflict is caused by:\n    a depends on c==1\nERROR: ResolutionImpossible');
});

it('gives the last lines of what marks no error', () => {
  expect(lastWords(['one', 'two', ''])).toBe('one\ntwo');
});

it('reads the phases of pip', () => {
  const read = createProgressReader();
  const lines = ['Collecting six==1.16.0', '  Downloading six-1.16.0-py2.py3-none-any.whl (11 kB)', 'Collecting b', 'Installing collected packages: six, b', 'Successfully installed six-1.16.0 b-1'];
  expect(lines.map(read)).toEqual([
    { phase: 'resolving', count: 1, item: 'six==1.16.0' },
    { phase: 'downloading', count: 1, item: 'six-1.16.0-py2.py3-none-any.whl' },
    { phase: 'resolving', count: 2, item: 'b' },
    { phase: 'installing', count: 0, total: 2 },
    { phase: 'installing', count: 2, total: 2 },
  ]);
});

it('reads the phases of uv', () => {
  const read = createProgressReader();
  expect(['Resolved 12 packages in 102ms', 'Downloading torch (900.0MiB)', 'Prepared 12 packages in 3s', 'Installed 12 packages in 1ms', ' + six==1.16.0'].map(read)).toEqual([
    { phase: 'resolving', count: 12, total: 12 },
    { phase: 'downloading', count: 1, total: 12, item: 'torch' },
    { phase: 'installing', count: 0, total: 12 },
    { phase: 'installing', count: 12, total: 12 },
    undefined,
  ]);
});

it('hands on what reaches a package index, and no secret of the server', () => {
  const found = buildEnvironment({
    PATH: '/bin',
    PIP_INDEX_URL: 'https://x',
    HTTPS_PROXY: 'p',
    https_proxy: 'q',
    LAZURITE_DATABASE_URL: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    PIP_TARGET: '/elsewhere',
    PYTHONPATH: '/x',
  });
  expect(found).toMatchObject({ PATH: '/bin', PIP_INDEX_URL: 'https://x', HTTPS_PROXY: 'p', https_proxy: 'q' });
  expect(Object.keys(found).filter((name) => /LAZURITE|AWS|TARGET|PYTHONPATH/.test(name))).toEqual([]);
});

it("says pip's configuration in uv's words", () => {
  const config = ":env:.find-links='/opt/wheels'\nglobal.index-url='https://one/simple'\nglobal.extra-index-url='https://two https://three'\nglobal.timeout='60'\nglobal.cert='/ca.pem'";
  const said = { UV_FIND_LINKS: '/opt/wheels', UV_DEFAULT_INDEX: 'https://one/simple', UV_INDEX: 'https://two https://three' };
  expect(uvEnvironment(config, { SSL_CERT_FILE: '/mine.pem', UV_SYSTEM_CERTS: 'false' })).toEqual(said);
  expect(uvEnvironment(config, {})).toEqual({ ...said, SSL_CERT_FILE: '/ca.pem', UV_SYSTEM_CERTS: 'true', UV_NATIVE_TLS: 'true' });
});
