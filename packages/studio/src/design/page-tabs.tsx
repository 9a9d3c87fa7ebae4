// The tabs of a page, in one line that scrolls on narrow screens; the open one is always in view.

import { makeStyles, mergeClasses, Tab, TabList, tokens } from '@fluentui/react-components';
import { type ReactNode, useEffect, useRef } from 'react';

const useStyles = makeStyles({
  line: { flexShrink: 0, minWidth: 0 },
  tabs: {
    padding: '0 23px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowX: 'auto',
    overflowY: 'hidden',
    flexShrink: 0,
    scrollbarWidth: 'thin',
    '& > button': { flexShrink: 0, paddingLeft: '9px', paddingRight: '9px' },
    // Nothing is hidden at the side while there is room below.
    '@media (min-width: 861px)': { flexWrap: 'wrap' },
    '@media (max-width: 640px)': { padding: '0 11px' },
  },
  many: { '@media (min-width: 861px) and (max-width: 1400px)': { padding: '0 27px', '& > button': { paddingLeft: '5px', paddingRight: '5px' } } },
});

/** More than this do not fit into one line of a usual screen as they are. */
const MANY = 11;

export function PageTabs(props: {
  readonly label?: string;
  readonly tabs: readonly { readonly id: string; readonly title: string; readonly badge?: ReactNode }[];
  readonly chosen: string;
  onChoose(id: string): void;
}) {
  const styles = useStyles();
  const list = useRef<HTMLDivElement>(null);
  const { chosen, tabs } = props;
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [chosen]);
  return (
    <div ref={list} className={styles.line}>
      <TabList
        className={mergeClasses(styles.tabs, tabs.length > MANY && styles.many)}
        selectedValue={chosen}
        onTabSelect={(_, { value }) => props.onChoose(String(value))}
        {...(props.label === undefined ? {} : { 'aria-label': props.label })}
      >
        {tabs.map(({ id, title, badge }) => (
          <Tab key={id} value={id}>
            {title}
            {badge}
          </Tab>
        ))}
      </TabList>
    </div>
  );
}
