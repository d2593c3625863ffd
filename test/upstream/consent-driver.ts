// A person in a browser, played over plain HTTP: follows the redirects, keeps the cookies and submits the forms of the
// real sign-in and consent pages until the flow leaves the upstream.

import type { ConsentRequest } from './client.ts'

const MAX_STEPS = 15

interface Page {
  url: URL
  body: string
}

interface Cookie {
  name: string
  value: string
  path: string
}

/** Answers the redirect back to the client; throws with what the page said where the flow does not get that far. */
export async function driveConsent(
  origin: string,
  asked: ConsentRequest,
  browser = createBrowser(),
): Promise<string> {
  let url = new URL(asked.authorize_url)
  if (url.origin !== origin) throw new Error(`The authorize_url is not at ${origin}.`)
  let form: URLSearchParams | undefined
  for (let step = 0; step < MAX_STEPS; step++) {
    const response = await browser.request(url, form)
    form = undefined
    const location = response.headers.get('location')
    if (location !== null) {
      const next = new URL(location, url)
      if (next.origin !== origin) return next.href
      url = next
      continue
    }
    const page = { url, body: await response.text() }
    if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${headingOf(page)}`)
    url = new URL(actionOf(page), url)
    form = fill(page, url, asked)
  }
  throw new Error('The flow did not come to an end.')
}

/** Holds the cookies; a new one has none. */
export function createBrowser() {
  const cookies = new Map<string, Cookie>()

  return {
    async request(url: URL, form: URLSearchParams | undefined): Promise<Response> {
      const response = await fetch(url.href, {
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: cookieHeader(cookies, url.pathname) },
        ...(form && { method: 'POST', body: form }),
      })
      for (const line of response.headers.getSetCookie()) keepCookie(cookies, line)
      return response
    },
  }
}

function cookieHeader(cookies: Map<string, Cookie>, path: string): string {
  return [...cookies.values()]
    .filter((cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')))
    .map((cookie) => `${cookie.name}=${cookie.value}`)
    .join('; ')
}

function keepCookie(cookies: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const split = pair.indexOf('=')
  const name = pair.slice(0, split)
  const value = pair.slice(split + 1)
  const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice('path='.length) ?? '/'
  const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice('expires='.length)
  const gone = value === '' || (expires !== undefined && Date.parse(expires) <= Date.now())
  if (gone) cookies.delete(`${name} ${path}`)
  else cookies.set(`${name} ${path}`, { name, value, path })
}

function fill(page: Page, action: URL, asked: ConsentRequest): URLSearchParams {
  if (action.pathname.endsWith('/login')) return new URLSearchParams({ account: asked.account })
  if (asked.decline) return new URLSearchParams({ decision: 'decline' })
  const form = new URLSearchParams({ decision: 'allow' })
  const offered = [...page.body.matchAll(/name="scope" value="([^"]+)"/g)].map((match) => match[1] ?? '')
  for (const scope of offered) if (asked.scopes?.includes(scope) ?? true) form.append('scope', scope)
  return form
}

function actionOf(page: Page): string {
  const action = /<form[^>]* action="([^"]+)"/.exec(page.body)?.[1]
  if (action === undefined) throw new Error(`${page.url.pathname} has no form: ${headingOf(page)}`)
  return action
}

function headingOf(page: Page): string {
  const text = /<h1>(.*?)<\/main>/s.exec(page.body)?.[1] ?? page.body
  return text
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
