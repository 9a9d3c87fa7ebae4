// Bringing back what was deleted.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { resourcePage } from '../../api/resource-id.ts';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { studioConfig } from '../../api/session.ts';
import { type DeletedResource, recoverAct, runAct } from './deleted-acts.ts';

/** Recovers, and leads to its page. */
export function useRecover() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (deleted: DeletedResource) => {
      const type = findType(await queries.query(typesQuery), deleted.type);
      const act = type === undefined ? undefined : recoverAct(deleted, type, (await studioConfig()).tenantId);
      if (act !== undefined) await runAct(act);
    },
    onSuccess: async (_done, deleted) => {
      void queries.invalidateQueries({ queryKey: ['workspaces'] });
      await queries.invalidateQueries({ queryKey: ['resources'] });
      await navigate(resourcePage(deleted.id));
    },
  });
}
