// Certificates: named certificates with versions. Each version has a key and a secret of its name and version: the private
// key for operations, and certificate and key together as PFX or PEM. They are made, deleted and recovered with it.
// Source: Key Vault REST, "Create certificate", "Import certificate", "Merge certificate" and their siblings.

import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import { findIssuer } from '#storage/vault-issuer-store.ts';
import type { VaultObject, VaultObjectKind, VaultVersion } from '#storage/vault-object-record.ts';
import { claimObject, findObject, findVersion, setCertificatePolicy, setPending } from '#storage/vault-object-store.ts';
import { insertVersion, updateVersion } from '#storage/vault-version-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { type AttributesPatch, checkName, parseAttributes, parseTags } from './attributes.ts';
import { importedPolicy, parsePolicy, PEM_TYPE, renewalDue } from './certificates/policy.ts';
import { generateMaterial, parseKeySpec, parseKeyType, privateKeyOf, publicMaterialOf } from './crypto/key-material.ts';
import { badParameter, nameIsHeld, notPermitted, notSupported, objectNotFound } from './faults.ts';
import { createObjects, type Objects } from './objects.ts';
import { changeVault, getVersion, lockLiving, newVersionId, openValue, type VaultDeps, type VaultWrite } from './vault-content.ts';
import type { VaultPlace, VaultRef } from './vault-ref.ts';
import { RENEW_KIND } from './work-kinds.ts';

export interface Certificates extends Objects {
  /** Starts an operation: done at once for the issuer Self; waiting for a merge for Unknown. */
  create(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultObject>;
  import(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultVersion>;
  merge(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultVersion>;
  update(ctx: Context, vault: VaultRef, name: string, version: string | undefined, body: unknown): Promise<VaultVersion>;
  setPolicy(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultObject>;
  /** The living certificate with its policy, also before it has a version. */
  describe(vault: VaultPlace, name: string): Promise<VaultObject>;
  /** Its operation. Throws `PendingCertificateNotFound`. */
  pending(vault: VaultPlace, name: string): Promise<VaultObject>;
  cancel(vault: VaultRef, name: string): Promise<VaultObject>;
  deletePending(vault: VaultRef, name: string): Promise<VaultObject>;
  /** Another version by the policy when one is due. When the next is; undefined: never. */
  renew(ctx: Context, vault: VaultPlace, name: string): Promise<Date | undefined>;
}

interface NewCertificate {
  readonly policy: JsonObject;
  readonly pkcs8: Buffer;
  /** DER; its own first. */
  readonly chain: readonly Buffer[];
  readonly attributes: AttributesPatch;
  readonly tags: Readonly<Record<string, string>>;
  /** The value of its secret. */
  readonly value: string;
}

export function createCertificates(deps: VaultDeps): Certificates {
  const objects = createObjects(deps, 'certificate');
  const { sql } = deps.database;

  async function describe(vault: VaultPlace, name: string): Promise<VaultObject> {
    checkName('certificate', name);
    const found = await findObject(sql, vault.key, 'certificate', name);
    if (found?.policy === undefined || found.deletedAt !== undefined) throw objectNotFound('certificate', name);
    return found;
  }

  async function pending(vault: VaultPlace, name: string): Promise<VaultObject> {
    const found = await describe(vault, name);
    if (found.pending === undefined) throw new Fault('notFound', 'PendingCertificateNotFound', `Pending certificate not found: ${name}. There is no operation on it, or it was deleted.`);
    return found;
  }

  /** Makes or takes over the private key, and a certificate that it signs itself. */
  async function selfSigned(ctx: Context, vault: VaultPlace, name: string, policy: JsonObject): Promise<Pick<NewCertificate, 'pkcs8' | 'chain' | 'value'>> {
    const pkcs8 = await privateKeyFor(vault, name, policy);
    const { issueSelfSigned } = await import('./certificates/issue.ts');
    const chain = [await issueSelfSigned(policy, pkcs8, new Date(ctx.clock.now()))];
    return { pkcs8, chain, value: await secretValue(policy, pkcs8, chain) };
  }

  async function privateKeyFor(vault: VaultPlace, name: string, policy: JsonObject): Promise<Buffer> {
    const props = objectAt(policy, 'key_props');
    if (props['reuse_key'] === true) {
      const before = await findVersion(sql, vault.key, 'key', name, undefined);
      if (before !== undefined && before.object.deletedAt === undefined && before.details['kty'] === props['kty']) return openValue(deps, sql, vault, before);
    }
    return (await generateMaterial(parseKeySpec(parseKeyType(props['kty']), props))).pkcs8;
  }

  async function change(vault: VaultRef, name: string, edit: (tx: Tx, object: VaultObject) => Promise<void>): Promise<VaultObject> {
    return changeVault(deps, vault, async ({ tx }) => {
      checkName('certificate', name);
      const object = await lockLiving(tx, vault, 'certificate', name);
      await edit(tx, object);
      return lockLiving(tx, vault, 'certificate', name);
    });
  }

  return {
    ...objects,
    describe,
    pending,
    async create(ctx, vault, name, body) {
      checkName('certificate', name);
      const known = await findObject(sql, vault.key, 'certificate', name);
      const policy = parsePolicy(objectAt({ body }, 'body')['policy'] ?? known?.policy, known?.policy);
      if (stringAt(objectAt(policy, 'key_props'), 'kty')?.endsWith('-HSM') === true && !vault.isPremium)
        throw badParameter('The vault is of SKU standard, which takes RSA and EC keys; HSM keys need SKU premium.', 'policy.key_props.kty');
      const attributes = parseAttributes(objectAt({ body }, 'body')['attributes']);
      const tags = parseTags(objectAt({ body }, 'body')['tags']) ?? {};
      const issuer = stringAt(objectAt(policy, 'issuer'), 'name') ?? '';
      if (issuer === 'Self') {
        const made = await selfSigned(ctx, vault, name, policy);
        return changeVault(deps, vault, async (write) => {
          const object = await claimAll(write.tx, ctx, vault, name);
          const version = await addVersion(write, ctx, vault, object, { policy, ...made, attributes, tags });
          await setPending(write.tx, object.id, operationOf('Self', { status: 'completed', target: version.version }));
          return lockLiving(write.tx, vault, 'certificate', name);
        });
      }
      if (issuer !== 'Unknown') {
        if ((await findIssuer(sql, vault.key, issuer)) === undefined) throw badParameter(`There is no issuer '${issuer}' in this vault; Self and Unknown are always there.`, 'policy.issuer.name');
        throw notSupported(`Certificates of the issuer '${issuer}' cannot be had: this server asks no certificate authority. Use Self, or Unknown and merge what the authority signs.`);
      }
      const pkcs8 = await privateKeyFor(vault, name, policy);
      const { makeRequest } = await import('./certificates/issue.ts');
      const csr = (await makeRequest(policy, pkcs8)).toString('base64');
      return changeVault(deps, vault, async ({ tx, seal }) => {
        const object = await claimAll(tx, ctx, vault, name);
        if (object.pending?.['status'] === 'inProgress')
          throw new Fault('conflict', 'Conflict', `There is an operation in progress on the certificate '${name}'. Merge, cancel or delete it first.`, { target: name });
        await setCertificatePolicy(tx, object.id, stamped(policy, object.policy, ctx));
        const details = 'Pending certificate created. Please Perform Merge to complete the request.';
        await setPending(tx, object.id, operationOf('Unknown', { status: 'inProgress', status_details: details, csr, tags }), seal(pendingPlace(object.name), pkcs8));
        return lockLiving(tx, vault, 'certificate', name);
      });
    },
    async import(ctx, vault, name, body) {
      checkName('certificate', name);
      const given = objectAt({ body }, 'body');
      const value = stringAt(given, 'value');
      if (value === undefined || value === '') throw badParameter("Property 'value' is missing; a PFX in base64 or PEM text is expected.", 'value');
      const attributes = parseAttributes(given['attributes']);
      const tags = parseTags(given['tags']) ?? {};
      const [{ readIdentity }, { describeX509 }] = await Promise.all([import('./certificates/containers.ts'), import('./certificates/issue.ts')]);
      const identity = await readIdentity(value, stringAt(given, 'pwd') ?? '');
      const { publicJwk } = publicMaterialOf(identity.pkcs8);
      const keyProps: JsonObject =
        stringAt(publicJwk, 'crv') === undefined ? { kty: 'RSA', key_size: Buffer.from(stringAt(publicJwk, 'n') ?? '', 'base64url').length * 8 } : { kty: 'EC', crv: publicJwk['crv'] };
      const policy = importedPolicy(given['policy'], { keyProps, contentType: identity.contentType, x509: describeX509(identity.chain[0] ?? Buffer.alloc(0)) });
      const { pkcs8, chain } = identity;
      const secret = await secretValue(policy, pkcs8, chain);
      return changeVault(deps, vault, async (write) => {
        const object = await claimAll(write.tx, ctx, vault, name);
        return addVersion(write, ctx, vault, object, { policy, pkcs8, chain, attributes, tags, value: secret });
      });
    },
    async merge(ctx, vault, name, body) {
      const given = objectAt({ body }, 'body');
      const chain = parseChain(given['x5c']);
      const attributes = parseAttributes(given['attributes']);
      const tags = parseTags(given['tags']);
      const waiting = await pending(vault, name);
      const policy = waiting.policy ?? {};
      if (waiting.pending?.['status'] !== 'inProgress' || waiting.pendingSealed === undefined)
        throw new Fault('conflict', 'Conflict', `The operation on the certificate '${name}' does not wait for a merge: its status is ${String(waiting.pending?.['status'])}.`, { target: name });
      return changeVault(deps, vault, async (write) => {
        const object = await claimAll(write.tx, ctx, vault, name);
        if (object.pendingSealed === undefined) throw new Fault('conflict', 'Conflict', `The operation on the certificate '${name}' has ended meanwhile.`, { target: name });
        const pkcs8 = write.open(pendingPlace(object.name), object.pendingSealed);
        const own = chain.find((der) => isOwn(der, pkcs8));
        if (own === undefined) throw badParameter("Property 'x5c' holds no certificate with the public key of the request.", 'x5c');
        const ordered = [own, ...chain.filter((der) => der !== own)];
        const value = await secretValue(policy, pkcs8, ordered);
        const kept = parseTags(object.pending?.['tags']) ?? {};
        const version = await addVersion(write, ctx, vault, object, { policy, pkcs8, chain: ordered, attributes, tags: tags ?? kept, value });
        await setPending(write.tx, object.id, operationOf('Unknown', { status: 'completed', target: version.version, csr: object.pending?.['csr'] }));
        return version;
      });
    },
    async update(ctx, vault, name, version, body) {
      checkName('certificate', name);
      const given = objectAt({ body }, 'body');
      const { isEnabled } = parseAttributes(given['attributes']);
      const tags = parseTags(given['tags']);
      return changeVault(deps, vault, async ({ tx }) => {
        const object = await lockLiving(tx, vault, 'certificate', name);
        if (given['policy'] !== undefined && given['policy'] !== null) await setCertificatePolicy(tx, object.id, stamped(parsePolicy(given['policy'], object.policy), object.policy, ctx));
        const current = await getVersion(tx, vault, 'certificate', name, version);
        const at = new Date(ctx.clock.now());
        const kinds: readonly VaultObjectKind[] = ['certificate', 'key', 'secret'];
        for (const kind of kinds) {
          const each = await getVersion(tx, vault, kind, name, current.version);
          await updateVersion(tx, each.object.id, each.version, { ...each, ...(isEnabled === undefined ? {} : { isEnabled }), tags: tags ?? each.tags }, at);
        }
        return getVersion(tx, vault, 'certificate', name, current.version);
      });
    },
    setPolicy: (ctx, vault, name, body) =>
      change(vault, name, async (tx, object) => {
        await setCertificatePolicy(tx, object.id, stamped(parsePolicy(body, object.policy), object.policy, ctx));
        await planRenewal(tx, ctx, vault, object);
      }),
    async cancel(vault, name) {
      const { pending: operation } = await pending(vault, name);
      if (operation?.['status'] !== 'inProgress')
        throw notPermitted('PendingCertificateNotInProgress', `The operation on the certificate '${name}' is ${String(operation?.['status'])}; only one in progress can be cancelled.`);
      return change(vault, name, (tx, object) =>
        setPending(tx, object.id, { ...object.pending, cancellation_requested: true, status: 'cancelled', status_details: 'The operation was cancelled by the caller.' }),
      );
    },
    async deletePending(vault, name) {
      const found = await pending(vault, name);
      await change(vault, name, (tx, object) => setPending(tx, object.id, undefined));
      return found;
    },
    async renew(ctx, vault, name) {
      const object = await findObject(sql, vault.key, 'certificate', name);
      const newest = await findVersion(sql, vault.key, 'certificate', name, undefined);
      if (object?.policy === undefined || object.deletedAt !== undefined || newest === undefined) return undefined;
      const due = renewalOf(object.policy, newest);
      if (due === undefined || due.getTime() > ctx.clock.now()) return due;
      const { policy } = object;
      const made = await selfSigned(ctx, vault, name, policy);
      return changeVault(deps, vault, async (write) => {
        const held = await lockLiving(write.tx, vault, 'certificate', name);
        const current = await getVersion(write.tx, vault, 'certificate', name);
        if (current.version !== newest.version) return renewalOf(held.policy, current);
        return renewalOf(policy, await addVersion(write, ctx, vault, held, { policy, ...made, attributes: {}, tags: current.tags }));
      });
    },
  };
}

/** The name as certificate, key and secret. Throws when a deleted one, or a key or secret of its own, holds it. */
async function claimAll(tx: Tx, ctx: Context, vault: VaultPlace, name: string): Promise<VaultObject> {
  const at = new Date(ctx.clock.now());
  const object = await claimObject(tx, vault.key, 'certificate', name, at);
  if (object.deletedAt !== undefined) throw nameIsHeld('certificate', name);
  const linked: readonly VaultObjectKind[] = ['key', 'secret'];
  for (const kind of linked) {
    const version = await findVersion(tx, vault.key, kind, name, undefined);
    if (version !== undefined && version.details['managed'] !== true)
      throw new Fault('conflict', 'Conflict', `There is a ${kind} '${name}' in this vault; a certificate needs the name for its own.`, { target: name });
  }
  return object;
}

async function addVersion(write: VaultWrite, ctx: Context, vault: VaultPlace, object: VaultObject, made: NewCertificate): Promise<VaultVersion> {
  const { tx, seal } = write;
  const der = made.chain[0] ?? Buffer.alloc(0);
  const x509 = new X509Certificate(der);
  const at = new Date(ctx.clock.now());
  const version = newVersionId();
  const { name } = object;
  const contentType = stringAt(objectAt(made.policy, 'secret_props'), 'contentType');
  const common = {
    version,
    isEnabled: made.attributes.isEnabled ?? true,
    notBefore: new Date(x509.validFrom),
    expiresAt: new Date(x509.validTo),
    tags: made.tags,
    createdAt: at,
    updatedAt: at,
  };
  const { publicJwk } = publicMaterialOf(made.pkcs8);
  const kty = stringAt(objectAt(made.policy, 'key_props'), 'kty') ?? 'RSA';
  const keyOps = kty.startsWith('RSA') ? ['sign', 'verify', 'wrapKey', 'unwrapKey', 'encrypt', 'decrypt'] : ['sign', 'verify'];
  const key = await claimObject(tx, vault.key, 'key', name, at);
  await insertVersion(tx, key.id, { ...common, contentType: undefined, details: { kty, keyOps, publicJwk, managed: true }, sealed: seal({ kind: 'key', name: key.name, version }, made.pkcs8) });
  const secret = await claimObject(tx, vault.key, 'secret', name, at);
  await insertVersion(tx, secret.id, { ...common, contentType, details: { managed: true }, sealed: seal({ kind: 'secret', name: secret.name, version }, Buffer.from(made.value, 'utf8')) });
  const details = { cer: der.toString('base64'), x5t: createHash('sha1').update(der).digest('base64url') };
  await insertVersion(tx, object.id, { ...common, contentType, details, sealed: seal({ kind: 'certificate', name, version }, der) });
  await setCertificatePolicy(tx, object.id, stamped(made.policy, object.policy, ctx));
  await planRenewal(tx, ctx, vault, object);
  return getVersion(tx, vault, 'certificate', name, version);
}

/** The work looks when it is due; here it is only made to look now. */
async function planRenewal(tx: Tx, ctx: Context, vault: VaultPlace, object: VaultObject): Promise<void> {
  await enqueueWork(tx, { kind: RENEW_KIND, payload: { vaultKey: vault.key, name: object.name }, dedupeKey: object.id, correlationId: ctx.correlationId, delayMs: 1_000 });
}

/** Only what the server signs itself can be renewed by it. */
function renewalOf(policy: JsonObject | undefined, newest: VaultVersion): Date | undefined {
  if (stringAt(objectAt(policy, 'issuer'), 'name') !== 'Self' || newest.notBefore === undefined || newest.expiresAt === undefined) return undefined;
  return renewalDue(policy, newest.notBefore, newest.expiresAt);
}

async function secretValue(policy: JsonObject, pkcs8: Buffer, chain: readonly Buffer[]): Promise<string> {
  const { writeIdentity } = await import('./certificates/containers.ts');
  const isExportable = objectAt(policy, 'key_props')['exportable'] !== false;
  return writeIdentity(stringAt(objectAt(policy, 'secret_props'), 'contentType') ?? PEM_TYPE, isExportable ? pkcs8 : undefined, chain);
}

function stamped(policy: JsonObject, before: JsonObject | undefined, ctx: Context): JsonObject {
  const now = Math.floor(ctx.clock.now() / 1000);
  return { ...policy, attributes: { ...objectAt(policy, 'attributes'), created: objectAt(before, 'attributes')['created'] ?? now, updated: now } };
}

function operationOf(issuer: string, state: JsonObject): JsonObject {
  return { issuer: { name: issuer }, cancellation_requested: false, request_id: newVersionId(), ...state };
}

function pendingPlace(name: string) {
  return { kind: 'certificate' as const, name, version: 'pending' };
}

function parseChain(value: unknown): readonly Buffer[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 20) throw badParameter("Property 'x5c' must be a list of 1 to 20 certificates in base64.", 'x5c');
  return value.map((each: unknown) => {
    try {
      if (typeof each === 'string') return new X509Certificate(Buffer.from(each, 'base64')).raw;
    } catch {
      // falls through to the fault below
    }
    throw badParameter("Property 'x5c' holds what is no certificate: DER in base64 is expected.", 'x5c');
  });
}

function isOwn(der: Buffer, pkcs8: Buffer): boolean {
  const own = createPublicKey(privateKeyOf(pkcs8));
  return new X509Certificate(der).publicKey.equals(own);
}
