// What sets a workspace's own connectors apart from the catalog's. The catalog never uses the prefix, so that no id of it
// can ever mean something else in a workspace that had it first.

export const OWN_PREFIX = 'own-'
export const OWN_CATEGORY = 'Your own'
export const LONGEST_ID = 64

export function isOwnId(id: string): boolean {
  return id.length <= LONGEST_ID && /^own-[a-z0-9]+(-[a-z0-9]+)*$/.test(id)
}

/** An id made of a name: `Acme CRM` → `own-acme-crm`; the bare prefix where nothing of it can stay. */
export function suggestedId(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^(own-)+|^-+|-+$/g, '')
  return (OWN_PREFIX + words).slice(0, LONGEST_ID).replace(/-+$/, '')
}
