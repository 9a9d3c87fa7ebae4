// Notices: what was done, said in a corner for a while, with the way back where there is one.

import { Toast, ToastBody, Toaster, ToastFooter, ToastTitle, useToastController } from '@fluentui/react-components';
import { type ReactNode, useCallback } from 'react';

const TOASTER = 'notices';
const LONG_ENOUGH_MS = 12_000;

export function Notices() {
  return <Toaster toasterId={TOASTER} position="bottom-end" pauseOnHover pauseOnWindowBlur />;
}

export function useNotice(): (notice: { readonly title: string; readonly body?: string; readonly act?: ReactNode }) => void {
  const { dispatchToast } = useToastController(TOASTER);
  return useCallback(
    ({ title, body, act }) => {
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {body === undefined ? null : <ToastBody>{body}</ToastBody>}
          {act === undefined ? null : <ToastFooter>{act}</ToastFooter>}
        </Toast>,
        { intent: 'success', timeout: LONG_ENOUGH_MS },
      );
    },
    [dispatchToast],
  );
}
