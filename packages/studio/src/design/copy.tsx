// Copying: a quiet button that says it was done.

import { Button, makeStyles, mergeClasses, tokens, Tooltip } from '@fluentui/react-components';
import { Checkmark16Regular, Copy16Regular } from '@fluentui/react-icons';
import { useState } from 'react';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [isDone, setDone] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    });
  };
  return (
    <Tooltip content={isDone ? 'Copied' : label} relationship="label">
      <Button appearance="subtle" size="small" icon={isDone ? <Checkmark16Regular /> : <Copy16Regular />} onClick={copy} />
    </Tooltip>
  );
}

const useStyles = makeStyles({
  id: { display: 'inline-flex', alignItems: 'center', gap: '2px', minWidth: 0, maxWidth: '100%' },
  text: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
});

/** An id in its own type, with a way to copy all of it. */
export function CopyableId({ id, shown = id, label = 'Copy id' }: { readonly id: string; readonly shown?: string; readonly label?: string }) {
  const styles = useStyles();
  return (
    <span className={styles.id}>
      <span className={styles.text} title={id}>
        {shown}
      </span>
      <CopyButton text={id} label={label} />
    </span>
  );
}

const useCodeStyles = makeStyles({
  frame: { position: 'relative', backgroundColor: tokens.colorNeutralBackground2, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusLarge },
  code: {
    margin: 0,
    padding: '14px 44px 14px 16px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '20px',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: '320px',
    overflowY: 'auto',
  },
  tall: { maxHeight: 'calc(100vh - 340px)', minHeight: '240px' },
  copy: { position: 'absolute', top: '8px', right: '8px' },
});

export function CodeBlock({ text, label = 'Copy', isTall = false }: { readonly text: string; readonly label?: string; readonly isTall?: boolean }) {
  const styles = useCodeStyles();
  return (
    <div className={styles.frame}>
      <pre className={mergeClasses(styles.code, isTall && styles.tall)} tabIndex={0} aria-label={label.replace(/^Copy\s*/, '') || 'Code'}>
        {text}
      </pre>
      <span className={styles.copy}>
        <CopyButton text={text} label={label} />
      </span>
    </div>
  );
}
