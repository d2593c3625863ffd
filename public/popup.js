// Connecting in a window of its own, where there is room for one. The form goes to that window; when it comes back to
// this origin it says so on a channel that only this origin hears, and closes. A blocked window, a narrow screen, or a
// second press leave the form to go on right here, as it does without JavaScript.
;(() => {
  const MARK = 'evergrant-flow'
  const BACK = /^\/connections\/con_[0-9a-z]{26}$/
  const channel = new BroadcastChannel('evergrant-connect')
  const roomy = matchMedia('(min-width: 50rem)')

  // In the window: the consent is over, the other side takes it from here.
  const own = sessionStorage.getItem(MARK)
  if (own && BACK.test(location.pathname)) {
    sessionStorage.removeItem(MARK)
    channel.postMessage({ flow: own, path: location.pathname })
    window.close()
  }

  /** Flows that were begun on this page. */
  const flows = new Set()
  channel.onmessage = ({ data: { flow, path } }) => {
    if (flows.delete(flow) && BACK.test(path)) location.assign(path)
  }

  function openFor(form) {
    const flow = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join('')
    const name = `${MARK}-${flow}`
    const opened = window.open('about:blank', name, 'popup,width=560,height=760')
    if (!opened) return
    try {
      opened.sessionStorage.setItem(MARK, flow)
      // The service's pages get no hold of this one.
      opened.opener = null
    } catch {
      opened.close()
      return
    }
    flows.add(flow)
    form.target = name
    const note = document.getElementById('popup-note')
    note.textContent =
      'Go on in the window that has opened. If you do not see it, press the button again to go on here.'
    const watch = setInterval(() => {
      if (!opened.closed) return
      clearInterval(watch)
      form.removeAttribute('target')
      note.textContent = ''
    }, 500)
  }

  document.addEventListener('submit', ({ target: form, submitter }) => {
    if (!form.matches('form[data-popup]')) return
    // Another button of the form leads elsewhere than to the service.
    if (form.target || submitter?.hasAttribute('formaction')) form.removeAttribute('target')
    else if (roomy.matches && !sessionStorage.getItem(MARK)) openFor(form)
  })
})()
