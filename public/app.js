// What JavaScript adds to pages that work without it: copy buttons, exact times in the reader's zone on hover and focus,
// a sign of life on slow forms, searches with short addresses and arrow keys, and polling that rests in hidden tabs.
// Beside it lies htmx.min.js: dist/htmx.min.js of htmx.org 4.0.1, byte for byte.
;(() => {
  document.documentElement.classList.add('js')

  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

  function localTimes() {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const title = exact.format(new Date(time.dateTime))
      if (time.title !== title) time.title = title
      // By Tab where there are a few; in a table, where there are hundreds, by a tap.
      time.tabIndex = time.closest('table') ? -1 : 0
    }
  }

  async function copy(button) {
    const code = button.parentElement.querySelector('code')
    try {
      await navigator.clipboard.writeText(code.textContent)
      button.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(code)
      button.textContent = 'Selected'
    }
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2000)
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]')
    if (button) copy(button)
    for (const menu of document.querySelectorAll('details.member[open]')) {
      if (!menu.contains(event.target)) menu.open = false
    }
  })

  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && document.querySelector('details.member[open]')
    if (!menu) return
    menu.open = false
    menu.querySelector('summary').focus()
  })

  // From a search into what it found and back, by arrow keys; Enter in the search goes to the first hit of its answer.
  function hits() {
    const list = document.querySelector('form.filter')?.getAttribute('hx-target')
    return list ? [...document.querySelectorAll(`${list} h2 a, ${list} th a`)] : []
  }
  let wantsFirstHit = false
  document.addEventListener('keydown', (event) => {
    const search = document.querySelector('form.filter input[type="search"]')
    const { key, target } = event
    if (!search || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing)
      return
    if (target === search) wantsFirstHit = key === 'Enter'
    if (key !== 'ArrowDown' && key !== 'ArrowUp') return
    const found = hits()
    const at = found.indexOf(target)
    if (target !== search && at < 0) return
    const next = at + (key === 'ArrowDown' ? 1 : -1)
    const goal = next < 0 ? search : found[next]
    if (!goal || (goal === search && target === search)) return
    event.preventDefault()
    goal.focus()
  })
  document.addEventListener('htmx:after:swap', () => {
    if (wantsFirstHit) hits()[0]?.focus()
    wantsFirstHit = false
  })

  // A form on its way takes no second click; coming back by history, it is fresh again.
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (event.defaultPrevented || form.method !== 'post' || form.target) return
    if (form.classList.contains('busy')) event.preventDefault()
    else form.classList.add('busy')
  })
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form.busy')) form.classList.remove('busy')
  })

  // A hidden tab asks nothing; shown again, it asks at once. An empty field of a search stays out of the address.
  document.addEventListener('htmx:config:request', (event) => {
    if (document.hidden && event.target.id === 'connection-live') event.preventDefault()
    if (!event.target.matches('form.filter')) return
    const { body } = event.detail.ctx.request
    for (const [name, value] of [...body]) if (value === '') body.delete(name)
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) document.getElementById('connection-live')?.dispatchEvent(new Event('wake'))
  })

  document.addEventListener('htmx:after:swap', localTimes)
  localTimes()
})()
