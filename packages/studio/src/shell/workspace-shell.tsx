// A workspace's frame: navigation at the left, live changes underneath, the page on its sheet.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Suspense, useMemo } from 'react';
import { NavLink, Outlet, useParams } from 'react-router';
import { useLiveQueries, useLiveWorkspace } from '../api/live.ts';
import { useWorkspace, WorkspaceContext, workspaceOf } from '../api/workspace.ts';
import { Loading } from '../design/states.tsx';
import { PLACES } from './places.tsx';
import { Sheet } from './sheet.tsx';

const useStyles = makeStyles({
  frame: { display: 'grid', gridTemplateColumns: '208px minmax(0, 1fr)', height: '100%', '@media (max-width: 860px)': { gridTemplateColumns: '56px minmax(0, 1fr)' } },
  nav: { padding: '10px 10px 24px', overflowY: 'auto', '@media (max-width: 860px)': { padding: '10px 8px' } },
  group: { margin: '18px 10px 6px', fontSize: tokens.fontSizeBase200, fontWeight: 600, color: tokens.colorNeutralForeground3, '@media (max-width: 860px)': { display: 'none' } },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '2px' },
  item: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    height: '38px',
    padding: '0 10px',
    borderRadius: '8px',
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  here: {
    color: tokens.colorNeutralForeground1,
    fontWeight: 600,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow2,
  },
  icon: { display: 'inline-flex' },
  hereIcon: { color: tokens.colorBrandForeground1 },
  title: { '@media (max-width: 860px)': { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' } },
});

export function WorkspaceShell() {
  const { subscription = '', group = '', workspace: name = '' } = useParams();
  const workspace = useMemo(() => workspaceOf(subscription, group, name), [subscription, group, name]);
  return (
    <WorkspaceContext.Provider value={workspace}>
      <Frame />
    </WorkspaceContext.Provider>
  );
}

function Frame() {
  const styles = useStyles();
  const workspace = useWorkspace();
  useLiveWorkspace(workspace);
  useLiveQueries(workspace);
  return (
    <div className={styles.frame}>
      <nav className={styles.nav} aria-label={`Workspace ${workspace.name}`}>
        {PLACES.map(({ group, places }) => (
          <div key={group}>
            {group === '' ? null : <div className={styles.group}>{group}</div>}
            <ul className={styles.list}>
              {places.map((place) => (
                <li key={place.path}>
                  <NavLink
                    to={place.path === '' ? workspace.home : `${workspace.home}/${place.path}`}
                    end={place.path === ''}
                    title={place.title}
                    className={({ isActive }) => mergeClasses(styles.item, isActive && styles.here)}
                  >
                    {({ isActive }) => (
                      <>
                        <span className={mergeClasses(styles.icon, isActive && styles.hereIcon)} aria-hidden="true">
                          {isActive ? place.activeIcon : place.icon}
                        </span>
                        <span className={styles.title}>{place.title}</span>
                      </>
                    )}
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <Sheet>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </Sheet>
    </div>
  );
}
