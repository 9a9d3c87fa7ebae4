// An OpenID provider of somebody else's, on loopback: `oidc-provider` with its development pages.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface TestOpenidProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Goes through the provider's pages as this person: the address that the browser is sent back to. */
  signIn(url: string, login: string): Promise<string>;
  close(): void;
}

/** `claimsOf`: what the provider says of a person. */
export async function startOpenidProvider(redirectUri: string, claimsOf: (login: string) => object): Promise<TestOpenidProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const client = { client_id: 'lazurite', client_secret: 'a secret of the provider', redirect_uris: [redirectUri] };
  const provider = new Provider(issuer, {
    clients: [client],
    cookies: { keys: ['test'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
    findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, ...claimsOf(sub) }) }),
  });
  server.on('request', provider.callback());

  return {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    async signIn(url, login) {
      const jar = new Map<string, string>();
      const send = async (address: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(address, { redirect: 'manual', headers: { cookie }, ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }) });
        for (const line of response.headers.getSetCookie()) {
          const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
          jar.set(name, value);
        }
        return response;
      };
      let response = await send(url);
      for (let steps = 0; steps < 10; steps += 1) {
        const location = response.headers.get('location');
        if (location === null) throw new Error(`The provider answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
        const next = new URL(location, issuer);
        if (next.origin !== issuer) return next.href;
        response = await send(next.href);
        if (!next.pathname.startsWith('/interaction/')) continue;
        const page = await response.text();
        response = await send(next.href, page.includes('name="login"') ? { prompt: 'login', login, password: 'x' } : { prompt: 'consent' });
      }
      throw new Error('The provider redirects without end.');
    },
    close: () => void server.close(),
  };
}
