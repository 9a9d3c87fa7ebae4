// The unmodified azurerm and azuread providers against the server, when there are any here: LAZURITE_TEST_TERRAFORM_MIRROR
// names a folder laid out as a mirror of providers, LAZURITE_TEST_TERRAFORM the command, when it is not on the path. With
// LAZURITE_TEST_RECORD=1 the conversations are written down, which conversations.test.ts repeats without the providers.

import { afterAll, describe, expect, test } from 'vitest';
import { writeConversation } from './conversation.ts';
import { startRecorder } from './recorder.ts';
import { scenarios } from './scenarios.ts';
import { openTerraform, providerMirror } from './terraform.ts';
import { startTestServer } from '../../../testkit/src/test-server.ts';

const only = process.env['LAZURITE_TEST_SCENARIO'];

describe('Terraform', () => {
  if (providerMirror === undefined) {
    test('its providers are not here', () => {
      process.stdout.write(
        'terraform: NOT RUN: no providers. Set LAZURITE_TEST_TERRAFORM_MIRROR to a file-system mirror with hashicorp/azurerm and hashicorp/azuread to run them; their recorded conversations are repeated by conversations.test.ts.\n',
      );
      expect(process.env['LAZURITE_TEST_RECORD'], 'recording needs the providers').toBeUndefined();
    });
    return;
  }
  for (const { name, run } of scenarios.filter((scenario) => only === undefined || scenario.name === only)) {
    test(name, { timeout: 3_600_000 }, async () => {
      const server = await startTestServer();
      const recorder = await startRecorder(server.connection, server.composition.machine.installation.ownerId);
      const terraform = await openTerraform(name, server.connection, recorder.proxyUrl);
      try {
        await run(terraform);
        expect(server.errors()).toEqual([]);
        const turns = recorder.take();
        expect(turns.filter(({ status }) => status >= 500)).toEqual([]);
        process.stdout.write(`terraform: ${name}: ${turns.length} requests\n`);
        if (process.env['LAZURITE_TEST_RECORD'] === '1') writeConversation(name, turns);
      } finally {
        terraform.close();
        await recorder.close();
        await server.stop();
      }
    });
  }
});

afterAll(() => {
  if (process.env['LAZURITE_TEST_RECORD'] === '1') process.stdout.write('terraform: conversations written\n');
});
