// Fluent's link over the router's: no page load, and the browser's own gestures (new tab, copy address) still work.

import { Link as FluentLink } from '@fluentui/react-components';
import type { MouseEvent, ReactNode } from 'react';
import { useHref, useNavigate } from 'react-router';

export function Link({ to, className, children }: { readonly to: string; readonly className?: string; readonly children: ReactNode }) {
  const href = useHref(to);
  const navigate = useNavigate();
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate(to);
  };
  return (
    <FluentLink href={href} onClick={follow} {...(className === undefined ? {} : { className })}>
      {children}
    </FluentLink>
  );
}
