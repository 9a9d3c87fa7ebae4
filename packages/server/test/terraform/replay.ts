// Replay: says again what the provider said, to a server of today, and checks that the answers are the same but for what a
// server makes up (ids, times, keys). What it made up this time takes the place of what it made up then in later requests.

import type { TestServer } from '../../../testkit/src/test-server.ts';
import { mapTexts, placeholdersOf, SECRET, type Turn } from './conversation.ts';

/** How long a GET may take to come to the recorded answer: the provider polled there. */
const POLL_MS = 20_000;
const POLL_EVERY_MS = 50;
const GENERATED =
  /0x[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)|\b[0-9a-f]{32}\b|(?<![\w-])(?=[\w-]*\d)[\w-]{40,}/gi;
const BUSY = /^(Creating|Updating|Deleting|Accepted|InProgress|Provisioning|Running|RegisteringDns)$/;

/** Throws at the first answer that differs, with the turn's number and what differs. */
export async function replay(server: TestServer, ownerId: string, turns: readonly Turn[]): Promise<void> {
  const known = new Map<string, string>();
  const tokens = new Map<string, Promise<string>>();
  const placeholders = placeholdersOf(server.connection, ownerId);
  const actualNames = (text: string): string => placeholders.reduceRight((changed, [value, placeholder]) => changed.replaceAll(placeholder, value), text);
  const actual = (text: string): string => actualNames(text).replaceAll(GENERATED, (made) => known.get(made.toLowerCase()) ?? made);

  for (const [index, turn] of turns.entries()) {
    const label = `turn ${index + 1}: ${turn.method} ${turn.host} ${turn.path}`;
    const until = performance.now() + (turn.method === 'GET' ? POLL_MS : 0);
    for (;;) {
      const differences = await ask(turn);
      if (differences.length === 0) break;
      if (performance.now() >= until) throw new Error(`${label}\n  ${differences.slice(0, 20).join('\n  ')}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  }

  async function ask(turn: Turn): Promise<readonly string[]> {
    const body = mapTexts(turn.body, actual);
    const answer = await server.send(turn.host, {
      method: turn.method,
      path: actual(turn.path),
      headers: turn.isAnonymous === true ? {} : { authorization: await ownersToken(audienceOf(turn.host)) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Object(body) }),
    });
    if (answer.status !== turn.status) return [`status: ${answer.status} instead of ${turn.status}: ${answer.text.slice(0, 400)}`];
    const differences: string[] = [];
    const learned = new Map<string, string>();
    const said: unknown = answer.text === '' ? undefined : parsed(answer.text);
    compare(mapTexts(turn.answer, actualNames), said, 'body', differences, learned);
    for (const [name, value] of Object.entries(turn.headers)) compare(mapTexts(value, actualNames), answer.headers[name], `header ${name}`, differences, learned);
    if (differences.length === 0) for (const [then, now] of learned) known.set(then, now);
    return differences;
  }

  /** As the provider gets it: from the managed identity of the owner. */
  function ownersToken(audience: string): Promise<string> {
    const known = tokens.get(audience);
    if (known !== undefined) return known;
    const asked = server
      .send('localhost', { method: 'GET', path: `/msi/token?api-version=2019-08-01&resource=${encodeURIComponent(audience)}`, headers: { 'x-identity-header': server.connection.identityHeader } })
      .then(({ json }) => `Bearer ${String(json['access_token'])}`);
    tokens.set(audience, asked);
    return asked;
  }
}

function compare(then: unknown, now: unknown, at: string, differences: string[], learned: Map<string, string>): void {
  if (typeof then === 'string' && typeof now === 'string') {
    if (then === now || then.includes(SECRET) || BUSY.test(then)) return;
    const made = [...then.matchAll(GENERATED)].map(([text]) => text.toLowerCase());
    const madeNow = [...now.matchAll(GENERATED)].map(([text]) => text);
    if (made.length !== madeNow.length || then.replaceAll(GENERATED, '…') !== now.replaceAll(GENERATED, '…')) return void differences.push(`${at}: '${now}' instead of '${then}'`);
    for (const [index, text] of made.entries()) learned.set(text, madeNow[index] ?? '');
    return;
  }
  // Times as seconds.
  if (typeof then === 'number' && typeof now === 'number' && then > 1_500_000_000 && now > 1_500_000_000) return;
  if (Array.isArray(then) && Array.isArray(now)) {
    if (then.length !== now.length) return void differences.push(`${at}: ${now.length} items instead of ${then.length}`);
    for (const [index, item] of then.entries()) compare(item, now[index], `${at}[${index}]`, differences, learned);
    return;
  }
  if (isObject(then) && isObject(now)) {
    const names = new Map(Object.keys(now).map((name) => [name.replaceAll(GENERATED, '…'), name]));
    for (const [name, value] of Object.entries(then)) {
      const named = Object.hasOwn(now, name) ? name : names.get(name.replaceAll(GENERATED, '…'));
      if (named === undefined) differences.push(`${at}.${name}: missing`);
      else compare(value, now[named], `${at}.${name}`, differences, learned);
    }
    return;
  }
  if (then !== now) differences.push(`${at}: ${JSON.stringify(now)} instead of ${JSON.stringify(then)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function audienceOf(host: string): string {
  if (host === 'graph') return 'https://graph.microsoft.com';
  if (host.endsWith('.vault')) return 'https://vault.azure.net';
  return /\.(blob|queue|table|file|dfs|web)$/.test(host) ? 'https://storage.azure.com' : 'https://management.azure.com';
}
