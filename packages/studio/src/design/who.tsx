// An author by name.

import { useQuery } from '@tanstack/react-query';
import { whoQuery } from '../api/who.ts';

export function Who({ id }: { readonly id: string | undefined }) {
  const { data } = useQuery(whoQuery(id ?? ''));
  return <span title={id}>{data ?? id ?? ''}</span>;
}
