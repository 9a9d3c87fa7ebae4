// @azure/keyvault-secrets and @azure/keyvault-keys as they come: everything they offer that this server serves.

import { createHash } from 'node:crypto';
import { CryptographyClient, KeyClient, type KeyRotationPolicyProperties } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { collect, openSession, refusal, report, variable } from '../azure/session.ts';

const url = variable('VAULT_URL');
const { credential } = openSession();
const secrets = new SecretClient(url, credential);
const keys = new KeyClient(url, credential);
const POLL = { intervalInMs: 50 } as const;

async function useSecrets() {
  const first = await secrets.setSecret('alpha', 'one', { contentType: 'text/plain', tags: { a: '1' }, expiresOn: new Date('2035-01-01T00:00:00Z') });
  const second = await secrets.setSecret('alpha', 'two');
  const latest = await secrets.getSecret('alpha');
  const older = await secrets.getSecret('alpha', { version: first.properties.version ?? '' });
  const updated = await secrets.updateSecretProperties('alpha', first.properties.version ?? '', { enabled: false, tags: { b: '2' } });
  const disabled = await refusal(secrets.getSecret('alpha', { version: first.properties.version ?? '' }));
  for (let index = 0; index < 30; index += 1) await secrets.setSecret(`page-${String(index).padStart(2, '0')}`, 'x');
  const names = (await collect(secrets.listPropertiesOfSecrets())).map(({ name }) => name);
  const versions = (await collect(secrets.listPropertiesOfSecretVersions('alpha'))).map(({ version }) => version);
  const backup = await secrets.backupSecret('alpha');
  const deletion = await secrets.beginDeleteSecret('alpha', POLL);
  const deleted = await deletion.pollUntilDone();
  const recovery = await secrets.beginRecoverDeletedSecret('alpha', POLL);
  await recovery.pollUntilDone();
  const recovered = (await secrets.getSecret('alpha')).value;
  await (await secrets.beginDeleteSecret('alpha', POLL)).pollUntilDone();
  const listedDeleted = (await collect(secrets.listDeletedSecrets())).map(({ name }) => name);
  const held = await refusal(secrets.setSecret('alpha', 'three'));
  await secrets.purgeDeletedSecret('alpha');
  const missing = await refusal(secrets.getSecret('alpha'));
  const restored = await secrets.restoreSecretBackup(backup ?? new Uint8Array());
  return {
    latest: [latest.value, latest.properties.version === second.properties.version],
    older: [older.value, older.properties.contentType, older.properties.tags, older.properties.expiresOn],
    updated: [updated.enabled, updated.tags],
    disabled,
    count: names.length,
    versions: versions.length,
    deleted: [deleted.name, deleted.properties.recoveryId, deleted.properties.deletedOn instanceof Date],
    recovered,
    listedDeleted,
    held,
    missing,
    restored: [restored.name, (await secrets.getSecret('alpha')).value],
  };
}

async function useKeys() {
  const rsa = await keys.createRsaKey('rsa', { keySize: 2048, tags: { a: '1' } });
  const ec = await keys.createEcKey('ec', { curve: 'P-384' });
  const client = new CryptographyClient(rsa.id ?? '', credential);
  const plaintext = Buffer.from('a few bytes');
  const rounds: Record<string, string> = {};
  for (const algorithm of ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256'] as const) {
    const encrypted = await client.encrypt({ algorithm, plaintext });
    rounds[algorithm] = Buffer.from((await client.decrypt({ algorithm, ciphertext: encrypted.result })).result).toString();
    const wrapped = await client.wrapKey(algorithm, plaintext);
    rounds[`wrap ${algorithm}`] = Buffer.from((await client.unwrapKey(algorithm, wrapped.result)).result).toString();
  }
  const signatures: Record<string, boolean | undefined> = {};
  for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const) {
    const digest = createHash(`sha${algorithm.slice(2)}`)
      .update('text')
      .digest();
    const { result } = await client.sign(algorithm, digest);
    signatures[algorithm] = (await client.verify(algorithm, digest, result)).result;
    const signed = await client.signData(algorithm, Buffer.from('text'));
    // Why: the client verifies data by itself, and takes PKCS #1 padding for PS… too (observed: 4.10.2); the vault verifies digests.
    const verified = algorithm.startsWith('PS') ? client.verify(algorithm, digest, signed.result) : client.verifyData(algorithm, Buffer.from('text'), signed.result);
    signatures[`data ${algorithm}`] = (await verified).result;
  }
  const ecClient = new CryptographyClient(ec.id ?? '', credential);
  const digest = createHash('sha384').update('text').digest();
  signatures['ES384'] = (await ecClient.verify('ES384', digest, (await ecClient.sign('ES384', digest)).result)).result;
  const policy: KeyRotationPolicyProperties = { expiresIn: 'P90D', lifetimeActions: [{ action: 'Rotate', timeBeforeExpiry: 'P30D' }] };
  const stored = await keys.updateKeyRotationPolicy('rsa', policy);
  const rotated = await keys.rotateKey('rsa');
  const backup = await keys.backupKey('rsa');
  await (await keys.beginDeleteKey('rsa', POLL)).pollUntilDone();
  const missing = await refusal(keys.getKey('rsa'));
  await keys.purgeDeletedKey('rsa');
  const restored = await keys.restoreKeyBackup(backup ?? new Uint8Array());
  const random = keys.getRandomBytes === undefined ? 0 : (await keys.getRandomBytes(16)).length;
  return {
    rsa: [rsa.name, rsa.keyType, rsa.keyOperations, rsa.properties.tags],
    ec: [ec.keyType, ec.key?.crv],
    rounds,
    signatures,
    policy: [stored.expiresIn, stored.lifetimeActions?.map(({ action, timeBeforeExpiry }) => [action, timeBeforeExpiry])],
    rotated: [rotated.properties.version !== rsa.properties.version, rotated.properties.expiresOn instanceof Date],
    names: (await collect(keys.listPropertiesOfKeys())).map(({ name }) => name),
    versions: (await collect(keys.listPropertiesOfKeyVersions('rsa'))).length,
    missing,
    restored: restored.name,
    random,
    oct: await refusal(keys.createOctKey('oct')),
  };
}

report({ secrets: await useSecrets(), keys: await useKeys() });
