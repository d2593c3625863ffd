// State-changing requests of people must come from this deployment's own pages. The browser's own word decides:
// Sec-Fetch-Site, and Origin where an older browser does not send it. Without either, nothing is changed.

import { MessagePage } from '../../views/pages/message.tsx'
import type { Guard } from '../env.ts'
import { page } from '../page.ts'

const SAFE_METHODS = ['GET', 'HEAD']

export function csrf(): Guard {
  return async function csrf(c) {
    const { publicUrl } = c.get('context').config
    if (SAFE_METHODS.includes(c.req.method) || isSameOrigin(c.req.raw.headers, publicUrl)) {
      return undefined
    }
    const text = `This form did not come from ${publicUrl}, so nothing was changed. Open that address and try again there.`
    return page(
      c,
      <MessagePage
        title="Nothing was changed"
        text={text}
        action={{ href: publicUrl, label: 'Open Evergrant' }}
      />,
      403,
    )
  }
}

/** `Origin: null` says nothing: some browsers send it with same-origin forms. */
export function isSameOrigin(headers: Headers, publicUrl: string): boolean {
  const site = headers.get('Sec-Fetch-Site')
  const origin = headers.get('Origin')
  if (site === null) return origin === publicUrl
  return site === 'same-origin' && (origin === null || origin === 'null' || origin === publicUrl)
}
