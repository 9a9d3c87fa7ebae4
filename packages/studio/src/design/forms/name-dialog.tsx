// The question before something goes that cannot come back as it was: what will go, and its name to type.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles } from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { ErrorState } from '../states.tsx';

const useStyles = makeStyles({ content: { display: 'grid', gap: '14px' } });

/** `act` is what the button says, `acting` what it says meanwhile. */
export function NameDialog(props: {
  readonly title: string;
  readonly name: string;
  readonly act: string;
  readonly acting: string;
  readonly isPending: boolean;
  readonly error: Error | null;
  /** Before the field. */
  readonly children: ReactNode;
  readonly after?: ReactNode;
  onConfirm(): void;
  onClose(): void;
}) {
  const styles = useStyles();
  const { name, isPending, error, onConfirm, onClose } = props;
  const [typed, setTyped] = useState('');
  return (
    <Dialog open onOpenChange={(_, { open }) => open || isPending || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onConfirm();
          }}
        >
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent className={styles.content}>
              {props.children}
              <Field label={`Type ${name} to confirm`}>
                <Input value={typed} onChange={(_, { value }) => setTyped(value)} autoComplete="off" spellCheck={false} autoFocus />
              </Field>
              {props.after}
              {error === null ? null : <ErrorState error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={isPending}>
                Keep it
              </Button>
              <Button type="submit" appearance="primary" disabled={typed !== name || isPending}>
                {isPending ? props.acting : props.act}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
