// What Terraform's azurerm and azuread providers said to the server, said again (see provider.test.ts for how it was
// written down): every answer has the recorded status, headers and body.

import { expect, test } from 'vitest';
import { readConversation } from './conversation.ts';
import { replay } from './replay.ts';
import { scenarios } from './scenarios.ts';
import { startTestServer } from '../../../testkit/src/test-server.ts';

test.for(scenarios.map(({ name }) => name))('%s', { timeout: 300_000 }, async (name) => {
  const turns = readConversation(name);
  expect(turns.length, `conversations/${name}.jsonl has been recorded`).toBeGreaterThan(50);
  const server = await startTestServer();
  try {
    await replay(server, server.composition.machine.installation.ownerId, turns);
    expect(server.errors()).toEqual([]);
  } finally {
    await server.stop();
  }
});
