// The resource as Resource Manager answers it.

import { useQuery } from '@tanstack/react-query';
import { armQuery } from '../../api/queries.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';

export function JsonTab({ path }: { readonly path: string }) {
  const { data, error, refetch } = useQuery(armQuery(useWorkspace(), path));
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data === undefined ? <Loading /> : <CodeBlock text={JSON.stringify(data, null, 2)} label="Copy JSON" isTall />;
}
