// An address that leads nowhere.

import { Search24Regular } from '@fluentui/react-icons';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { Link } from '../design/link.tsx';
import { EmptyState } from '../design/states.tsx';

export function NotFoundPage({ path }: { readonly path?: string }) {
  const location = useLocation();
  useEffect(() => {
    document.title = 'Not found · Lazurite';
  }, []);
  return (
    <EmptyState icon={<Search24Regular />} title="There is no page here">
      Nothing answers at <strong>{path ?? location.pathname}</strong>. <Link to="/">All workspaces</Link>
    </EmptyState>
  );
}
