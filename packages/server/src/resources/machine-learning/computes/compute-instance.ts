// ComputeInstance: a compute of one node that is started and stopped; jobs run on it while it runs.
// Source: contracts/azureml-rest.md §6 ComputeInstanceProperties; contracts/terraform-azurerm.md §4.15, trap 13.

import { Type } from 'typebox';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import { durationSeconds } from './duration.ts';
import { ArmId, type ComputeKind, computeSchema, Flag, innerOf, Text } from './kind.ts';
import { checkSchedules, completeSchedules, schedulesOf, schedulesSchema } from './schedules.ts';

const SHORTEST_IDLE_SECONDS = 15 * 60;
const LONGEST_IDLE_SECONDS = 3 * 86_400;

const Refused = Type.Optional(Type.Unknown());

export const computeInstanceSchema = computeSchema('ComputeInstance', {
  vmSize: Text,
  subnet: ArmId,
  applicationSharingPolicy: Type.Optional(Type.Enum(['Personal', 'Shared'])),
  sshSettings: Type.Optional(Type.Object({ sshPublicAccess: Type.Enum(['Enabled', 'Disabled'], { default: 'Disabled' }), adminPublicKey: Type.Optional(Type.String({ maxLength: 16_384 })) })),
  computeInstanceAuthorizationType: Type.Optional(Type.Enum(['personal'])),
  enableSSO: Flag,
  enableNodePublicIp: Flag,
  personalComputeInstanceSettings: Type.Optional(Type.Object({ assignedUser: Type.Optional(Type.Object({ objectId: Type.String({ minLength: 1 }), tenantId: Type.String({ minLength: 1 }) })) })),
  idleTimeBeforeShutdown: Text,
  schedules: schedulesSchema,
  setupScripts: Refused,
  customServices: Refused,
});

/** What would change how the instance behaves and is not carried out here, with the reason. */
const NOT_HERE = {
  setupScripts: 'setup scripts are not run: an instance is a slot of this machine and shares its software with everything else on it',
  customServices: 'custom services are containers, and there are none here',
} as const;

export function computeInstance(ports: Pick<ResourcePorts, 'computes'>): ComputeKind {
  return {
    name: 'ComputeInstance',
    names: { pattern: /^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/, rule: 'has 3 to 24 characters and does not end with a hyphen and a number' },
    fixed: ['/enableNodePublicIp', '/computeInstanceAuthorizationType', '/personalComputeInstanceSettings/assignedUser', '/sshSettings/sshPublicAccess', '/sshSettings/adminPublicKey'],
    fixedNames: ['/vmSize', '/subnet/id'],
    check(inner, reject) {
      for (const [property, reason] of Object.entries(NOT_HERE)) {
        if (!isEmpty(inner[property])) reject(property, `${property} is not supported: ${reason}. Leave it out.`, 'ComputeInstancePropertyNotSupported');
      }
      const idle = stringAt(inner, 'idleTimeBeforeShutdown');
      const seconds = idle === undefined ? undefined : durationSeconds(idle);
      if (idle !== undefined && (seconds === undefined || seconds < SHORTEST_IDLE_SECONDS || seconds > LONGEST_IDLE_SECONDS))
        reject('idleTimeBeforeShutdown', `idleTimeBeforeShutdown is '${idle}'; an ISO 8601 duration from PT15M to P3D is accepted.`);
      checkSchedules(objectAt(inner, 'schedules'), reject);
    },
    complete: (given, stored) => ({
      applicationSharingPolicy: 'Shared',
      enableNodePublicIp: true,
      ...withoutEmpty(given),
      // Azure names the user; there is no port, because no instance here has a door of its own.
      ...(isJsonObject(given['sshSettings']) ? { sshSettings: { ...given['sshSettings'], adminUserName: 'azureuser' } } : {}),
      vmSize: stringAt(given, 'vmSize') ?? 'LOCAL',
      ...(given['schedules'] === undefined ? {} : { schedules: completeSchedules(objectAt(given, 'schedules'), schedulesOf(stored)) }),
    }),
    async apply(tx, ctx, resource) {
      const idle = stringAt(innerOf(resource.properties), 'idleTimeBeforeShutdown');
      await ports.computes.putInstance(tx, ctx, resource.key, {
        stopsAfterSeconds: idle === undefined ? null : (durationSeconds(idle) ?? null),
        schedules: schedulesOf(innerOf(resource.properties)),
      });
    },
  };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0) || (isJsonObject(value) && Object.values(value).every(isEmpty));
}

function withoutEmpty(given: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => !(name in NOT_HERE && isEmpty(value))));
}
