// The sheet on which a page lies.

import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  sheet: {
    height: '100%',
    minWidth: 0,
    minHeight: 0,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
    borderTopLeftRadius: '12px',
    ':focus': { outline: 'none' },
  },
});

export function Sheet({ children }: { readonly children: ReactNode }) {
  return (
    <main id="content" tabIndex={-1} className={useStyles().sheet}>
      {children}
    </main>
  );
}
