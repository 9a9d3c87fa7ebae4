// AmlCompute: a cluster whose nodes are slots of this machine.
// Source: contracts/azureml-rest.md §6 AmlComputeProperties; contracts/terraform-azurerm.md §4.15.

import { Type } from 'typebox';
import { type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import { durationSeconds } from './duration.ts';
import { ArmId, type ComputeKind, computeSchema, Flag, innerOf, Text } from './kind.ts';

const DEFAULT_IDLE = 'PT120S';
const MOST_NODES = 64;

export const amlComputeSchema = computeSchema('AmlCompute', {
  osType: Type.Optional(Type.Enum(['Linux', 'Windows'])),
  vmSize: Text,
  vmPriority: Type.Optional(Type.Enum(['Dedicated', 'LowPriority'])),
  virtualMachineImage: ArmId,
  isolatedNetwork: Flag,
  scaleSettings: Type.Optional(Type.Object({ maxNodeCount: Type.Integer({ minimum: 0 }), minNodeCount: Type.Optional(Type.Integer({ minimum: 0 })), nodeIdleTimeBeforeScaleDown: Text })),
  userAccountCredentials: Type.Optional(
    Type.Object({
      adminUserName: Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,31}$', accepts: '1 to 32 lower-case letters, digits, _ or -, beginning with a letter or _' }),
      adminUserSshPublicKey: Type.Optional(Type.String({ maxLength: 16_384 })),
      adminUserPassword: Type.Optional(Type.String({ maxLength: 128 })),
    }),
  ),
  subnet: ArmId,
  remoteLoginPortPublicAccess: Type.Optional(Type.Enum(['Enabled', 'Disabled', 'NotSpecified'])),
  enableNodePublicIp: Flag,
  propertyBag: Type.Optional(Type.Object({})),
});

export function amlCompute(ports: Pick<ResourcePorts, 'computes'>): ComputeKind {
  return {
    name: 'AmlCompute',
    fixed: ['/osType', '/vmPriority', '/isolatedNetwork', '/enableNodePublicIp', '/userAccountCredentials/adminUserName', '/userAccountCredentials/adminUserSshPublicKey'],
    fixedNames: ['/vmSize', '/subnet/id', '/virtualMachineImage/id', '/remoteLoginPortPublicAccess'],
    check(inner, reject) {
      if (stringAt(inner, 'osType') === 'Windows') reject('osType', 'Windows nodes are not there; osType Linux is accepted.', 'OsTypeNotSupported');
      if (objectAt(inner, 'virtualMachineImage')['id'] !== undefined)
        reject('virtualMachineImage', 'Images of nodes are not there: a node is a slot of this machine and runs what it runs. Leave virtualMachineImage out.', 'VirtualMachineImageNotSupported');
      const scale = objectAt(inner, 'scaleSettings');
      const max = numberAt(scale, 'maxNodeCount') ?? 1;
      const min = numberAt(scale, 'minNodeCount') ?? 0;
      if (min > max) reject('scaleSettings.minNodeCount', `minNodeCount is ${min}, more than maxNodeCount, ${max}.`);
      if (max > MOST_NODES) reject('scaleSettings.maxNodeCount', `maxNodeCount is ${max}; a cluster on this machine has at most ${MOST_NODES} nodes.`);
      const idle = stringAt(scale, 'nodeIdleTimeBeforeScaleDown');
      if (idle !== undefined && durationSeconds(idle) === undefined)
        reject('scaleSettings.nodeIdleTimeBeforeScaleDown', `nodeIdleTimeBeforeScaleDown is '${idle}'; an ISO 8601 duration such as PT120S is accepted.`);
      const credentials = objectAt(inner, 'userAccountCredentials');
      // Terraform sends an empty text for the one that is not given.
      const isGiven = (name: string): boolean => (stringAt(credentials, name) ?? '') !== '';
      if (isGiven('adminUserName') && !isGiven('adminUserSshPublicKey') && !isGiven('adminUserPassword'))
        reject('userAccountCredentials', 'userAccountCredentials needs adminUserSshPublicKey or adminUserPassword.');
    },
    complete: (given, stored) => ({
      osType: 'Linux',
      vmPriority: 'Dedicated',
      enableNodePublicIp: true,
      remoteLoginPortPublicAccess: 'NotSpecified',
      isolatedNetwork: false,
      ...given,
      vmSize: stringAt(given, 'vmSize') ?? 'LOCAL',
      scaleSettings: completeScale(objectAt(given, 'scaleSettings'), objectAt(stored, 'scaleSettings')),
    }),
    async apply(tx, ctx, resource) {
      const scale = objectAt(innerOf(resource.properties), 'scaleSettings');
      await ports.computes.put(tx, ctx, resource.key, {
        min: numberAt(scale, 'minNodeCount') ?? 0,
        max: numberAt(scale, 'maxNodeCount') ?? 1,
        idleSeconds: durationSeconds(stringAt(scale, 'nodeIdleTimeBeforeScaleDown') ?? '') ?? 120,
      });
    },
  };
}

function completeScale(given: JsonObject, stored: JsonObject): JsonObject {
  const wanted = Object.keys(given).length > 0 ? given : stored;
  return {
    maxNodeCount: numberAt(wanted, 'maxNodeCount') ?? 1,
    minNodeCount: numberAt(wanted, 'minNodeCount') ?? 0,
    nodeIdleTimeBeforeScaleDown: stringAt(wanted, 'nodeIdleTimeBeforeScaleDown') ?? DEFAULT_IDLE,
  };
}
