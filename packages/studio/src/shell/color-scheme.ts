// Light or dark: what the system says, unless the person said otherwise in this browser.

import { useSyncExternalStore } from 'react';

export type SchemeChoice = 'system' | 'light' | 'dark';
const KEY = 'lazurite.scheme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function choice(): SchemeChoice {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function isDark(): boolean {
  const chosen = choice();
  return chosen === 'system' ? system.matches : chosen === 'dark';
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  system.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener('change', listener);
  };
}

export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

export function useSchemeChoice(): SchemeChoice {
  return useSyncExternalStore(subscribe, choice);
}

export function chooseScheme(scheme: SchemeChoice): void {
  if (scheme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, scheme);
  for (const listener of listeners) listener();
}
