// How a service is found among the connectors: every word of the search stands somewhere in what it is called, and what
// is called so comes before what is only described so.

import type { Connector } from './connector.ts'

type Searched = Pick<Connector, 'name' | 'description' | 'category' | 'keywords'>

/** Whether a connector is meant by this search; parts of words count, capitals do not. An empty one means all. */
export function searchConnectors(q: string): (connector: Searched) => boolean {
  const words = wordsOf(q)
  return ({ name, description, category, keywords = [] }) => {
    const text = [name, description, category, ...keywords].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

/** Sorts hits of this search, the closest name first; equals keep their order, and for an empty search all are equal. */
export function closestFirst(q: string): (left: Named, right: Named) => number {
  const sought = wordsOf(q).join(' ')
  return (left, right) =>
    distanceOf(left.name.toLowerCase(), sought) - distanceOf(right.name.toLowerCase(), sought)
}

type Named = Pick<Connector, 'name'>

/** The name itself, its beginning, the beginning of a word in it, a part of it, elsewhere. */
function distanceOf(name: string, sought: string): number {
  if (name.startsWith(sought)) return name === sought ? 0 : 1
  if (name.includes(` ${sought}`)) return 2
  return name.includes(sought) ? 3 : 4
}

function wordsOf(q: string): string[] {
  return q.toLowerCase().split(/\s+/).filter(Boolean)
}
