// Key Vault's data plane on `{vault}.vault.{domain}`.
//
//   vault > who (401 with challenge, body unread) > operation > may they > body > run > audit committed > answer
//
// Source: Key Vault REST; design/findings.md §4 (challenge); contracts/terraform-azurerm.md §5.2.

import type { Context } from '#kernel/context.ts';
import { Fault, isFault, toFault } from '#kernel/faults.ts';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import { insertVaultUse } from '#storage/vault-store.ts';
import { notSupported, vaultNotFound } from '#vault/faults.ts';
import type { Plane, PlaneReply, PlaneRequest, PlaneRoute } from '../plane.ts';
import { authorize } from './access.ts';
import { certificateOperations } from './certificate-operations.ts';
import { contactOperations } from './contact-operations.ts';
import { issuerOperations } from './issuer-operations.ts';
import { keyOperations } from './key-operations.ts';
import { matchOperation, type Match, type Operation } from './operation.ts';
import type { KeyVaultPlaneDeps } from './plane-deps.ts';
import type { Vault } from './ports.ts';
import { renderVaultFault } from './render-fault.ts';
import { apiVersionOf, queryOf, readBody, segmentsOf } from './request.ts';
import { secretOperations } from './secret-operations.ts';

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const REFUSED: ReadonlySet<string> = new Set(['storage', 'deletedstorage']);

export const vaultOperations: readonly Operation[] = [...contactOperations, ...issuerOperations, ...certificateOperations, ...secretOperations, ...keyOperations];

export function createKeyVaultPlane(deps: KeyVaultPlaneDeps): Plane {
  const route = (method: (typeof METHODS)[number]): PlaneRoute => ({
    hosts: ['vault'],
    method,
    path: '/*',
    permission: { kind: 'own', why: "bearer tokens after Key Vault's own challenge; data actions or the vault's access policies, named by each operation" },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: 'stream' as const, maxBodyBytes: MAX_BODY_BYTES }),
    run: (ctx, request) => answer(deps, ctx, request),
  });
  return { name: 'key-vault', routes: METHODS.map(route), renderFault: renderVaultFault };
}

async function answer(deps: KeyVaultPlaneDeps, anonymous: Context, request: PlaneRequest): Promise<PlaneReply> {
  const vault = await deps.vaults.find(request.hostLabel);
  if (vault === undefined) throw vaultNotFound(request.hostLabel);
  const ctx: Context = { ...anonymous, principal: await authenticate(deps, request) };
  const match = findOperation(request);
  const audit = (status: number, target: string): Promise<void> =>
    insertVaultUse(deps.database.sql, {
      at: new Date(ctx.clock.now()),
      vaultKey: vault.key,
      operation: match.operation.title,
      target,
      status,
      principalId: ctx.principal.objectId,
      principalName: ctx.principal.displayName,
      appId: ctx.principal.appId,
      remoteAddress: request.remoteAddress,
      correlationId: ctx.correlationId,
    });
  const asked = [match.operation.needs.area, match.name, match.version]
    .filter((part) => part !== undefined && part !== '')
    .join('/')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 300);
  let reply: PlaneReply;
  try {
    reply = await perform(deps, ctx, vault, match, request);
  } catch (error) {
    await audit(toFault(error).status, asked);
    throw error;
  }
  await audit(reply.status, targetOf(reply, vault) ?? asked);
  return reply;
}

async function perform(deps: KeyVaultPlaneDeps, ctx: Context, vault: Vault, { operation, name, version }: Match, request: PlaneRequest): Promise<PlaneReply> {
  const query = queryOf(request);
  const apiVersion = apiVersionOf(query);
  await authorize(deps.access, ctx, vault, operation.needs, name);
  const body = await readBody(request.stream, request.headers);
  const result = await operation.run({ ctx, deps, vault, name, version, apiVersion, query, body });
  return result === undefined ? { status: 204 } : { status: operation.status ?? 200, headers: { 'cache-control': 'no-cache' }, body: result };
}

/** What the answer is about, down to the version: `secrets/{name}/{version}`. */
function targetOf(reply: PlaneReply, vault: Vault): string | undefined {
  const { body } = reply;
  const key: unknown = isJsonObject(body) && isJsonObject(body['key']) ? body['key'] : body;
  const id = stringAt(key, 'kid') ?? stringAt(body, 'id');
  return id?.startsWith(`${vault.uri}/`) === true ? id.slice(vault.uri.length + 1) : undefined;
}

async function authenticate(deps: KeyVaultPlaneDeps, request: PlaneRequest) {
  const { authority, resource } = deps.challenge();
  const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
  const header = request.headers['authorization'];
  if (header === undefined || header === '') throw new Fault('unauthenticated', 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', { headers: { 'www-authenticate': challenge } });
  try {
    return await deps.access.authenticate(header);
  } catch (error) {
    if (!isFault(error, 'unauthenticated')) throw error;
    throw new Fault('unauthenticated', 'Unauthorized', `AKV10032: The token is not valid for this vault. ${error.message}`, {
      headers: { 'www-authenticate': `${challenge}, error="invalid_token"` },
      cause: error,
    });
  }
}

function findOperation(request: PlaneRequest): Match {
  const segments = segmentsOf(request.rawPath);
  const found = matchOperation(vaultOperations, request.method, segments);
  if ('operation' in found) return found;
  const shown = `/${segments.join('/')}`.slice(0, 300);
  if (found.allowed.length > 0) {
    const allow = [...new Set(found.allowed)].join(', ');
    throw new Fault('methodNotAllowed', 'HttpMethodNotAllowed', `The method ${request.method} is not allowed on '${shown}'. Allowed: ${allow}.`, { headers: { allow } });
  }
  const first = segments[0]?.toLowerCase() ?? '';
  if (REFUSED.has(first)) throw notSupported(`This vault keeps secrets, keys and certificates. '${first}' (${request.method} ${shown}) is not supported.`);
  throw new Fault('notFound', 'NotFound', `Nothing answers ${request.method} '${shown}' on a key vault: secrets, keys, certificates, deletedsecrets, deletedkeys, deletedcertificates and rng do.`);
}
