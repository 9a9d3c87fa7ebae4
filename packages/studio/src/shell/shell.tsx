// The frame around every page: the bar at the top, the search, and the sheet on which pages lie.

import { makeStyles, tokens } from '@fluentui/react-components';
import { Suspense, useEffect, useState } from 'react';
import { Outlet, useLocation } from 'react-router';
import { Notices } from '../design/notices.tsx';
import { Loading } from '../design/states.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Palette } from './palette.tsx';
import { TopBar } from './top-bar.tsx';

const useStyles = makeStyles({
  frame: { display: 'grid', gridTemplateRows: '52px auto minmax(0, 1fr)', height: '100%', backgroundColor: tokens.colorNeutralBackground3 },
  main: { minHeight: 0, minWidth: 0 },
  skip: {
    position: 'absolute',
    left: '-9999px',
    ':focus': {
      left: '12px',
      top: '10px',
      zIndex: 10,
      padding: '6px 12px',
      backgroundColor: tokens.colorNeutralBackground1,
      color: tokens.colorBrandForeground1,
      borderRadius: tokens.borderRadiusMedium,
    },
  },
});

export function Shell() {
  const styles = useStyles();
  // Why: the search belongs to the page it was opened on; another page closes it.
  const { key } = useLocation();
  const [searchingOn, setSearchingOn] = useState<string>();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setSearchingOn((on) => (on === key ? undefined : key));
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [key]);
  return (
    <div className={styles.frame}>
      <a href="#content" className={styles.skip}>
        Skip to content
      </a>
      <TopBar onSearch={() => setSearchingOn(key)} />
      <div>
        <ConnectionBanner />
      </div>
      <div className={styles.main}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </div>
      <Notices />
      <Palette isOpen={searchingOn === key} onClose={() => setSearchingOn(undefined)} />
    </div>
  );
}
