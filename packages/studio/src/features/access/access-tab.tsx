// Access control: who holds which role here, what somebody may do here and why.

import { makeStyles, Tab, TabList } from '@fluentui/react-components';
import { useState } from 'react';
import { Assignments } from './assignments.tsx';
import { CheckAccess } from './check-access.tsx';
import { RoleList } from './role-list.tsx';
import type { TabProps } from '../resource/subject.ts';

const useStyles = makeStyles({ pane: { display: 'grid', gap: '18px' }, kinds: { margin: '-8px -8px 0' } });

export function AccessTab({ subject }: TabProps) {
  const styles = useStyles();
  const [part, setPart] = useState('assignments');
  return (
    <div className={styles.pane}>
      <TabList className={styles.kinds} size="small" appearance="subtle-circular" selectedValue={part} onTabSelect={(_, { value }) => setPart(String(value))} aria-label="Access control">
        <Tab value="assignments">Role assignments</Tab>
        <Tab value="check">Check access</Tab>
        <Tab value="roles">Roles</Tab>
      </TabList>
      {part === 'assignments' ? <Assignments subject={subject} /> : null}
      {part === 'check' ? <CheckAccess subject={subject} /> : null}
      {part === 'roles' ? <RoleList scope={subject.id} /> : null}
    </div>
  );
}
