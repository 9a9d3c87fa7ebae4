// The pages of the token service: no script but the one that submits a form, no resource from anywhere, every value escaped.

import { createHash } from 'node:crypto';
import type { PlaneReply } from '../plane.ts';

const STYLE = `:root{color-scheme:light dark;--page:#f4f6fb;--card:#fff;--text:#1b1f2a;--soft:#555d70;--line:#c5cbd9;--blue:#1f4fa3;--blue-text:#fff;--bad:#a4262c}
@media (prefers-color-scheme:dark){:root{--page:#12151c;--card:#1c212c;--text:#eef1f7;--soft:#aab2c4;--line:#4a5367;--blue:#8fb3f5;--blue-text:#0c1a33;--bad:#ff9ea3}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--page);color:var(--text);font:1rem/1.5 "Segoe UI",system-ui,sans-serif}
main{width:min(26rem,100%);background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem}
h1{margin:0 0 .5rem;font-size:1.5rem;font-weight:600}p{margin:.5rem 0;color:var(--soft);overflow-wrap:anywhere}label{display:block;margin:1.25rem 0 .35rem;font-weight:600}
input[type=text],input[type=password]{width:100%;padding:.6rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:.4rem}
button,a.button{display:block;text-align:center;text-decoration:none;margin-top:1.25rem;width:100%;padding:.65rem 1rem;font:inherit;font-weight:600;color:var(--blue-text);background:var(--blue);border:0;border-radius:.4rem;cursor:pointer}button.plain{color:var(--text);background:transparent;border:1px solid var(--soft)}details{margin-top:1.5rem;border-top:1px solid var(--line);padding-top:1rem}summary{cursor:pointer;color:var(--soft)}
:focus-visible{outline:3px solid var(--blue);outline-offset:2px}#code,#user_code{font-family:ui-monospace,monospace}code{font-family:ui-monospace,monospace;color:var(--text)}.bad{color:var(--bad)}.brand{display:flex;gap:.6rem;align-items:center;margin-bottom:1.5rem;font-weight:600}`;
const SUBMIT = 'document.forms[0].submit()';

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface HtmlPage {
  readonly status: number;
  readonly title: string;
  /** Markup; values in it escaped by the caller. */
  readonly main: string;
  /** Origins that a form on this page may lead to, over redirects. */
  readonly formTargets?: readonly string[];
  readonly submitsItself?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole page with its content security policy. */
export function htmlPage(page: HtmlPage): PlaneReply {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${sha256(STYLE)}'`,
    ...(page.submitsItself === true ? [`script-src 'sha256-${sha256(SUBMIT)}'`] : []),
    `form-action ${["'self'", ...(page.formTargets ?? [])].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  const mark =
    '<svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true"><path fill="#1f4fa3" d="M14 1 26 9v10l-12 8L2 19V9z"/><path fill="#5b8be0" d="m14 1 12 8-12 5L2 9z"/><path fill="#8fb3f5" d="M14 14v13L2 19V9z" opacity=".55"/></svg>';
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(page.title)} - Lazurite</title><style>${STYLE}</style></head><body><main><div class="brand">${mark}<span>Lazurite</span></div><h1>${escapeHtml(page.title)}</h1>${page.main}</main>${page.submitsItself === true ? `<script>${SUBMIT}</script>` : ''}</body></html>`;
  return {
    status: page.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      // Why not no-referrer: browsers then send `Origin: null` with the form, and the check of the origin would refuse it.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      ...page.headers,
    },
    body,
  };
}

export function hiddenFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64');
}
