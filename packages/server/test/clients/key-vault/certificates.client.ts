// @azure/keyvault-certificates as it comes: what it offers that this server serves.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { CertificateClient, type CertificatePolicy } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { collect, openSession, refusal, report, variable } from '../azure/session.ts';

const url = variable('VAULT_URL');
const { credential } = openSession();
const certificates = new CertificateClient(url, credential);
const secrets = new SecretClient(url, credential);
const keys = new KeyClient(url, credential);
const POLL = { intervalInMs: 50 } as const;

async function useSelfSigned() {
  const policy: CertificatePolicy = {
    issuerName: 'Self',
    subject: 'CN=self.example.org',
    subjectAlternativeNames: { dnsNames: ['self.example.org', 'www.example.org'], userPrincipalNames: ['a@example.org'] },
    validityInMonths: 6,
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    lifetimeActions: [{ action: 'AutoRenew', lifetimePercentage: 80 }],
  };
  const poller = await certificates.beginCreateCertificate('self', policy, { ...POLL, tags: { a: '1' } });
  const made = await poller.pollUntilDone();
  const cer = new X509Certificate(Buffer.from(made.cer ?? []));
  const secret = await secrets.getSecret('self', { version: made.properties.version ?? '' });
  createSecureContext({ pfx: Buffer.from(secret.value ?? '', 'base64'), passphrase: '' });
  const key = await keys.getKey('self');
  const digest = Buffer.alloc(32, 7);
  const signature = await new CryptographyClient(key, credential).sign('RS256', digest);
  const isVerified = (await new CryptographyClient(key, credential).verify('RS256', digest, signature.result)).result;
  const operation = await (await certificates.getCertificateOperation('self')).pollUntilDone();
  const second = await (await certificates.beginCreateCertificate('self', { issuerName: 'Self', subject: 'CN=again' }, POLL)).pollUntilDone();
  const updated = await certificates.updateCertificateProperties('self', made.properties.version ?? '', { enabled: false, tags: { b: '2' } });
  const disabled = await refusal(secrets.getSecret('self', { version: made.properties.version ?? '' }));
  await certificates.updateCertificatePolicy('self', { issuerName: 'Self', subject: 'CN=later', validityInMonths: 3 });
  const policyNow = await certificates.getCertificatePolicy('self');
  return {
    subject: cer.subject,
    names: cer.subjectAltName?.includes('DNS:www.example.org'),
    isSelfSigned: cer.verify(cer.publicKey),
    thumbprint: Buffer.from(made.properties.x509Thumbprint ?? []).toString('hex') === cer.fingerprint.replaceAll(':', '').toLowerCase(),
    linked: [made.keyId === key.id, made.secretId === secret.properties.id, secret.properties.contentType, secret.properties.managed, key.properties.managed],
    isVerified,
    operation: operation.properties.version === made.properties.version,
    versions: (await collect(certificates.listPropertiesOfCertificateVersions('self'))).length,
    newest: second.policy?.subject,
    updated: [updated.properties.enabled, updated.properties.tags],
    disabled,
    policy: [policyNow.subject, policyNow.validityInMonths, policyNow.lifetimeActions?.length],
    keyDelete: await refusal(keys.beginDeleteKey('self', POLL)),
    secretSet: await refusal(secrets.setSecret('self', 'x')),
  };
}

async function useImport() {
  const pem = (
    await (
      await certificates.beginCreateCertificate('pem', { issuerName: 'Self', subject: 'CN=pem', contentType: 'application/x-pem-file', keyType: 'EC', keyCurveName: 'P-256' }, POLL)
    ).pollUntilDone()
  ).secretId;
  const pemValue = (await secrets.getSecret('pem')).value ?? '';
  createPrivateKey(pemValue);
  const pfxValue = (await secrets.getSecret('self')).value ?? '';
  const fromPem = await certificates.importCertificate('from-pem', Buffer.from(pemValue), { policy: { contentType: 'application/x-pem-file', issuerName: 'Unknown', subject: 'CN=pem' } });
  const fromPfx = await certificates.importCertificate('from-pfx', Buffer.from(pfxValue, 'base64'));
  const sealed = await certificates.importCertificate('from-sealed', Buffer.from(variable('PFX'), 'base64'), { password: 'pass word' });
  return {
    pem: pem !== undefined,
    fromPem: [fromPem.policy?.subject, fromPem.policy?.keyType, fromPem.policy?.issuerName],
    fromPfx: [fromPfx.policy?.subject, fromPfx.policy?.keyType, fromPfx.policy?.contentType],
    sealed: sealed.policy?.subject,
    wrong: await refusal(certificates.importCertificate('wrong', Buffer.from(variable('PFX'), 'base64'), { password: 'no' })),
    rubbish: await refusal(certificates.importCertificate('rubbish', Buffer.from('not a certificate'))),
  };
}

async function useRequest() {
  await certificates.beginCreateCertificate('signed', { issuerName: 'Unknown', subject: 'CN=signed.example.org' }, POLL);
  const waiting = await certificates.getCertificateOperation('signed');
  const { certificateOperation } = waiting.getOperationState();
  return { status: certificateOperation?.status, csr: Buffer.from(certificateOperation?.csr ?? []).toString('base64') };
}

async function useTheRest() {
  const issuer = await certificates.createIssuer('authority', 'Test', { accountId: 'me', password: 'secret', administratorContacts: [{ firstName: 'A', lastName: 'B', email: 'a@b.c', phone: '1' }] });
  const changed = await certificates.updateIssuer('authority', { provider: 'Test2' });
  const issuers = (await collect(certificates.listPropertiesOfIssuers())).map((each) => [each.id?.split('/').at(-1), each.provider]);
  const viaIssuer = await refusal(certificates.beginCreateCertificate('via', { issuerName: 'authority', subject: 'CN=x' }, POLL));
  const unknownIssuer = await refusal(certificates.beginCreateCertificate('via', { issuerName: 'nobody', subject: 'CN=x' }, POLL));
  await certificates.deleteIssuer('authority');
  const gone = await refusal(certificates.getIssuer('authority'));
  await certificates.setContacts([{ email: 'a@b.c', name: 'A', phone: '1' }]);
  const contacts = await certificates.getContacts();
  await certificates.deleteContacts();

  const backup = await certificates.backupCertificate('self');
  await (await certificates.beginDeleteCertificate('self', POLL)).pollUntilDone();
  const withKey = await refusal(keys.getKey('self'));
  await (await certificates.beginRecoverDeletedCertificate('self', POLL)).pollUntilDone();
  const back = (await keys.getKey('self')).name;
  await (await certificates.beginDeleteCertificate('self', POLL)).pollUntilDone();
  const deleted = (await collect(certificates.listDeletedCertificates())).map(({ name }) => name);
  await certificates.purgeDeletedCertificate('self');
  const missing = await refusal(certificates.getCertificate('self'));
  const restored = await certificates.restoreCertificateBackup(backup ?? new Uint8Array());
  await secrets.setSecret('taken', 'x');
  return {
    issuer: [issuer.provider, issuer.accountId, issuer.password, changed.provider, changed.administratorContacts?.[0]?.email],
    issuers,
    viaIssuer,
    unknownIssuer,
    gone,
    contacts: contacts?.map((contact) => contact?.email),
    withKey,
    back,
    deleted,
    missing,
    restored: [restored.name, (await secrets.getSecret('self')).properties.contentType],
    names: (await collect(certificates.listPropertiesOfCertificates())).map(({ name }) => name),
    taken: await refusal(certificates.beginCreateCertificate('taken', { issuerName: 'Self', subject: 'CN=x' }, POLL)),
  };
}

report({ self: await useSelfSigned(), imports: await useImport(), request: await useRequest(), rest: await useTheRest() });
