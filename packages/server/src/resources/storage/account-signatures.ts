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
  signedServices: Type.String({ pattern: '^[bqtf]+$' }),
  signedResourceTypes: Type.String({ pattern: '^[sco]+$' }),
  signedPermission: Type.String({ pattern: '^[a-z]+$' }),
  signedExpiry: Type.String({ minLength: 1 }),
});
const ServiceSas = Type.Object({
  ...shared,
  canonicalizedResource: Type.String({ minLength: 1 }),
  signedResource: Type.Optional(Type.Enum(['b', 'c', 'f', 's'])),
  signedPermission: Type.String({ pattern: '^[a-z]+$' }),
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
        const { container, blob } = placeOf(input, resource);
        const { expiresAt, startsAt } = timesOf(input);
        if (input.signedIp !== undefined) throw refused('signedIp', 'a signature of a service for certain addresses is not made here; leave it out, or ask for a signature of the account');
        return {
          serviceSasToken: ports.storage.serviceSas({
            account: resource.name,
            key: keyOf(store.secretsOf(resource), input.keyToSign),
            container,
            ...(blob === undefined ? {} : { blob }),
            permissions: input.signedPermission,
            protocol: input.signedProtocol ?? 'https,http',
            expiresAt,
            ...(startsAt === undefined ? {} : { startsAt }),
            ...(input.rscd === undefined ? {} : { contentDisposition: input.rscd }),
            ...(input.rsct === undefined ? {} : { contentType: input.rsct }),
          }),
        };
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

/** `/blob/{account}/{container}[/{blob}]` */
function placeOf(input: Static<typeof ServiceSas>, account: ResourceRecord<unknown>): { readonly container: string; readonly blob: string | undefined } {
  const [, service, name, container, ...rest] = input.canonicalizedResource.split('/');
  const isBlob = input.signedResource === 'b' || (input.signedResource === undefined && rest.length > 0);
  if (service !== 'blob' || name !== account.name || container === undefined || container === '' || isBlob !== rest.length > 0)
    throw refused(
      'canonicalizedResource',
      `it is '${input.canonicalizedResource.slice(0, 200)}'; /blob/${account.name}/{container} with signedResource c, or /blob/${account.name}/{container}/{blob} with b, is accepted`,
    );
  return { container, blob: isBlob ? rest.join('/') : undefined };
}

function refused(property: string, why: string): Fault {
  return new Fault('invalid', 'InvalidValuesForRequestParameters', `Values for request parameters are invalid: ${property}: ${why}.`, { target: property });
}
