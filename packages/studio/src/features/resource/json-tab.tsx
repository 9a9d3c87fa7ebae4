// The resource as Resource Manager answers it: to read, to copy, to download.

import { Button, makeStyles } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons';
import { CodeBlock } from '../../design/copy.tsx';
import { Muted } from '../../design/layout.tsx';
import { nameOf } from '../../api/resource-id.ts';
import { showCommand } from './as-az.ts';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({ pane: { display: 'grid', gap: '14px', maxWidth: '1080px' }, bar: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '12px' } });

export function JsonTab({ subject }: TabProps) {
  const styles = useStyles();
  const text = JSON.stringify(subject.resource, null, 2);
  return (
    <div className={styles.pane}>
      <div className={styles.bar}>
        <Muted>api-version {subject.type.apiVersion}</Muted>
        <Button icon={<ArrowDownload20Regular />} onClick={() => saveText(`${nameOf(subject.id)}.json`, text)}>
          Download
        </Button>
      </div>
      <CodeBlock text={text} label="Copy JSON" isTall />
      <CodeBlock text={showCommand(subject.id)} label="Copy az command" />
    </div>
  );
}

export function saveText(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
