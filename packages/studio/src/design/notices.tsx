// Notices: what was done, said in a corner for a while, with the way back where there is one.

import { Button, Toast, ToastBody, Toaster, ToastFooter, ToastTitle, ToastTrigger, useToastController } from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons';
import { type ReactNode, useCallback } from 'react';

const TOASTER = 'notices';
const LONG_ENOUGH_MS = 30_000;

export function Notices() {
  return <Toaster toasterId={TOASTER} position="bottom-end" limit={3} />;
}

export function useNotice(): (notice: { readonly title: string; readonly body?: string; readonly act?: ReactNode }) => void {
  const { dispatchToast, dismissToast } = useToastController(TOASTER);
  return useCallback(
    ({ title, body, act }) => {
      const toastId = crypto.randomUUID();
      dispatchToast(
        <Toast>
          <ToastTitle
            action={
              <ToastTrigger>
                <Button appearance="subtle" size="small" icon={<Dismiss16Regular />} aria-label="Dismiss" />
              </ToastTrigger>
            }
          >
            {title}
          </ToastTitle>
          {body === undefined ? null : <ToastBody>{body}</ToastBody>}
          {act === undefined ? null : <ToastFooter>{act}</ToastFooter>}
        </Toast>,
        { toastId, intent: 'success', timeout: -1 },
      );
      // Why not the toast's own clock: it is an animation, and ends at once for who wants none.
      setTimeout(() => dismissToast(toastId), LONG_ENOUGH_MS);
    },
    [dispatchToast, dismissToast],
  );
}
