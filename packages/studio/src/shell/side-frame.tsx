// Navigation at the left, the page on its sheet at the right.

import { makeStyles } from '@fluentui/react-components';
import { type ReactNode, Suspense } from 'react';
import { Outlet } from 'react-router';
import { Loading } from '../design/states.tsx';
import { Nav } from './nav.tsx';
import type { PlaceGroup } from './places.tsx';
import { Sheet } from './sheet.tsx';

const useStyles = makeStyles({
  frame: { display: 'grid', gridTemplateColumns: '208px minmax(0, 1fr)', height: '100%', '@media (max-width: 860px)': { gridTemplateColumns: '56px minmax(0, 1fr)' } },
  loading: { padding: '26px 32px' },
});

export function SideFrame(props: { readonly label: string; readonly base: string; readonly groups: readonly PlaceGroup[]; readonly instead?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <Nav label={props.label} base={props.base} groups={props.groups} />
      <Sheet>
        <Suspense
          fallback={
            <div className={styles.loading}>
              <Loading />
            </div>
          }
        >
          {props.instead ?? <Outlet />}
        </Suspense>
      </Sheet>
    </div>
  );
}
