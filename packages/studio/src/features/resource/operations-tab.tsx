// Operations on the resource and on what is below it: running first, then those that ended last.

import { ArrowSync24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { operationsQuery } from '../../api/resources.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { OperationList } from './operation-list.tsx';
import type { TabProps } from './subject.ts';

export function OperationsTab({ subject }: TabProps) {
  const { data, error, refetch } = useQuery(operationsQuery(subject.id));
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return data.length === 0 ? (
    <EmptyState icon={<ArrowSync24Regular />} title="No operations">
      Whatever takes longer than a request, such as making a workspace or deleting a group, is shown here while it runs and after it ended.
    </EmptyState>
  ) : (
    <OperationList operations={data} within={subject.id} />
  );
}
