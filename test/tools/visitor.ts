// A person of the workspace over plain HTTP, through the real pages: signs in, connects, makes a key.

import type { Bare } from './bare.ts'

const TOOLS = { local: ['contacts.read', 'contacts.write'], 'local-lenient': ['files.read'] }
const PUBLIC_URL = 'http://localhost:8787'

export interface Visitor {
  /** The whole walk through the consent screen; answers with the connection's id. */
  connect(connector: keyof typeof TOOLS): Promise<string>
  /** A key that may do this everywhere. */
  makeKey(permissions: string[]): Promise<string>
}

/** @param stage a deployment; its own address where that is not the usual one */
export async function signIn({
  fetch,
  steer,
  publicUrl = PUBLIC_URL,
}: Pick<Bare, 'fetch' | 'steer'> & { publicUrl?: string }): Promise<Visitor> {
  const cookies = new Map<string, string>()

  async function visit(path: string, form?: [string, string][]): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(path, {
      method: form ? 'POST' : 'GET',
      headers: {
        accept: 'text/html',
        cookie,
        ...(form && {
          origin: publicUrl,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        }),
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split('; ')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }

  /** From the answer of a form to where the service sends the person back to. */
  async function consent(answer: Response): Promise<Response> {
    const authorizeUrl = answer.headers.get('location')
    if (answer.status !== 303 || authorizeUrl === null)
      throw new Error(`The form was answered with ${answer.status}.`)
    const { location } = await steer.consent({ authorize_url: authorizeUrl, account: 'ada' })
    return visit(location.slice(publicUrl.length))
  }

  await consent(await visit('/sign-in', []))
  return {
    async connect(connector) {
      const back = await consent(
        await visit('/connections', [
          ['connector', connector],
          ['name', ''],
          ...TOOLS[connector].map((tool): [string, string] => ['tools', tool]),
        ]),
      )
      const path = back.headers.get('location') ?? ''
      if (!path.startsWith('/connections/con_'))
        throw new Error(`The callback was answered with ${back.status}.`)
      return path.slice('/connections/'.length)
    },
    async makeKey(permissions) {
      const page = await visit('/keys', [
        ['name', 'Soak'],
        ...permissions.map((permission): [string, string] => ['permissions', permission]),
      ])
      const key = /egk_[\w-]+/.exec(await page.text())?.[0]
      if (!key) throw new Error(`The key form was answered with ${page.status}.`)
      return key
    },
  }
}
