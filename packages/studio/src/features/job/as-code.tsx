// The panel "as code": what this page does, for a terminal or a notebook.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Dropdown, makeStyles, Option, Tab, TabList } from '@fluentui/react-components';
import { Code20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useWorkspace } from '../../api/workspace.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { actsOn } from './acts.ts';

type Language = 'az' | 'python' | 'curl';
const useStyles = makeStyles({
  content: { display: 'grid', gap: '14px', minHeight: '280px', alignContent: 'start' },
  choice: { display: 'flex', flexWrap: 'wrap', gap: '12px', justifyContent: 'space-between' },
});

export function AsCodeButton({ job }: { readonly job: string }) {
  const styles = useStyles();
  const acts = actsOn(useWorkspace(), job);
  const [name, setName] = useState('Show');
  const [language, setLanguage] = useState<Language>('az');
  const act = acts.find((each) => each.name === name) ?? acts[0];
  // Why: what a plain call cannot do (following a log, fetching a folder) is not offered as one.
  const languages: readonly Language[] = name === 'Stream logs' || name === 'Download' ? ['az', 'python'] : ['az', 'python', 'curl'];
  const shown = languages.includes(language) ? language : 'az';
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement>
        <Button icon={<Code20Regular />}>As code</Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>The same as code</DialogTitle>
          <DialogContent className={styles.content}>
            <div className={styles.choice}>
              <TabList selectedValue={shown} onTabSelect={(_, { value }) => setLanguage(value === 'python' || value === 'curl' ? value : 'az')}>
                <Tab value="az">az ml</Tab>
                <Tab value="python">Python</Tab>
                {languages.includes('curl') ? <Tab value="curl">curl</Tab> : null}
              </TabList>
              <Dropdown aria-label="What to do" value={name} selectedOptions={[name]} onOptionSelect={(_, { optionValue }) => setName(optionValue ?? 'Show')}>
                {acts.map((each) => (
                  <Option key={each.name}>{each.name}</Option>
                ))}
              </Dropdown>
            </div>
            <CodeBlock text={act?.[shown] ?? ''} />
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Close</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
