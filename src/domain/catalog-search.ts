// How a service is found among the connectors: every word of the search stands somewhere in what it is called.

import type { Connector } from './connector.ts'

type Searched = Pick<Connector, 'name' | 'description' | 'category' | 'keywords'>

/** Whether a connector is meant by this search; parts of words count, capitals do not. An empty one means all. */
export function searchConnectors(q: string): (connector: Searched) => boolean {
  const words = q.toLowerCase().split(/\s+/)
  return ({ name, description, category, keywords = [] }) => {
    const text = [name, description, category, ...keywords].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}
