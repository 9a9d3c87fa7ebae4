// A button without the browser's looks, for rows and headers that are buttons.

import type { GriffelStyle } from '@fluentui/react-components';

export const bareButton: GriffelStyle = {
  appearance: 'none',
  margin: 0,
  padding: 0,
  border: 'none',
  backgroundColor: 'transparent',
  color: 'inherit',
  fontFamily: 'inherit',
  fontSize: 'inherit',
  fontWeight: 'inherit',
  lineHeight: 'inherit',
  textAlign: 'left',
};
