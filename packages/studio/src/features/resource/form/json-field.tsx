// Text that becomes the value as soon as it is JSON.

import { makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Value } from './changes.ts';

const useStyles = makeStyles({
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  frame: { display: 'grid', gap: '4px', minWidth: 0 },
  wrong: { color: tokens.colorPaletteRedForeground1 },
});

/** Inside a Field, or with a label of its own. What is typed stays as it is typed until the field is left. */
export function JsonField(props: { readonly value: Value; readonly isFixed?: boolean; readonly rows?: number; readonly label?: string; onChange(value: Value): void }) {
  const styles = useStyles();
  const shown = props.value === undefined ? '' : JSON.stringify(props.value, null, 2);
  const [typed, setTyped] = useState<string>();
  const [isWrong, setWrong] = useState(false);
  const change = (text: string): void => {
    setTyped(text);
    try {
      props.onChange(text.trim() === '' ? undefined : JSON.parse(text));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  const leave = (): void => {
    if (!isWrong) setTyped(undefined);
  };
  return (
    <div className={styles.frame}>
      <Textarea
        textarea={{ className: styles.mono, spellCheck: false, 'aria-invalid': isWrong, ...(props.label === undefined ? {} : { 'aria-label': props.label }) }}
        value={typed ?? shown}
        disabled={props.isFixed === true}
        placeholder="JSON"
        resize="vertical"
        rows={props.rows ?? Math.min(12, Math.max(2, (typed ?? shown).split('\n').length))}
        onChange={(_, { value }) => change(value)}
        onBlur={leave}
      />
      {isWrong ? (
        <Text size={200} role="alert" className={styles.wrong}>
          This is not JSON yet; it counts when it is.
        </Text>
      ) : null}
    </div>
  );
}
