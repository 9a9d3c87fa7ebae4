// Environments: what a job needs around its code. Source: contracts/azureml-rest.md §6 EnvironmentVersionProperties.

import { Type } from 'typebox';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { versionedAsset } from '../families/versioned-asset.ts';

const Text = Type.Optional(Type.Union([Type.String({ maxLength: 262_144 }), Type.Null()]));

export function environments(workspaces: AnyResourceType): readonly [AnyResourceType, AnyResourceType] {
  return versionedAsset({
    workspaces,
    segment: 'environments',
    version: {
      condaFile: Text,
      image: Text,
      autoRebuild: Type.Optional(Type.Enum(['Disabled', 'OnBaseImageUpdate'])),
      osType: Type.Optional(Type.Enum(['Linux', 'Windows'])),
      build: Type.Optional(Type.Union([Type.Object({ contextUri: Type.String({ minLength: 1 }), dockerfilePath: Type.Optional(Type.String()) }), Type.Null()])),
      inferenceConfig: Type.Optional(Type.Union([Type.Object({}), Type.Null()])),
    },
    source: ['/condaFile', '/image', '/build'],
    readOnly: ['/environmentType'],
    refuses: [
      { at: '/build', code: 'BuildContextNotSupported', why: 'images are not built from a Dockerfile here; this server makes virtual environments. Give a condaFile.' },
      { at: '/osType', values: ['Windows'], code: 'OsTypeNotSupported', why: 'Windows environments are not there; Linux is.' },
    ],
    hooks: {
      validate(_ctx, { desired, reject }) {
        const { condaFile, image, build } = desired.properties;
        if (!condaFile && !image && !build) reject('properties', 'An environment needs a condaFile, an image or a build context; all three are missing.');
      },
      prepare: async (_ctx, { desired }) => ({ ...desired, properties: { osType: 'Linux', autoRebuild: 'Disabled', ...desired.properties, environmentType: 'UserCreated' } }),
    },
  });
}
