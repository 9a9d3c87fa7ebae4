// The look: Fluent's themes over a ramp of lapis lazuli. Colours are written here (and in base.css and the mark, which stand
// outside Fluent), nowhere else.

import { type BrandVariants, createDarkTheme, createLightTheme, type Theme } from '@fluentui/react-components';

const lapis: BrandVariants = {
  10: '#04071a',
  20: '#0b1439',
  30: '#10205c',
  40: '#14297b',
  50: '#193396',
  60: '#1f3cac',
  70: '#2547c4',
  80: '#3054d4',
  90: '#4668e2',
  100: '#5f7dea',
  110: '#7891f0',
  120: '#90a6f4',
  130: '#a8baf7',
  140: '#c0cdfa',
  150: '#d8e0fc',
  160: '#eef2fe',
};

const fonts = {
  fontFamilyBase: "'Segoe UI Variable Text', 'Segoe UI', 'Inter', system-ui, -apple-system, 'Helvetica Neue', Arial, sans-serif, 'Segoe UI Emoji', 'Apple Color Emoji', 'Noto Color Emoji'",
  fontFamilyMonospace: "'Cascadia Code', 'JetBrains Mono', ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace, 'Segoe UI Emoji', 'Apple Color Emoji', 'Noto Color Emoji'",
};

export const lightTheme: Theme = {
  ...createLightTheme(lapis),
  ...fonts,
  colorNeutralBackground2: '#f9fafd',
  colorNeutralBackground3: '#f3f4f9',
  colorNeutralStroke2: '#e3e5ee',
  colorNeutralStroke3: '#eceef5',
};

export const darkTheme: Theme = {
  ...createDarkTheme(lapis),
  ...fonts,
  colorNeutralBackground1: '#151821',
  colorNeutralBackground1Hover: '#1e222e',
  colorNeutralBackground1Pressed: '#10131a',
  colorNeutralBackground1Selected: '#232838',
  colorNeutralBackground2: '#191d28',
  colorNeutralBackground3: '#0d0f16',
  colorNeutralBackground4: '#11141c',
  colorSubtleBackgroundHover: '#222735',
  colorSubtleBackgroundPressed: '#1b1f2b',
  colorSubtleBackgroundSelected: '#222735',
  colorNeutralStroke1: '#4a5063',
  colorNeutralStroke2: '#2a2f3d',
  colorNeutralStroke3: '#222735',
  colorBrandForeground1: lapis[120],
  colorBrandForeground2: lapis[130],
  colorBrandForegroundLink: lapis[120],
  colorBrandForegroundLinkHover: lapis[140],
  colorBrandForegroundLinkPressed: lapis[110],
  colorCompoundBrandForeground1: lapis[120],
  colorCompoundBrandStroke: lapis[110],
};

/** Series colours, in order, as names of Fluent tokens: legible on both grounds. */
export const SERIES_TOKENS = [
  'colorBrandStroke1',
  'colorPaletteMarigoldForeground2',
  'colorPaletteTealBorderActive',
  'colorPaletteBerryBorderActive',
  'colorPaletteForestBorderActive',
  'colorPalettePumpkinBorderActive',
  'colorPaletteGrapeBorderActive',
  'colorPaletteSteelBorderActive',
] as const;

/** The same name always has the same colour, on every page. */
export function seriesToken(name: string): (typeof SERIES_TOKENS)[number] {
  let hash = 7;
  for (let i = 0; i < name.length; i += 1) hash = (hash * 31 + name.charCodeAt(i)) >>> 0;
  return SERIES_TOKENS[hash % SERIES_TOKENS.length] ?? SERIES_TOKENS[0];
}

/** The value of a Fluent token where `element` stands; for what is drawn on a canvas. */
export function tokenValue(element: Element, token: string): string {
  return getComputedStyle(element).getPropertyValue(`--${token}`).trim();
}
