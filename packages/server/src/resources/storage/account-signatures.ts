// listAccountSas and listServiceSas: shared access signatures made with the account's keys.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; Storage Resource Provider REST, List Account SAS, List Service SAS.

import { type Static, Type } from 'typebox';
import { action } from '#arm/action.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { ResourcePorts } from '../ports.ts';

const text = Type.Optional(Type.String());
const shared = { signedIp: text, signedProtocol: Type.Optional(Type.Enum(['https', 'https,http'])), signedStart: text, keyToSign: Type.Optional(Type.Enum(['key1', 'key2'])) };
const AccountSas = Type.Object({
  ...shared,
  signedServices: Type.String({ pattern: '^[bqtf]+$', accepts: 'one or more of the letters b, q, t and f' }),
  signedResourceTypes: Type.String({ pattern: '^[sco]+$', accepts: 'one or more of the letters s, c and o' }),
  signedPermission: Type.String({ pattern: '^[a-z]+$', accepts: 'lower-case letters' }),
  signedExpiry: Type.String({ minLength: 1 }),
});
const ServiceSas = Type.Object({
  ...shared,
  canonicalizedResource: Type.String({ minLength: 1 }),
  signedResource: Type.Optional(Type.Enum(['b', 'c', 'f', 's'])),
  signedPermission: Type.String({ pattern: '^[a-z]+$', accepts: 'lower-case letters' }),
  signedExpiry: Type.String({ minLength: 1 }),
  rscd: text,
  rsct: text,
});

export function accountSignatureActions(ports: Pick<ResourcePorts, 'storage'>) {
  return {
    ListAccountSas: action({
      input: AccountSas,
      async run(_ctx, { resource, input, store }) {
        const { expiresAt, startsAt } = timesOf(input);
        return {
          accountSasToken: ports.storage.accountSas({
            account: resource.name,
            key: keyOf(store.secretsOf(resource), input.keyToSign),
            services: input.signedServices,
            resourceTypes: input.signedResourceTypes,
            permissions: input.signedPermission,
            protocol: input.signedProtocol ?? 'https,http',
            expiresAt,
            ...(startsAt === undefined ? {} : { startsAt }),
            ...(input.signedIp === undefined ? {} : { addresses: input.signedIp }),
          }),
        };
      },
    }),
    ListServiceSas: action({
      input: ServiceSas,
      async run(_ctx, { resource, input, store }) {
        const place = placeOf(input, resource);
        const { expiresAt, startsAt } = timesOf(input);
        if (input.signedIp !== undefined) throw refused('signedIp', 'a signature of a service for certain addresses is not made here; leave it out, or ask for a signature of the account');
        const terms = {
          account: resource.name,
          key: keyOf(store.secretsOf(resource), input.keyToSign),
          permissions: input.signedPermission,
          protocol: input.signedProtocol ?? 'https,http',
          expiresAt,
          ...(startsAt === undefined ? {} : { startsAt }),
          ...(input.rscd === undefined ? {} : { contentDisposition: input.rscd }),
          ...(input.rsct === undefined ? {} : { contentType: input.rsct }),
        };
        return { serviceSasToken: 'share' in place ? ports.storage.fileSas({ ...terms, ...place }) : ports.storage.serviceSas({ ...terms, ...place }) };
      },
    }),
  };
}

function keyOf(secrets: JsonObject, name: 'key1' | 'key2' | undefined): string {
  return stringAt(objectAt(secrets, 'keys'), name ?? 'key1') ?? '';
}

function timesOf(input: { readonly signedExpiry: string; readonly signedStart?: string | undefined }): { readonly expiresAt: Date; readonly startsAt: Date | undefined } {
  const read = (name: 'signedExpiry' | 'signedStart'): Date => {
    const time = new Date(input[name] ?? '');
    if (Number.isNaN(time.getTime())) throw refused(name, `it is '${(input[name] ?? '').slice(0, 60)}'; a time such as 2026-01-31T12:00:00Z is accepted`);
    return time;
  };
  return { expiresAt: read('signedExpiry'), startsAt: input.signedStart === undefined ? undefined : read('signedStart') };
}

type Place = { readonly container: string; readonly blob?: string } | { readonly share: string; readonly path?: string };

/** `/blob/{account}/{container}[/{blob}]` or `/file/{account}/{share}[/{path}]` */
function placeOf(input: Static<typeof ServiceSas>, account: ResourceRecord<unknown>): Place {
  const [, service, name, parent, ...rest] = input.canonicalizedResource.split('/');
  const isFile = service === 'file';
  const [whole, part] = isFile ? ['s', 'f'] : ['c', 'b'];
  const isPart = input.signedResource === part || (input.signedResource === undefined && rest.length > 0);
  const isKnown = input.signedResource === undefined || [whole, part].includes(input.signedResource);
  if ((service !== 'blob' && !isFile) || !isKnown || name !== account.name || parent === undefined || parent === '' || isPart !== rest.length > 0)
    throw refused(
      'canonicalizedResource',
      `it is '${input.canonicalizedResource.slice(0, 200)}'; /blob/${account.name}/{container} with signedResource c, /blob/${account.name}/{container}/{blob} with b, /file/${account.name}/{share} with s, or /file/${account.name}/{share}/{path} with f, is accepted`,
    );
  const below = isPart ? rest.join('/') : undefined;
  if (isFile) return { share: parent, ...(below === undefined ? {} : { path: below }) };
  return { container: parent, ...(below === undefined ? {} : { blob: below }) };
}

function refused(property: string, why: string): Fault {
  return new Fault('invalid', 'InvalidValuesForRequestParameters', `Values for request parameters are invalid: ${property}: ${why}.`, { target: property });
}
