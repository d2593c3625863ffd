// Who can sign in at the local upstream, and what its scopes mean in words.

export interface Person {
  id: string
  name: string
  email: string
  emailVerified: boolean
}

export const PEOPLE: readonly Person[] = [
  { id: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', emailVerified: true },
  { id: 'grace', name: 'Grace Hopper', email: 'grace@example.com', emailVerified: true },
  { id: 'marketing', name: 'Marketing', email: 'marketing@example.com', emailVerified: true },
  { id: 'unverified', name: 'Una Verified', email: 'unverified@example.com', emailVerified: false },
]

export function personById(id: string): Person | undefined {
  return PEOPLE.find((person) => person.id === id)
}

/** Scope to the sentence a person reads at consent, in the order they are shown. */
export const SCOPES: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  email: 'See your e-mail address',
  profile: 'See your name',
  offline_access: 'Keep this access while you are away',
  'contacts.read': 'Read your contacts',
  'contacts.write': 'Add and change contacts',
  'deals.read': 'Read your deals',
  'files.read': 'Read your files',
  'files.write': 'Add and change files',
}
