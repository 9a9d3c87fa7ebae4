// Said after a deletion that can be undone, with the button that undoes it.

import { Link } from '@fluentui/react-components';
import { useCallback } from 'react';
import { useNotice } from '../../design/notices.tsx';
import { ErrorState } from '../../design/states.tsx';
import type { DeletedResource } from './deleted-acts.ts';
import { useRecover } from './recover.ts';

export function useDeletedNotice(): (deleted: DeletedResource) => void {
  const notice = useNotice();
  return useCallback((deleted) => notice({ title: `Deleted “${deleted.name}”`, body: 'It can be recovered, under “Recently deleted” too.', act: <Undo deleted={deleted} /> }), [notice]);
}

function Undo({ deleted }: { readonly deleted: DeletedResource }) {
  const recovering = useRecover();
  if (recovering.error !== null) return <ErrorState error={recovering.error} />;
  return (
    <Link as="button" disabled={recovering.isPending || recovering.isSuccess} onClick={() => recovering.mutate(deleted)}>
      {recovering.isPending ? 'Recovering…' : 'Undo'}
    </Link>
  );
}
