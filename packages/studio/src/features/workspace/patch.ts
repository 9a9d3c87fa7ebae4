// Changing a few properties of a workspace from a page of its own.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import type { Subject } from '../resource/subject.ts';

/** Merges properties into the workspace; says of which state it spoke, so that nobody's change is lost. */
export function useWorkspacePatch({ id, type, etag }: Subject) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (properties: object) => armWrite(`${encodeId(id)}?api-version=${type.apiVersion}`, { method: 'PATCH', headers: { 'If-Match': etag }, body: { properties } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] }),
  });
}
