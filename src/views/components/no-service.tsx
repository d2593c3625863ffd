// Where a list of services is empty: what to do next.

interface NoServiceProps {
  /** Of the list that would stand here. */
  id: string
  /** The whole list. */
  path: string
  searching: boolean
}

export function NoService({ id, path, searching }: NoServiceProps) {
  if (!searching) {
    return (
      <div id={id} class="empty">
        <p>No service is available in this deployment.</p>
      </div>
    )
  }
  return (
    <div id={id} class="empty">
      <p class="strong">No service matches this search.</p>
      <p>Look at the spelling, or try a shorter word or a category such as Files.</p>
      <p>
        <a href={path}>Show all services</a> or <a href="/connectors/new">add it as your own connector</a>.
      </p>
    </div>
  )
}
