// The button that leads to making something new.

import { Button } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useNavigate } from 'react-router';

export function CreateButton({ to, children, isQuiet = false }: { readonly to: string; readonly children: string; readonly isQuiet?: boolean }) {
  const navigate = useNavigate();
  return (
    <Button appearance={isQuiet ? 'secondary' : 'primary'} icon={<Add20Regular />} onClick={() => void navigate(to)}>
      {children}
    </Button>
  );
}
