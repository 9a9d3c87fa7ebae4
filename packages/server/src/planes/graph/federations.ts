// Federated credentials of applications. Source: Graph v1.0, federatedIdentityCredential.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { deleteFederation, type Federation, insertFederation, listFederations, updateFederation } from '#storage/application-store.ts';
import type { ApplicationEntry } from '#storage/directory-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { badRequest, notFound } from './faults.ts';
import { findApplicationEntry, getApplicationEntry } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { type Properties, readProperties, requiredText } from './properties.ts';
import { renderFederation } from './render.ts';
import { noContent, objectReply, valueReply } from './replies.ts';

const PROPERTIES: Properties = { audiences: 'texts', description: 'text', issuer: 'text', name: 'text', subject: 'text' };
const TYPE = 'FederatedIdentityCredential';
/** Azure: no more for one application. */
const MOST = 20;

export async function listFederationsReply(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await getApplicationEntry(deps, ctx, request.params['id'] ?? '');
  const all = await listFederations(deps.database.sql, entry.appId);
  return valueReply(request, contextOf(entry), all.map(renderFederation));
}

export async function getFederation(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await getApplicationEntry(deps, ctx, request.params['id'] ?? '');
  return objectReply(request, contextOf(entry), renderFederation(await find(deps, entry, request)));
}

export async function createFederation(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  const properties = readProperties(request.body, PROPERTIES, TYPE);
  const name = requiredText(properties, 'name', TYPE);
  if (!/^[\w-]{3,120}$/.test(name)) throw badRequest(`The name '${name}' of a federated credential has 3 to 120 letters, digits, dashes and underscores.`, 'name');
  const federation = check(deps, {
    id: randomUUID(),
    name,
    issuer: requiredText(properties, 'issuer', TYPE),
    subject: requiredText(properties, 'subject', TYPE),
    audiences: textsOf(properties['audiences']),
    ...(typeof properties['description'] === 'string' ? { description: properties['description'] } : {}),
  });
  if ((await listFederations(deps.database.sql, entry.appId)).length >= MOST) throw badRequest(`An application has at most ${MOST} federated credentials.`);
  const isNew = await deps.database.transaction((tx) => insertFederation(tx, entry.appId, federation));
  if (!isNew)
    throw new Fault(
      'conflict',
      'Request_MultipleObjectsWithSameKeyValue',
      `FederatedIdentityCredential with name ${name}, or with issuer ${federation.issuer} and subject ${federation.subject}, already exists.`,
      {
        target: 'name',
      },
    );
  return objectReply(request, contextOf(entry), renderFederation(federation), 201);
}

export async function changeFederation(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  const before = await find(deps, entry, request);
  const properties = readProperties(request.body, PROPERTIES, TYPE);
  if (properties['name'] !== undefined && properties['name'] !== before.name) throw badRequest('The name of a federated credential cannot be changed.', 'name');
  const text = (name: 'issuer' | 'subject'): string => (name in properties ? requiredText(properties, name, TYPE) : before[name]);
  const description = typeof properties['description'] === 'string' ? properties['description'] : properties['description'] === null ? undefined : before.description;
  const changed = check(deps, {
    id: before.id,
    name: before.name,
    issuer: text('issuer'),
    subject: text('subject'),
    audiences: 'audiences' in properties ? textsOf(properties['audiences']) : before.audiences,
    ...(description === undefined ? {} : { description }),
  });
  const others = (await listFederations(deps.database.sql, entry.appId)).filter((each) => each.id !== before.id);
  if (others.some((each) => each.issuer === changed.issuer && each.subject === changed.subject))
    throw new Fault('conflict', 'Request_MultipleObjectsWithSameKeyValue', `FederatedIdentityCredential with issuer ${changed.issuer} and subject ${changed.subject} already exists.`);
  await deps.database.transaction((tx) => updateFederation(tx, entry.appId, changed));
  return noContent;
}

export async function removeFederation(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  const federation = await find(deps, entry, request);
  await deps.database.transaction((tx) => deleteFederation(tx, entry.appId, federation.id));
  return noContent;
}

/** By id, or by name as `az` does. */
async function find(deps: GraphDeps, entry: ApplicationEntry, request: PlaneRequest): Promise<Federation> {
  const wanted = request.params['credentialId'] ?? '';
  const found = (await listFederations(deps.database.sql, entry.appId)).find((each) => each.id === wanted.toLowerCase() || each.name === wanted);
  if (found === undefined) throw notFound(wanted);
  return found;
}

function check(deps: GraphDeps, federation: Federation): Federation {
  if (federation.audiences.length !== 1)
    throw badRequest(`A federated credential has exactly one audience (api://AzureADTokenExchange, usually); these are ${federation.audiences.length}.`, 'audiences');
  if (!/^https?:\/\/\S{1,600}$/.test(federation.issuer) || !deps.acceptsIssuer(federation.issuer))
    throw badRequest(`The issuer '${federation.issuer}' has to be an https address, or one of the operator's own (LAZURITE_FEDERATION_ISSUERS).`, 'issuer');
  return federation;
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : []).map(String);
}

function contextOf(entry: ApplicationEntry): string {
  return `applications('${entry.id}')/federatedIdentityCredentials`;
}
