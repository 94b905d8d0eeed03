// Says on a page that its server does not answer, until it does.
const lost = document.createElement('p')
lost.role = 'alert'
lost.style.cssText =
  'position: sticky; top: 0; padding: .5rem 1rem; border: 2px solid; background: var(--pico-background-color)'
lost.textContent =
  'Nothing is saved: the server of this page does not answer as it should. In a notebook, run the cell again. Otherwise "lab status", in a terminal, shows what runs.'
for (const name of ['htmx:sendError', 'htmx:responseError']) {
  addEventListener(name, () => lost.isConnected || document.querySelector('main').prepend(lost))
}
addEventListener('htmx:afterRequest', ({ detail }) => detail.successful && lost.remove())
