// withManagedNetwork: the workspace type with its managed network: the map of rules in the workspace's own body, the
// required rules, and provisionManagedNetwork. Source: contracts/azureml-rest.md §6 ManagedNetworkSettings.

import { Type } from 'typebox';
import { type Action, action } from '#arm/action.ts';
import type { Draft, ResourceRecord, ResourceType } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, jsonEqual, objectAt, stringAt } from '#kernel/json.ts';
import { listChildren } from '#storage/child-store.ts';
import type { ResourcePorts } from '../../ports.ts';
import { APPROVED, liveRule, RULE_TYPE, shownRule } from './outbound-rules.ts';
import { requiredRules } from './required-rules.ts';

const MOST_SHOWN = 500;
/** Rules of the body that are still to be written; gone when the workspace has Succeeded. */
const PENDING = 'pendingRules';

export function withManagedNetwork<P extends object>(ports: Pick<ResourcePorts, 'links'>, type: ResourceType<P>): ResourceType<P> {
  return {
    ...type,
    readOnly: [...(type.readOnly ?? []), `/${PENDING}`],
    accept(body, arrival) {
      const accepted = type.accept?.(body, arrival) ?? body;
      const given = accepted['properties'];
      const before = objectAt(arrival.current?.properties, 'managedNetwork');
      if (arrival.isPatch || !isJsonObject(given) || modeOf(arrival.current?.properties) === 'Disabled') return accepted;
      const { outboundRules: _rules, status: _status, ...kept } = before;
      return { ...accepted, properties: { ...given, managedNetwork: { ...kept, ...objectAt(given, 'managedNetwork') } } };
    },
    validate(ctx, change) {
      type.validate?.(ctx, change);
      const before = change.current?.deletedAt === undefined ? modeOf(change.current?.properties) : 'Disabled';
      // Azure: "once you enable managed virtual network isolation of your workspace, you can't disable it".
      if (before !== 'Disabled' && modeOf(change.desired.properties) === 'Disabled')
        change.reject(
          'properties.managedNetwork.isolationMode',
          `isolationMode is ${before}, and a managed network cannot be disabled again; AllowInternetOutbound and AllowOnlyApprovedOutbound are accepted.`,
          'PropertyChangeNotAllowed',
        );
    },
    async prepare(ctx, change) {
      const desired = (await type.prepare?.(ctx, change)) ?? change.desired;
      return withPending(desired, await changedRules(ctx, ports, change.store, desired, change.current !== undefined));
    },
    provision: {
      when(change) {
        const isUsual = type.provision?.when?.(change) ?? true;
        const isOther = stringAt(objectAt(change.desired.properties, 'managedNetwork'), 'isolationMode') !== stringAt(objectAt(change.current?.properties, 'managedNetwork'), 'isolationMode');
        return isUsual || isOther || Object.keys(objectAt(change.desired.properties, PENDING)).length > 0;
      },
      async run(ctx, args) {
        const result = (await type.provision?.run(ctx, args)) ?? { properties: {} };
        if ('againAfterMs' in result) return result;
        const properties = result.properties ?? {};
        await writeRules(ctx, { ...args.resource, properties: { ...objectAt(args.resource, 'properties'), ...properties } }, args.store);
        return { properties: { ...properties, ...provisionedNow(args.resource), [PENDING]: null } };
      },
    },
    async view(ctx, resources, db, ahead) {
      const isolated = resources.filter((resource) => modeOf(resource.properties) !== 'Disabled');
      const [own, rules] = await Promise.all([
        type.view?.(ctx, resources, db, ahead),
        listChildren(
          db,
          RULE_TYPE.toLowerCase(),
          isolated.map((resource) => resource.key),
          MOST_SHOWN,
        ),
      ]);
      const live = new Map(own);
      for (const resource of isolated) {
        const shown = (rules.get(resource.key) ?? []).map((rule) => [rule.name, shownRule({ ...rule.properties, ...liveRule(rule, resource) })] as const);
        live.set(resource.key, { ...own?.get(resource.key), managedNetwork: { ...objectAt(resource.properties, 'managedNetwork'), outboundRules: Object.fromEntries(shown) } });
      }
      return live;
    },
    shape(body, apiVersion, resource) {
      const shaped = type.shape?.(body, apiVersion, resource) ?? body;
      const given = objectAt(shaped, 'properties');
      if (!(PENDING in given)) return shaped;
      const { [PENDING]: _pending, ...properties } = given;
      return { ...shaped, properties };
    },
    actions: { provisionManagedNetwork: provisionManagedNetwork(), ...type.actions },
  };
}

/** The rules of the body that are not stored as they are given. */
async function changedRules(ctx: Context, ports: Pick<ResourcePorts, 'links'>, store: Resources, desired: Draft<unknown>, exists: boolean): Promise<JsonObject> {
  const given = objectAt(objectAt(desired.properties, 'managedNetwork'), 'outboundRules');
  const names = Object.keys(given).filter((name) => !name.toUpperCase().startsWith('__SYS_'));
  if (names.length === 0) return {};
  const stored = exists ? await store.findMany(names.map((name) => `${desired.id}/outboundRules/${name}`)) : new Map<string, ResourceRecord>();
  const changed = names.filter((name) => {
    const rule = stored.get(`${desired.key}/outboundrules/${name.toLowerCase()}`);
    return rule === undefined || !jsonEqual(comparable(rule.properties), comparable(given[name]));
  });
  const pending: Record<string, JsonObject> = {};
  for (const name of changed) pending[name] = { rule: given[name] ?? null, isApproved: await mayApprove(ctx, ports, store, given[name]) };
  return pending;
}

/** Asked now: the rules are written in the background, where nobody asks for anything. */
async function mayApprove(ctx: Context, ports: Pick<ResourcePorts, 'links'>, store: Resources, rule: unknown): Promise<boolean> {
  const id = stringAt(objectAt(rule, 'destination'), 'serviceResourceId');
  const target = id === undefined ? undefined : await store.find(id).catch(() => undefined);
  return target !== undefined && ports.links.mayApprove(ctx, target);
}

function comparable(rule: unknown): JsonObject {
  const destination = isJsonObject(rule) && isJsonObject(rule['destination']) ? { ...rule['destination'], sparkStatus: null } : isJsonObject(rule) ? rule['destination'] : undefined;
  return { type: stringAt(rule, 'type'), destination };
}

function withPending<P>(desired: Draft<P>, pending: JsonObject): Draft<P> {
  const properties = objectAt(desired, 'properties');
  const { managedNetwork } = properties;
  const network = isJsonObject(managedNetwork) ? { managedNetwork: Object.fromEntries(Object.entries(managedNetwork).filter(([name]) => name !== 'outboundRules')) } : {};
  return { ...desired, properties: { ...desired.properties, ...network, ...(Object.keys(pending).length === 0 ? {} : { [PENDING]: pending }) } };
}

/** Idempotent: provisioning is repeated after a crash. */
async function writeRules(ctx: Context, workspace: ResourceRecord<unknown>, store: Resources): Promise<void> {
  const mode = modeOf(workspace.properties);
  const given = Object.entries(objectAt(workspace.properties, PENDING));
  if (mode === 'Disabled' && given.length > 0)
    throw new Fault('invalid', 'OutboundRuleNotAllowed', 'managedNetwork.outboundRules needs an isolationMode other than Disabled.', { target: 'properties.managedNetwork.outboundRules' });
  // Azure: a project is in the network of its hub, whose rules are the hub's.
  if (mode === 'Disabled' || workspace.kind === 'Project') return;
  for (const [name, rule] of requiredRules(workspace, mode)) {
    const id = `${workspace.id}/outboundRules/${name}`;
    if ((await store.find(id)) === undefined) await store.put(ctx, id, { properties: rule }, { as: 'system', readOnly: { isSystem: true } });
  }
  for (const [name, pending] of given) {
    const isApproved = isJsonObject(pending) && pending['isApproved'] === true;
    await store.put(ctx, `${workspace.id}/outboundRules/${name}`, { properties: objectAt(pending, 'rule') }, { as: 'system', readOnly: { [APPROVED]: isApproved } });
  }
}

/** Azure: provisionNetworkNow counts when the workspace is made, and does nothing without a managed network. */
function provisionedNow({ properties, provisioningState }: ResourceRecord<unknown>): JsonObject {
  const isAsked = provisioningState === 'Creating' && objectAt({ properties }, 'properties')['provisionNetworkNow'] === true && modeOf(properties) !== 'Disabled';
  return isAsked ? { managedNetwork: { ...objectAt(properties, 'managedNetwork'), status: { status: 'Active', sparkReady: false } } } : {};
}

function provisionManagedNetwork(): Action<never> {
  return action({
    input: Type.Object({ includeSpark: Type.Optional(Type.Boolean()) }),
    isLongRunning: true,
    async check(_ctx, { resource }) {
      if (modeOf(resource.properties) === 'Disabled')
        throw new Fault(
          'invalid',
          'ManagedNetworkNotEnabled',
          `The workspace ${resource.name} has no managed network; set managedNetwork.isolationMode to AllowInternetOutbound or AllowOnlyApprovedOutbound first.`,
        );
    },
    async begin(tx, ctx, { resource, input, store }) {
      const sparkReady = input.includeSpark === true || objectAt(objectAt(resource.properties, 'managedNetwork'), 'status')['sparkReady'] === true;
      await store.setProperties(tx, ctx, resource.id, { managedNetwork: { status: { status: 'Active', sparkReady } } });
    },
    run: async (_ctx, { resource }) => ({ ...objectAt(objectAt(resource.properties, 'managedNetwork'), 'status') }),
  });
}

function modeOf(properties: unknown): string {
  return stringAt(objectAt(properties, 'managedNetwork'), 'isolationMode') ?? 'Disabled';
}
