// A search over a list: a GET form, whose list follows the typing where JavaScript runs.

import type { Child } from 'hono/jsx'

interface SearchFormProps {
  path: string
  /** Id of the list, here and in the answer. */
  listId: string
  label: string
  value: string | null
  children?: Child
}

export function SearchForm({ path, listId, label, value, children }: SearchFormProps) {
  return (
    <search>
      <form class="filter" method="get" action={path} {...following(path, listId)}>
        <label class="sr" for="q">
          {label}
        </label>
        <input id="q" name="q" type="search" value={value ?? ''} placeholder={label} />
        {children}
      </form>
    </search>
  )
}

function following(path: string, listId: string) {
  return {
    'hx-get': path,
    'hx-trigger': 'submit, input delay:300ms',
    'hx-target': `#${listId}`,
    'hx-select': `#${listId}`,
    'hx-swap': 'outerHTML',
    'hx-replace-url': 'true',
    'hx-sync': 'this:replace',
    'hx-status:4xx': 'swap:none',
    'hx-status:5xx': 'swap:none',
  }
}
