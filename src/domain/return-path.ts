// Where to go after sign-in: a path of this deployment's own pages, and nothing that a browser could read as an address.

export const DEFAULT_RETURN_PATH = '/connections'

const LONGEST = 512
/** Our paths need no percent-encoding, so an encoded one is somebody's trick. */
const PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/
const QUERY = /^\?(?:[A-Za-z0-9_.~=&+*-]|%[0-9A-Fa-f]{2})*$/

/**
 * The path if it is safe to redirect to (RFC 9700 section 4.11), else the default. Takes what a stranger may have
 * written into a link.
 */
export function safeReturnPath(text: unknown): string {
  return typeof text === 'string' && isSafe(text) ? text : DEFAULT_RETURN_PATH
}

function isSafe(text: string): boolean {
  if (text.length > LONGEST) return false
  const mark = text.indexOf('?')
  const path = mark === -1 ? text : text.slice(0, mark)
  const query = mark === -1 ? '' : text.slice(mark)
  if (!PATH.test(path) || (query !== '' && !isPlainQuery(query))) return false
  return !/^\/sign-(in|out)(\/|$)/.test(path)
}

function isPlainQuery(query: string): boolean {
  if (!QUERY.test(query)) return false
  try {
    return !/[\p{Cc}\\]/u.test(decodeURIComponent(query))
  } catch {
    return false
  }
}
