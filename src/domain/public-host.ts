// Which hosts a customer-supplied address may lead to: public names only, as far as a name can tell.

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
/** The last label begins with a letter, so that no form of an IP address is a name. */
const NAME = new RegExp(`^(${LABEL}\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

/** Names that never lead to a public service (RFC 6761, 6762, 8375, 9476), and those that clouds and offices use inside. */
const PRIVATE = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'localdomain',
  'arpa',
  'test',
  'invalid',
  'onion',
  'alt',
  'nip.io',
  'sslip.io',
  'localtest.me',
  'lvh.me',
]

/** `hostname` as `URL` gives it: lower case, punycode, numbers written out. */
export function isPublicHost(hostname: string): boolean {
  if (hostname.length > 253 || !NAME.test(hostname)) return false
  return !PRIVATE.some((name) => hostname === name || hostname.endsWith(`.${name}`))
}
