// What secrets, keys and certificates do alike: lists, delete, recover, purge, backup, restore.
// Source: Key Vault REST, the operations of these names.

import { objectAt } from '#kernel/json.ts';
import { decodeBase64Url } from '#vault/binary.ts';
import type { Objects } from '#vault/objects.ts';
import type { Call, Needs, Operation } from './operation.ts';
import type { PermissionArea } from './ports.ts';
import { bundleOf, pageOf, pageQueryOf } from './wire.ts';

interface Family {
  /** In the names of operations. */
  readonly noun: 'Secret' | 'Key' | 'Certificate';
  readonly area: PermissionArea;
  /** Data action that shows names and attributes. */
  readonly readAction: string;
  objects(call: Call): Objects;
}

export function objectOperations({ noun, area, readAction, objects }: Family): readonly Operation[] {
  const needs = (action: string, permission: string): Needs => ({ action: `${area}/${action}`, area, permissions: [permission] });
  const read = needs(readAction, 'list');
  return [
    {
      title: `${noun}List`,
      method: 'GET',
      path: area,
      needs: read,
      run: async (call) => pageOf(call, area, await objects(call).list(call.vault, { ...pageQueryOf(call), isDeleted: false })),
    },
    {
      title: `${noun}ListVersions`,
      method: 'GET',
      path: `${area}/:name/versions`,
      needs: read,
      run: async (call) => pageOf(call, `${area}/${call.name}/versions`, await objects(call).listVersions(call.vault, call.name, pageQueryOf(call)), true),
    },
    {
      title: `${noun}Delete`,
      method: 'DELETE',
      path: `${area}/:name`,
      needs: needs('delete', 'delete'),
      run: async (call) => bundleOf(call.vault, await objects(call).delete(call.ctx, call.vault, call.name)),
    },
    {
      title: `${noun}Backup`,
      method: 'POST',
      path: `${area}/:name/backup`,
      needs: needs('backup/action', 'backup'),
      run: async (call) => ({ value: (await objects(call).backup(call.vault, call.name)).toString('base64url') }),
    },
    {
      title: `${noun}Restore`,
      method: 'POST',
      path: `${area}/restore`,
      needs: needs('restore/action', 'restore'),
      run: async (call) => bundleOf(call.vault, await objects(call).restore(call.ctx, call.vault, decodeBase64Url(objectAt({ body: call.body }, 'body')['value'], 'value'))),
    },
    {
      title: `${noun}ListDeleted`,
      method: 'GET',
      path: `deleted${area}`,
      needs: read,
      run: async (call) => pageOf(call, `deleted${area}`, await objects(call).list(call.vault, { ...pageQueryOf(call), isDeleted: true })),
    },
    {
      title: `${noun}GetDeleted`,
      method: 'GET',
      path: `deleted${area}/:name`,
      needs: { ...read, permissions: ['get'] },
      run: async (call) => bundleOf(call.vault, await objects(call).getDeleted(call.vault, call.name)),
    },
    {
      title: `${noun}Recover`,
      method: 'POST',
      path: `deleted${area}/:name/recover`,
      needs: needs('recover/action', 'recover'),
      run: async (call) => bundleOf(call.vault, await objects(call).recover(call.ctx, call.vault, call.name)),
    },
    {
      title: `${noun}Purge`,
      method: 'DELETE',
      path: `deleted${area}/:name`,
      needs: needs('purge/action', 'purge'),
      async run(call) {
        await objects(call).purge(call.ctx, call.vault, call.name);
        return undefined;
      },
    },
  ];
}
