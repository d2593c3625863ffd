// A person's browser in front of the Worker: keeps cookies, follows no redirect, says where its requests come from.

import { env, exports } from 'cloudflare:workers'
import { inject } from 'vitest'
import { upstream } from '../upstream/client.ts'

export const PUBLIC_URL = env.PUBLIC_URL

/** Pairs where a name is sent more than once. */
export type Form = Record<string, string> | [name: string, value: string][]

export interface Browser {
  cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** A form of our own pages, unless `headers` says otherwise. */
  post(path: string, form?: Form, headers?: Record<string, string>): Promise<Response>
}

export type Fetch = (request: Request) => Response | Promise<Response>

export function browser(send: Fetch = (request) => exports.default.fetch(request)): Browser {
  const cookies = new Map<string, string>()

  async function request(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    if (cookies.size > 0)
      headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await send(
      new Request(new URL(path, PUBLIC_URL), { ...init, headers, redirect: 'manual' }),
    )
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    return response
  }

  return {
    cookies,
    get: (path, headers = {}) => request(path, { headers: { Accept: 'text/html', ...headers } }),
    post: (path, form = {}, headers = { 'Sec-Fetch-Site': 'same-origin', Origin: PUBLIC_URL }) =>
      request(path, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { Accept: 'text/html', ...headers },
      }),
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const name = pair.slice(0, pair.indexOf('='))
  if (attributes.includes('Max-Age=0')) cookies.delete(name)
  else cookies.set(name, pair.slice(name.length + 1))
}

/** Where the sign-in provider sends the person back to, as a path of this deployment. */
export async function consentAs(person: string, authorizeUrl: string | null): Promise<string> {
  const { location } = await upstream(inject('upstreamOrigin')).consent({
    authorize_url: authorizeUrl ?? '',
    account: person,
  })
  return location.slice(PUBLIC_URL.length)
}

/** From the sign-in page to the answer of the callback. */
export async function signIn(person: string, form: Record<string, string> = {}, visitor = browser()) {
  const started = await visitor.post('/sign-in', form)
  const callback = await consentAs(person, started.headers.get('Location'))
  return { visitor, started, callback, answer: await visitor.get(callback) }
}
