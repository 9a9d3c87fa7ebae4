// The navigation at the left: groups of places, the one where the reader is stands out; icons alone on narrow screens.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { NavLink } from 'react-router';
import type { PlaceGroup } from './places.tsx';

const NARROW = '@media (max-width: 860px)';

const useStyles = makeStyles({
  nav: { padding: '10px 10px 24px', overflowY: 'auto', [NARROW]: { padding: '10px 8px' } },
  group: { margin: '18px 10px 6px', fontSize: tokens.fontSizeBase200, fontWeight: 600, color: tokens.colorNeutralForeground3, [NARROW]: { display: 'none' } },
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
  here: { color: tokens.colorNeutralForeground1, fontWeight: 600, backgroundColor: tokens.colorNeutralBackground1, boxShadow: tokens.shadow2 },
  icon: { display: 'inline-flex' },
  hereIcon: { color: tokens.colorBrandForeground1 },
  title: { [NARROW]: { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' } },
});

export function Nav({ label, base, groups }: { readonly label: string; readonly base: string; readonly groups: readonly PlaceGroup[] }) {
  const styles = useStyles();
  return (
    <nav className={styles.nav} aria-label={label}>
      {groups.map(({ group, places }) => (
        <div key={group}>
          {group === '' ? null : <div className={styles.group}>{group}</div>}
          <ul className={styles.list}>
            {places.map((place) => (
              <li key={place.path}>
                <NavLink
                  to={place.path === '' ? base || '/' : `${base}/${place.path}`}
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
  );
}
